"""What a dead run left in the project's directory."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

from recovery import files
from recovery.report import Report
from recovery.state import State

KNOWN, LOST = "29a588d54410a474", "0123456789abcdef"
NOW = time.time()


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`installation/lab` with everything that a run can leave, and what it must keep."""
    monkeypatch.chdir(tmp_path)
    lab = Path("installation/lab")
    for name in (f".{KNOWN}.partial", KNOWN, LOST, "nodes/worker-3", "seeds", "failures/20250101T000000Z-x"):
        (lab / name).mkdir(parents=True)
        (lab / name / "install-config.yaml").write_text("pullSecret: …")
    (lab / ".lock").touch()
    (lab / "seeds" / "install-config.yaml").unlink()
    for name in (".compute-0-1.iso.partial", "compute-0-1.iso", "compute-1-1.iso"):
        (lab / "seeds" / name).write_text("iso")
    (Path("installation/other") / f".{KNOWN}.partial").mkdir(parents=True)
    return lab


def state() -> State:
    outputs = {
        "stdout": f'{{"directory": "installation/lab/{KNOWN}", "iso": "installation/lab/seeds/compute-0-1.iso"}}'
    }
    return State({"deployment": {"resources": [{"urn": "u", "type": "t", "outputs": outputs}]}})


def left(directory: Path) -> list[str]:
    found = [*directory.iterdir(), *directory.glob("seeds/*"), *directory.glob("nodes/*")]
    return sorted(str(path.relative_to(directory)) for path in found)


KEPT = [".lock", KNOWN, "failures", "seeds", "seeds/compute-0-1.iso"]


def test_what_is_unfinished_or_was_finished_too_late_goes(directory: Path) -> None:
    files.settle("lab", NOW - 60, [], state(), Report())
    assert left(directory) == sorted(KEPT)
    assert Path(f"installation/other/.{KNOWN}.partial").is_dir(), "another stack's"


def test_what_is_older_than_the_dead_run_may_be_of_a_lost_state_and_stays(directory: Path) -> None:
    os.utime(directory / LOST, (NOW - 3600, NOW - 3600))
    report = Report()
    files.settle("lab", NOW - 60, [], state(), report)
    assert left(directory) == sorted([*KEPT, LOST])
    assert f"installation/lab/{LOST}" in report.text() and "left: " in report.text()


def test_without_a_lock_nobody_knows_since_when_so_whole_things_stay(directory: Path) -> None:
    files.settle("lab", None, [], state(), Report())
    assert left(directory) == sorted([*KEPT, LOST, "seeds/compute-1-1.iso"])


def test_directories_that_are_empty_then_go_too(directory: Path) -> None:
    nothing = State({})
    files.settle("lab", NOW - 60, [], nothing, Report())
    assert left(directory) == [".lock", "failures"]
    shutil.rmtree(directory / "failures")
    files.settle("lab", NOW - 60, [], nothing, Report())
    assert not directory.exists()


def test_a_checkpoint_that_was_being_written_goes(directory: Path, tmp_path: Path) -> None:
    half = tmp_path / "lab.json.18ea8143de3e694e.tmp"
    half.touch()
    files.settle("lab", NOW - 60, [half], state(), Report())
    assert not half.exists()


def test_a_dry_run_removes_nothing(directory: Path) -> None:
    before = left(directory)
    report = Report(dry=True)
    files.settle("lab", NOW - 60, [], state(), report)
    assert left(directory) == before
    assert report.text().count("would be removed") == 5
