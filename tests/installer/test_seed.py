"""The step that makes a compute's cloud-init disk, with the real mkisofs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = {"user-data": "#cloud-config\n", "meta-data": "instance-id: compute-0-1\n", "network-config": "version: 2\n"}
ISO = "installation/lab/seeds/compute-0-1.iso"


def run(project: Path, step: str, path: str = os.environ["PATH"]) -> subprocess.CompletedProcess[str]:
    """Runs a step in a project directory."""
    return subprocess.run(
        [sys.executable, "-m", "installer", step],
        cwd=project,
        env={"PATH": path, "PYTHONPATH": str(ROOT)},
        input=json.dumps({"iso": ISO, "files": FILES}),
        capture_output=True,
        text=True,
        check=False,
    )


def listed(iso: Path) -> str:
    """What the ISO holds: its label and the names of its files."""
    facts = (["isoinfo", "-d", "-i", str(iso)], ["isoinfo", "-R", "-l", "-i", str(iso)])
    return "".join(subprocess.run(words, capture_output=True, text=True, check=True).stdout for words in facts)


def test_the_disk_has_the_label_and_the_files_that_cloud_init_looks_for(tmp_path: Path) -> None:
    done = run(tmp_path, "seed")
    assert json.loads(done.stdout) == {"iso": ISO}, done.stderr
    text = listed(tmp_path / ISO)
    assert "Volume id: cidata" in text
    for name in FILES:
        assert name in text


def test_it_is_removed_with_the_directories_that_it_leaves_empty(tmp_path: Path) -> None:
    run(tmp_path, "seed")
    other = tmp_path / "installation" / "lab" / "seeds" / "compute-1-1.iso"
    other.touch()
    assert json.loads(run(tmp_path, "remove-seed").stdout) == {"removed": True}
    assert list(other.parent.iterdir()) == [other]
    other.unlink()
    assert run(tmp_path, "remove-seed").returncode == 0, "what is gone already is no failure"
    assert list((tmp_path / "installation").iterdir()) == []


def test_a_failure_says_why_and_leaves_no_half_of_a_disk(tmp_path: Path) -> None:
    fake = tmp_path / "bin" / "mkisofs"
    fake.parent.mkdir()
    fake.write_text('#!/bin/sh\necho half > "$3"\necho "no space left" >&2\nexit 5\n')
    fake.chmod(0o755)
    done = run(tmp_path, "seed", f"{fake.parent}:{os.environ['PATH']}")
    assert done.returncode == 5
    assert "mkisofs cannot make compute-0-1.iso: no space left" in done.stderr
    assert [path for path in (tmp_path / "installation").rglob("*") if path.is_file()] == []


if not any((Path(entry) / "isoinfo").exists() for entry in os.environ["PATH"].split(os.pathsep)):
    pytestmark = pytest.mark.skip(reason="isoinfo, of the package that has mkisofs, is not here")
