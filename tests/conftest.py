"""Options of the test run, and how random its random labs are."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# A gate must say the same of the same tree; at a desk every run looks at other labs.
settings.register_profile("gate", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("gate")


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--update-golden`` writes what is rendered now over the files in tests/golden."""
    parser.addoption("--update-golden", action="store_true", help="write tests/golden anew instead of comparing")
