"""Options of the test run, and how random its random labs are."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

LABS = ("lab", "small")
"""Fixtures of tests/rehearsal: bringing either up takes minutes, so no two processes do."""

HOSTS = ("rehearsal", "faults")
"""Directories whose tests have embedded hosts."""

# A gate must say the same of the same tree; at a desk every run looks at other labs.
settings.register_profile("gate", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("gate")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What shares a lab is run by one process in its order, and the others beside it (make test). First of all hooks:
    xdist's own reads the groups."""
    for item in items:
        if isinstance(item, pytest.Function) and item.get_closest_marker("rehearsal"):
            item.add_marker(pytest.mark.xdist_group(_shared(item)))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Without its groups, xdist would deal the tests of one lab out to several processes, and each would make its own.
    It did so without a word with a pytest that keeps a test's name elsewhere than xdist looks (9.2.0)."""
    ungrouped = [item for item in session.items if item.get_closest_marker("xdist_group") and "@" not in item.nodeid]
    if session.config.getoption("loadgroup", False) and ungrouped:
        raise pytest.UsageError(f"pytest-xdist does not see the group of {ungrouped[0].nodeid}: requirements.txt")


def _shared(item: pytest.Function) -> str:
    """The session's lab that a test stands on, directly or through another fixture; else its file, where each has a
    host of its own. Outside these directories servers have addresses of this machine: one after the other."""
    # No public way tells the scope of a fixture that a test will have.
    known = item._fixtureinfo.name2fixturedefs
    lab = next((name for name in LABS if name in known and known[name][-1].scope == "session"), "")
    return lab or (item.path.stem if item.path.parent.name in HOSTS else "machine")


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--update-golden`` writes what is rendered now over the files in tests/golden."""
    parser.addoption("--update-golden", action="store_true", help="write tests/golden anew instead of comparing")
