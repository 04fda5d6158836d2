"""What runs inside a host is the caller's own command: its streams, its exit code, its directory."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rehearsal_host.conftest import CHECKOUT, Rehearsal

pytestmark = pytest.mark.rehearsal


def on_a_terminal(host: Rehearsal, command: list[str], waits_for: bytes, then_types: bytes) -> tuple[bytes, int]:
    """(what it wrote, its exit code) of a rehearsal command whose controlling terminal is a new one."""
    ours, theirs = pty.openpty()
    name, *arguments = command
    rehearsal = [sys.executable, "-m", "rehearsal", name, "--dir", str(host.directory), *arguments]
    process = subprocess.Popen(
        ["setsid", "--ctty", "--wait", *rehearsal], cwd=CHECKOUT, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    seen, typed = b"", False
    while select.select([ours], [], [], 30)[0]:
        try:
            seen += os.read(ours, 4096)
        except OSError:  # the terminal's other end is closed: the command has ended
            break
        if not typed and waits_for in seen:
            os.write(ours, then_types)
            typed = True
    os.close(ours)
    return seen, process.wait(30)


def test_exec_passes_arguments_streams_and_exit_code_on(host: Rehearsal) -> None:
    done = host("exec", "--", "sh", "-c", 'cat; echo "$1" >&2; exit 7', "sh", "two words", stdin="from the caller")
    assert (done.returncode, done.stdout, done.stderr) == (7, "from the caller", "two words\n")


def test_a_shell_runs_what_comes_on_standard_input_and_ends_with_its_exit_code(host: Rehearsal) -> None:
    done = host("shell", stdin="virsh uri\necho $REHEARSAL_DIR\nexit 9\n")
    assert done.returncode == 9
    assert done.stdout.split() == ["qemu:///system", str(host.directory)]


def test_a_shell_on_a_terminal_names_its_rehearsal_in_the_prompt(host: Rehearsal) -> None:
    seen, code = on_a_terminal(host, ["shell"], waits_for=b"(rehearsal host)", then_types=b"echo $((6 * 7))\nexit 5\n")
    assert code == 5
    assert b"(rehearsal host)" in seen
    assert b"42\r\n" in seen
    assert b"job control" not in seen, "a shell without it cannot interrupt what it runs"


def test_an_interrupted_command_may_end_in_its_own_time_and_way(host: Rehearsal) -> None:
    # An engine that is cut off when its user presses Ctrl-C leaves its state locked.
    command = "trap 'sleep 1; echo in order; exit 3' INT; echo ready; while :; do sleep 0.1; done"
    seen, code = on_a_terminal(host, ["exec", "--", "sh", "-c", command], waits_for=b"ready", then_types=b"\x03")
    assert (code, b"in order" in seen) == (3, True), seen


def test_a_command_runs_in_the_directory_of_its_caller(host: Rehearsal, tmp_path: Path) -> None:
    here = tmp_path / "a directory"
    here.mkdir()
    assert host("exec", "--", "pwd", cwd=here).stdout.strip() == str(here)


def test_what_points_out_of_the_host_is_not_passed_in(host: Rehearsal) -> None:
    leaks = {"LIBVIRT_DEFAULT_URI": "test:///default", "https_proxy": "http://127.0.0.1:1", "PULUMI_STACK": "mine"}
    inside = host("exec", "--", "env", environment=leaks).stdout.splitlines()
    assert not {line.split("=")[0] for line in inside} & set(leaks)
    assert f"PULUMI_BACKEND_URL=file://{host.directory}/state" in inside
    assert f"HOME={Path.home()}" in inside


def test_starting_a_host_that_runs_keeps_it(host: Rehearsal) -> None:
    before = (host.directory / "host.json").read_text()
    host.start()
    assert (host.directory / "host.json").read_text() == before


def test_a_host_that_does_not_run_is_said_to_with_the_remedy(tmp_path: Path) -> None:
    done = Rehearsal(tmp_path / "none")("exec", "--", "true")
    assert done.returncode == 1
    assert "rehearsal none does not run; start it with: make rehearsal NAME=none" in done.stderr
