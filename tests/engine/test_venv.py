"""Which interpreter makes the virtual environment, and when it is made again."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from engine import venv
from engine.errors import EngineError


def interpreter(path: Path, answer: str) -> str:
    path.write_text(f"#!/bin/sh\n{answer}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    "answer",
    [
        "exit 127",  # a version manager's shim for a version that isn't selected
        "echo '[[3, 9], \"/usr/bin/python3.9\"]'",
        "echo \"No module named 'ensurepip'\" >&2; exit 1",
    ],
)
def test_an_interpreter_that_will_not_do_is_passed_over(answer: str, tmp_path: Path) -> None:
    assert venv.probe(interpreter(tmp_path / "python3", answer)) is None


def test_an_interpreter_that_this_user_may_not_run_is_passed_over(tmp_path: Path) -> None:
    assert venv.probe(str(tmp_path)) is None


def test_the_interpreter_of_these_tests_will_do() -> None:
    assert venv.probe(sys.executable) is not None


def test_no_interpreter_is_an_error_that_names_the_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "requirements.txt").touch()
    monkeypatch.setattr(venv, "candidates", lambda: iter(()))
    with pytest.raises(EngineError, match=r"python3-venv \(Debian\) or python3\.11 \(RHEL\)"):
        venv.ensure(tmp_path, tmp_path / "log")


def test_an_environment_is_made_once_and_again_when_the_pins_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[list[str]] = []

    def run(command: list[str], *_: object, **__: object) -> None:
        runs.append(command)
        (tmp_path / ".venv" / "bin").mkdir(parents=True, exist_ok=True)
        (tmp_path / ".venv" / "bin" / "python").touch()

    monkeypatch.setattr(venv, "run", run)
    (tmp_path / "requirements.txt").write_text("pulumi==1\n")
    venv.ensure(tmp_path, tmp_path / "log")
    assert [command[1:3] for command in runs] == [["-m", "venv"], ["-m", "pip"]]
    venv.ensure(tmp_path, tmp_path / "log")
    assert len(runs) == 2
    (tmp_path / "requirements.txt").write_text("pulumi==2\n")
    venv.ensure(tmp_path, tmp_path / "log")
    assert len(runs) == 4


def test_an_interrupted_installation_is_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(command: list[str], *_: object, **__: object) -> None:
        (tmp_path / ".venv" / "bin").mkdir(parents=True, exist_ok=True)
        (tmp_path / ".venv" / "bin" / "python").touch()
        if "pip" in command:
            raise EngineError("no network")

    (tmp_path / "requirements.txt").touch()
    monkeypatch.setattr(venv, "run", fail)
    for _ in range(2):
        with pytest.raises(EngineError, match="no network"):
            venv.ensure(tmp_path, tmp_path / "log")


@pytest.mark.parametrize("linked", [True, False])
def test_an_environment_that_is_not_ours_is_never_touched(
    linked: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = tmp_path / ("theirs" if linked else ".venv")
    (theirs / "bin").mkdir(parents=True)
    if linked:
        # Even one that we made: another checkout's.
        (theirs / ".made-from").write_text("another checkout\n")
        (tmp_path / ".venv").symlink_to(theirs)
    (tmp_path / "requirements.txt").touch()
    monkeypatch.setattr(venv, "run", lambda *_: pytest.fail("something was made there"))
    with pytest.raises(EngineError, match="delete it or move it away"):
        venv.ensure(tmp_path, tmp_path / "log")
    assert (theirs / "bin").is_dir()


def test_every_requirement_has_an_exact_version() -> None:
    lines = (Path(venv.__file__).parents[1] / "requirements.txt").read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert pins
    assert all(line.count("==") == 1 and " " not in line for line in pins)
