"""The checks before anything is registered, against small fakes of the client's tools."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from doctor import client as client_checks
from doctor import commands, preflight
from settings import Settings
from tests import existing
from tests.doctor.fake_host import FakeHost
from tests.lab import PULL_SECRET, settings

TOOLS = ("virsh", "xsltproc", "mkisofs", "openshift-install")


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH that holds every tool, each ending well."""
    for tool in TOOLS:
        fake(tmp_path, tool, "echo openshift-install 4.18.9")
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    return tmp_path


def fake(directory: Path, tool: str, script: str) -> None:
    path = directory / tool
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_a_complete_client_has_no_problem(client: Path) -> None:
    assert preflight.check(settings(), changing=False) == []


def test_a_missing_installer_is_named_with_its_setting(client: Path) -> None:
    lab = settings(openshift={"installer": "openshift-install-4.18", "pullSecret": PULL_SECRET})
    [problem] = preflight.check(lab, changing=False)
    assert problem.field == "openshift.installer"
    assert "openshift-install-4.18" in str(problem)


def test_a_host_that_refuses_this_user_says_how_to_be_let_in(client: Path) -> None:
    fake(client, "virsh", "echo \"error: Failed to connect socket to '/run/x': Permission denied\" >&2; exit 1")
    [problem] = preflight.check(settings(), changing=False)
    assert problem.field == "hosts.uri"
    assert "qemu:///system refuses this user" in str(problem)
    assert "group libvirt" in problem.remedy


def test_a_host_that_is_not_there_says_what_should_run(client: Path) -> None:
    fake(client, "virsh", "echo 'error: Failed to connect socket: No such file or directory' >&2; exit 1")
    [problem] = preflight.check(settings(), changing=False)
    assert "can't be reached" in problem.found
    assert "virtproxyd" in problem.remedy


def test_a_host_that_never_answers_does_not_hang_the_run(client: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "SECONDS", 0.2)
    fake(client, "virsh", "exec sleep 60")
    [problem] = preflight.check(settings(), changing=False)
    assert "didn't answer" in problem.found


def test_a_missing_compute_image_stops_a_change_and_not_a_preview(client: Path) -> None:
    lab = settings(compute={"image": "/nowhere/rhel.qcow2"})
    assert preflight.check(lab, changing=False) == []
    assert "compute.image" in [problem.field for problem in preflight.check(lab, changing=True)]


def test_a_local_host_is_asked_by_the_socket_that_the_plugin_dials(client: Path) -> None:
    fake(client, "virsh", 'case "$*" in *socket=/var/run/libvirt/libvirt-sock*) exit 0;; esac; exit 1')
    assert preflight.check(settings(), changing=False) == []


def test_a_lab_at_rest_is_noted_and_refuses_nothing(client: Path) -> None:
    names = "lab-master-0\\nlab-master-1\\nlab-master-2"
    fake(client, "virsh", f'case "$*" in *"list --all --name") printf "{names}\\n";; esac')
    assert preflight.check(settings(), changing=False) == []
    [note] = preflight.notes(settings())
    assert "make start STACK=lab" in str(note)
    fake(client, "virsh", f'printf "{names}\\n"')
    assert preflight.notes(settings()) == []
    fake(client, "virsh", "exit 1")
    assert preflight.notes(settings()) == []


def test_an_installer_of_another_release_stops_a_change(client: Path) -> None:
    fake(client, "openshift-install", "echo openshift-install 4.1.8")
    problems = preflight.check(settings(), changing=True)
    assert "openshift.version: 4.18 is wanted, but openshift-install installs 4.1.8." in str(problems[-1])


def test_a_missing_tool_names_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for tool in TOOLS:
        if tool != "xsltproc":
            fake(tmp_path, tool, "exit 0")
    monkeypatch.setenv("PATH", str(tmp_path))
    [problem] = preflight.check(settings(), changing=False)
    assert "xsltproc" in problem.found and "libxslt" in problem.remedy


def test_fips_needs_a_machine_in_fips_mode(client: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image, flag = tmp_path / "compute.qcow2", tmp_path / "fips_enabled"
    image.write_text("")
    monkeypatch.setattr(client_checks, "FIPS", flag)
    lab = settings(openshift={"fips": True, "pullSecret": PULL_SECRET}, compute={"image": str(image)})
    for state in (None, "0\n"):
        if state is not None:
            flag.write_text(state)
        assert [problem.field for problem in preflight.check(lab, changing=True)] == ["openshift.fips"]
    flag.write_text("1\n")
    assert preflight.check(lab, changing=True) == []


def test_names_of_the_stacks_own_never_stop_it(host: FakeHost, tmp_path: Path) -> None:
    lab = installable(host, tmp_path)
    disk = tmp_path / "pool" / "lab-1" / "lab-master-0-root.qcow2"
    disk.parent.mkdir(parents=True)
    disk.touch()
    for node in ("master-0", "worker-9", "compute-0"):
        host.domain(f"lab-{node}", disk=str(disk))
    host.pool("lab-1", disk.parent)
    host.network("lab-ocp")
    assert preflight.check(lab, changing=True) == []


def test_a_machine_of_another_owner_stops_a_change_and_not_a_preview(host: FakeHost, tmp_path: Path) -> None:
    lab = installable(host, tmp_path)
    host.domain("lab-master-0", mark="somebody's")
    assert preflight.check(lab, changing=False) == []
    [problem] = preflight.check(lab, changing=True)
    assert "lab-master-0" in problem.found and "somebody's" in problem.found


def test_a_pools_directory_with_somebodys_files_stops_a_change(host: FakeHost, tmp_path: Path) -> None:
    lab = installable(host, tmp_path)
    (tmp_path / "pool" / "lab-1").mkdir(parents=True)
    (tmp_path / "pool" / "lab-1" / "lab-master-0-root.qcow2").touch()
    [problem] = preflight.check(lab, changing=True)
    assert problem.field == "hosts.pool" and "lab-master-0-root.qcow2" in problem.found
    # Also of a stack that only makes networks and pool.
    networks = installable(host, tmp_path, through="networks")
    assert [problem.field for problem in preflight.check(networks, changing=True)] == ["hosts.pool"]


def test_a_host_whose_machines_can_not_be_seen_is_left_alone(host: FakeHost, tmp_path: Path) -> None:
    lab = installable(host, tmp_path)
    (host.answers / "list_--all_--name").unlink()
    [problem] = preflight.check(lab, changing=True)
    assert problem.field == "hosts.uri" and "no answer to list" in problem.found


def test_a_cluster_that_is_there_needs_no_installer(host: FakeHost) -> None:
    for tool in ("xsltproc", "mkisofs"):
        host.program(tool)
    assert preflight.check(existing.settings(), changing=False) == []
    assert [problem.field for problem in preflight.check(settings(), changing=False)] == ["openshift.installer"]


def installable(host: FakeHost, directory: Path, **changes: Any) -> Settings:
    """The small lab, with all that preflight looks for beside its host."""
    for tool in TOOLS:
        if tool != "virsh":
            host.program(tool, "echo openshift-install 4.18.9")
    image = directory / "compute.qcow2"
    image.touch()
    described = {"uri": "qemu:///system", "pool": str(directory / "pool")}
    return settings(hosts={"main": described}, compute={"image": str(image)}, **changes)
