"""A directory that is ready for `agent create image`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rehearsal.openshift_install import create
from tests.standin.commands import fill


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation directory with valid inputs; the ISO step only records what it is given."""

    def iso(out: Path, files: dict[str, bytes], *, kernel: Path) -> None:
        out.write_text(json.dumps({path: content.decode() for path, content in files.items()}))

    monkeypatch.setattr(create, "agent_iso", iso)
    monkeypatch.setenv("RHOSO_ENGINE", str(tmp_path / "engine"))
    monkeypatch.setenv("REHEARSAL_DIR", str(tmp_path / "rehearsal"))
    monkeypatch.setenv("OPENSHIFT_INSTALL_WAIT_SECONDS", "0")
    return fill(tmp_path / "install")
