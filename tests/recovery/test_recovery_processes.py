"""Which processes belong to a dead run of this stack, and that no other is ended."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from recovery import processes
from recovery.processes import Process

PROJECT = Path("/home/lab/project")
RUN, ENGINE = "localhost:36433", "127.0.0.1:33985"


def process(pid: int, *arguments: str, run: str = RUN, directory: Path = PROJECT, start: int = 5) -> Process:
    return Process(pid, start, arguments, str(directory), run)


def language(stack: str, pid: int = 92, run: str = RUN, project: str = "rhoso-lab") -> Process:
    options = ("--project", project, "--root_directory", str(PROJECT), "--stack", stack)
    return process(pid, "python", "pulumi-language-python-exec", "--engine", ENGINE, *options, run=run)


PLUGIN = process(120, "pulumi-resource-libvirt", ENGINE)
STEP = process(147, "python3", "-m", "installer", "wait")
TOOL = process(160, "openshift-install", "agent", "wait-for", "--dir", "installation/lab/29a588d54410a474")


def told(*found: Process, ports: set[int] | None = None, only: bool = False) -> tuple[list[int], list[int]]:
    """The pids of (this stack's, those of which nobody can tell)."""
    ours, unclear = processes.of_dead_runs(found, ports or set(), "rhoso-lab", "lab", PROJECT, only_dead_run=only)
    return [one.pid for one in ours], [one.pid for one in unclear]


def test_all_that_served_a_dead_engine_of_this_stack_is_its() -> None:
    assert told(language("lab"), PLUGIN, STEP) == ([92, 120, 147], [])


@pytest.mark.parametrize("port", [36433, 33985])
def test_while_somebody_listens_at_the_engines_address_the_run_lives(port: int) -> None:
    assert told(language("lab"), PLUGIN, STEP, ports={port}) == ([], [])


def test_another_stacks_or_projects_or_checkouts_is_not_touched() -> None:
    assert told(language("other"), PLUGIN, only=True) == ([], [])
    assert told(language("lab", project="elsewhere"), only=False) == ([], [92])
    elsewhere = process(7, "pulumi-resource-libvirt", ENGINE, directory=Path("/home/lab/second"))
    assert told(elsewhere, only=True) == ([], [])


def test_two_runs_are_told_apart_by_their_engines() -> None:
    other = process(300, "pulumi-resource-libvirt", "127.0.0.1:40000", run="localhost:40001")
    assert told(language("lab"), PLUGIN, language("two", 301, "localhost:40001"), other) == ([92, 120], [])


def test_a_step_tells_its_stack_by_the_directory_it_works_in() -> None:
    assert told(PLUGIN, STEP, TOOL) == ([120, 147, 160], [])


def test_a_project_that_was_entered_by_a_symbolic_link_is_the_same(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.mkdir()
    link.symlink_to(real)
    arguments = ("python", "--project", "rhoso-lab", "--root_directory", str(link), "--stack", "lab")
    found = [process(92, *arguments, directory=real)]
    assert processes.of_dead_runs(found, set(), "rhoso-lab", "lab", real, only_dead_run=False) == (found, [])


def test_plugins_alone_are_its_only_if_no_other_run_died() -> None:
    assert told(PLUGIN, STEP) == ([], [120, 147])
    assert told(PLUGIN, STEP, only=True) == ([120, 147], [])


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process that serves an engine and ends by SIGKILL only."""
    script = "import signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); signal.pause()"
    environment = {**os.environ, "PULUMI_LOG_OTLP_ENDPOINT": RUN}
    with subprocess.Popen([sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE) as found:
        assert found.stdout is not None
        found.stdout.readline()
        yield found
        found.kill()


def test_a_process_is_seen_by_its_environment_and_ended(
    sleeper: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "_PATIENCE", 0.5)
    [seen] = [one for one in processes.running() if one.pid == sleeper.pid]
    assert (seen.run, seen.directory) == (RUN, str(Path.cwd()))
    assert processes.end([seen]) == []
    assert sleeper.wait() == -9


def test_a_pid_that_is_another_process_by_now_is_not_hit(sleeper: subprocess.Popen[bytes]) -> None:
    [seen] = [one for one in processes.running() if one.pid == sleeper.pid]
    processes.end([Process(seen.pid, seen.start - 1, seen.arguments, seen.directory, seen.run)])
    assert sleeper.poll() is None


def test_a_listener_is_seen() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert port in processes.listening()
    assert port not in processes.listening()


def test_a_pid_counts_as_the_recorded_one_only_if_it_was_there_before(sleeper: subprocess.Popen[bytes]) -> None:
    assert processes.started_before(sleeper.pid, time.time() + 5)
    assert not processes.started_before(sleeper.pid, time.time() - 3600)
    sleeper.kill()
    sleeper.wait()
    assert not processes.started_before(sleeper.pid, time.time() + 5)
