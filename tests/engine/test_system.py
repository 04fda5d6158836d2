"""What is said about missing system packages, and when they are installed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from engine import system, venv
from engine.errors import EngineError
from engine.system import Package

ABSENT = Package("debian-name", "fedora-name", ("no-such-program-anywhere", "/no/such/file"), "making tea")


def test_a_package_is_shown_by_any_of_its_programs_or_files(tmp_path: Path) -> None:
    assert not ABSENT.is_there
    assert Package("x", "x", ("no-such-program-anywhere", "sh"), "").is_there
    assert Package("x", "x", (str(tmp_path),), "").is_there


def test_the_explanation_names_package_purpose_and_both_commands() -> None:
    text = system.explain([ABSENT])
    assert "debian-name (fedora-name): making tea" in text
    assert "sudo apt-get install --yes --no-install-recommends debian-name\n" in text
    assert "sudo dnf install --assumeyes fedora-name\n" in text


def test_a_name_that_serves_two_needs_is_installed_once() -> None:
    assert system.install_command(["syslinux", "busybox", "syslinux"], "dnf")[-2:] == ["syslinux", "busybox"]


@pytest.mark.parametrize(("user", "ci"), [(1000, "true"), (0, ""), (0, "false")])
def test_only_a_ci_machine_is_changed(user: int, ci: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(system, "PACKAGES", (ABSENT,))
    monkeypatch.setattr(os, "geteuid", lambda: user)
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(system, "run", lambda *_, **__: pytest.fail("something was installed"))
    with pytest.raises(EngineError, match="missing system packages:\n  debian-name"):
        system.ensure(tmp_path / "log")


def test_in_ci_the_missing_packages_are_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tool = tmp_path / "tool"
    commands = []

    def install(command: list[str], *_: object, **__: object) -> None:
        commands.append(command)
        if "debian-name" in command:
            tool.touch()

    monkeypatch.setattr(system, "PACKAGES", (Package("debian-name", "fedora-name", (str(tool),), ""),))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda name, **_: f"/usr/bin/{name}")
    monkeypatch.setattr(venv, "has_python", lambda: True)
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr(system, "run", install)
    system.ensure(tmp_path / "log")
    assert [command[:2] for command in commands] == [["apt-get", "update"], ["apt-get", "install"]]
