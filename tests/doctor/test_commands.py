"""Other programs are asked with a limit, and nothing of them stays."""

from __future__ import annotations

import os
import select
from pathlib import Path

import pytest

from doctor import commands
from tests.doctor.fake_host import FakeHost


def test_an_answer_is_what_the_program_printed(host: FakeHost) -> None:
    host.program("tool", "echo out; echo 'error: bad thing.' >&2; exit 3")
    answer = commands.run("tool")
    assert (answer.code, answer.out, answer.said, answer.ok) == (3, "out\n", "bad thing", False)


def test_an_error_is_one_though_the_last_command_ended_well(host: FakeHost) -> None:
    host.program("tool", "echo 'error: the first of two' >&2; exit 0")
    assert not commands.run("tool").ok


def test_what_never_answers_is_ended_with_all_that_it_started(
    host: FakeHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "SECONDS", 0.3)
    pids = tmp_path / "pids"
    host.program("tool", f"sleep 60 & echo $! >> {pids}; echo $$ >> {pids}; wait")
    answer = commands.run("tool")
    assert answer.timed_out and answer.said == "no answer in 0.3 s"
    for pid in map(int, pids.read_text().split()):
        assert _ends(pid)


def _ends(pid: int) -> bool:
    """Whether a process is over, or is so in a moment: the signal is on its way."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], 20)[0])
    finally:
        os.close(descriptor)


def test_nothing_can_ask_for_a_password(host: FakeHost) -> None:
    host.program("tool", "if (: < /dev/tty) 2>/dev/null; then echo asked; fi; cat")
    assert commands.run("tool").out == ""


def test_a_program_that_is_not_there_says_so(host: FakeHost) -> None:
    answer = commands.run("nowhere")
    assert not answer.timed_out and "nowhere: No such file" in answer.said
