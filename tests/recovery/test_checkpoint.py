"""A state's file that a killed run left empty: the one before takes its place, and a good one is never touched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recovery import checkpoint
from recovery.errors import RecoveryError
from recovery.report import Report

OLD, NEW = json.dumps({"version": 3, "checkpoint": {"of": "before"}}), json.dumps({"version": 3})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "lab.json.bak").write_text(OLD)
    return tmp_path / "lab.json"


@pytest.mark.parametrize("left", ["", '{"version": 3, "checkp', "[]"])
def test_one_that_can_not_be_read_is_put_back(file: Path, left: str) -> None:
    file.write_text(left)
    report = Report()
    assert checkpoint.mend(file, report, died=False)
    assert file.read_text() == OLD
    assert "put back" in report.text()
    assert not checkpoint.mend(file, Report(), died=True), "once is enough"
    assert sorted(path.name for path in file.parent.iterdir()) == ["lab.json", "lab.json.bak"]


def test_one_that_is_missing_is_put_back_only_if_a_run_died(file: Path) -> None:
    assert not checkpoint.mend(file, Report(), died=False), "the stack was removed"
    assert not file.exists()
    assert checkpoint.mend(file, Report(), died=True)
    assert file.read_text() == OLD


def test_a_good_one_is_left_alone(file: Path) -> None:
    file.write_text(NEW)
    assert not checkpoint.mend(file, Report(), died=True)
    assert file.read_text() == NEW


def test_only_telling_changes_nothing(file: Path) -> None:
    file.write_text("")
    report = Report(dry=True)
    assert checkpoint.mend(file, report, died=True)
    assert file.read_text() == "" and "would be put back" in report.text()


def test_without_a_good_backup_nothing_is_done(file: Path) -> None:
    file.write_text("")
    file.with_name("lab.json.bak").write_text("")
    with pytest.raises(RecoveryError, match="neither can its backup"):
        checkpoint.mend(file, Report(), died=True)


@pytest.mark.parametrize("dry", [False, True])
def test_attributes_that_are_half_written_go_and_the_state_stays(file: Path, dry: bool) -> None:
    file.write_text(NEW)
    good, bad = file.with_name("lab.json.bak.attrs"), file.with_name("lab.json.attrs")
    good.write_text("{}")
    bad.write_text("")
    report = Report(dry=dry)
    assert checkpoint.mend(file, report, died=True)
    assert (file.read_text(), good.exists(), bad.exists()) == (NEW, True, dry)
    assert "lab.json.attrs" in report.text() and "lab.json.bak.attrs" not in report.text()
