"""Ending a host leaves nothing: no process, mount, interface or file; and it never ends what is not its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.rehearsal_host.conftest import DOMAIN, NETWORK, Rehearsal
from tests.rehearsal_host.test_side_by_side import interfaces

pytestmark = pytest.mark.rehearsal

PLACES = ("/etc/libvirt", "/var/lib/libvirt", "/var/cache/libvirt", "/var/log/libvirt", "/run/libvirt", "/run/mount")
KINDS = ("pid", "mnt", "net")


def namespaces(process: str) -> set[str]:
    """The namespaces of a process, empty when it is gone or not ours to look at."""
    found = set()
    for kind in KINDS:
        try:
            found.add(str(Path(f"/proc/{process}/ns/{kind}").readlink()))
        except OSError:
            continue
    return found


def living() -> list[str]:
    """Pids of the processes outside."""
    return [entry.name for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def text(process: str, file: str) -> str:
    """A file of a process, empty when it is gone or not ours to look at."""
    try:
        return Path(f"/proc/{process}/{file}").read_text(errors="replace")
    except OSError:
        return ""


def files() -> set[str]:
    """What lies where the machine's own libvirt lives."""
    return {str(path) for place in PLACES for path in (Path(place), *Path(place).rglob("*")) if path.exists()}


def first_process(host: Rehearsal) -> int:
    """Pid of the host's first process."""
    return int(json.loads((host.directory / "host.json").read_text())["init"]["pid"])


def test_an_ended_host_leaves_no_process_mount_interface_or_file(tmp_path: Path) -> None:
    files_before, interfaces_before = files(), interfaces()
    host = Rehearsal(tmp_path / "host")
    host.start()
    try:
        host.run("virsh", "net-create", "/dev/stdin", stdin=NETWORK.format(name="nat"))
        host.run("virsh", "create", "/dev/stdin", stdin=DOMAIN.format(network="nat"))
        own = namespaces(str(first_process(host))) - namespaces("self")
        assert len(own) == len(KINDS), "the host has namespaces of its own"
        inside = [process for process in living() if namespaces(process) & own]
        assert len(inside) >= 4, "supervisor, libvirtd, dnsmasq and QEMU live in them"
    finally:
        stopped = host("stop")
    assert stopped.returncode == 0, stopped.stderr
    assert [process for process in living() if namespaces(process) & own] == []
    assert [process for process in living() if str(host.directory) in text(process, "cmdline")] == []
    assert [process for process in living() if str(host.directory) in text(process, "mountinfo")] == []
    assert interfaces() <= interfaces_before
    assert files() == files_before
    assert not host.directory.exists()


def test_a_host_whose_first_process_was_killed_is_removed_all_the_same(host: Rehearsal) -> None:
    os.kill(first_process(host), signal.SIGKILL)
    stopped = host("stop")
    assert stopped.returncode == 0, stopped.stderr
    assert not host.directory.exists()


def test_a_host_that_ended_by_itself_is_started_afresh(host: Rehearsal) -> None:
    (host.directory / "leftover").touch()
    os.kill(first_process(host), signal.SIGKILL)
    host.start()
    assert host.run("virsh", "uri").strip() == "qemu:///system"
    assert not (host.directory / "leftover").exists()


def test_a_pid_that_is_somebody_elses_by_now_is_never_signalled(tmp_path: Path) -> None:
    host = Rehearsal(tmp_path / "old")
    host.directory.mkdir()
    bystander = subprocess.Popen(["sleep", "600"])
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        stale = {"pid": bystander.pid, "start": 1, "boot": boot}
        (host.directory / "host.json").write_text(json.dumps({"launcher": stale, "init": stale}))
        assert host("stop").returncode == 0
        assert bystander.poll() is None, "it was not the host's"
        assert not host.directory.exists()
    finally:
        bystander.kill()
        bystander.wait()


def test_a_directory_that_no_rehearsal_made_is_neither_used_nor_removed(tmp_path: Path) -> None:
    (tmp_path / "keep").touch()
    host = Rehearsal(tmp_path)
    for command in ("start", "stop"):
        done = host(command)
        assert done.returncode == 1
        assert "was not made by a rehearsal" in done.stderr
    assert (tmp_path / "keep").exists()


def test_ending_a_host_from_inside_is_refused(host: Rehearsal) -> None:
    done = host("stop", environment={"REHEARSAL_DIR": str(host.directory)})
    assert done.returncode == 1
    assert "leave it first" in done.stderr
    assert host.run("true") == ""


def test_ending_what_is_not_there_is_no_error(tmp_path: Path) -> None:
    done = Rehearsal(tmp_path / "none")("stop")
    assert (done.returncode, "there is none" in done.stderr) == (0, True)
