"""A cache directory of its own for each test, so that none sees or touches the user's."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.cache import Layout


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """An empty engine directory inside an empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    root = tmp_path / "cache" / "rhoso-lab" / "0123456789abcdef"
    root.mkdir(parents=True)
    return Layout(root)
