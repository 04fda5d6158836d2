"""Options of the test run, and how random its random labs are."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

LABS = ("lab", "small")
"""Fixtures of tests/rehearsal: bringing either up takes minutes, so no two processes do."""

# A gate must say the same of the same tree; at a desk every run looks at other labs.
settings.register_profile("gate", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("gate")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What shares a lab, or else a file, is run by one process in its order; the others run beside it (make test)."""
    for item in items:
        if isinstance(item, pytest.Function) and item.get_closest_marker("rehearsal"):
            item.add_marker(pytest.mark.xdist_group(_shared(item) or item.path.stem))


def _shared(item: pytest.Function) -> str:
    """The session's lab that a test stands on, directly or through another fixture."""
    # No public way tells the scope of a fixture that a test will have.
    known = item._fixtureinfo.name2fixturedefs
    return next((name for name in LABS if name in known and known[name][-1].scope == "session"), "")


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--update-golden`` writes what is rendered now over the files in tests/golden."""
    parser.addoption("--update-golden", action="store_true", help="write tests/golden anew instead of comparing")
