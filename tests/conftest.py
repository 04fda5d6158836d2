"""Options of the test run."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--update-golden`` writes what is rendered now over the files in tests/golden."""
    parser.addoption("--update-golden", action="store_true", help="write tests/golden anew instead of comparing")
