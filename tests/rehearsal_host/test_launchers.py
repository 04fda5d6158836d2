"""The commands that a rehearsal puts on PATH."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from rehearsal import launchers
from rehearsal.host import Host


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (["openshift-install", "version"], "openshift-install 4."),
        (["oc", "version", "--client"], "Client Version: 4."),
    ],
)
def test_a_stand_in_runs_by_its_name_in_any_directory(tmp_path: Path, command: list[str], says: str) -> None:
    """Also where files of that directory have the names of Python modules."""
    (tmp_path / "rehearsal").mkdir()
    (tmp_path / "json.py").write_text("raise SystemExit('not this one')")
    launchers.write(Host("test", tmp_path))
    done = subprocess.run(
        [tmp_path / "bin" / command[0], *command[1:]], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout[: len(says)]) == (0, says), done.stderr
