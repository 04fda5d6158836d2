"""Processes of a dead run, told by what the run itself gave them, never by a name alone.

The engine of Pulumi 3.250 listens on two ports of its own. The address of one is in the environment of every plugin and
of all that they start (PULUMI_LOG_OTLP_ENDPOINT), that of the other among the arguments of the plugins. So processes
with the same value belong to one run; when nobody listens there any more, its engine is dead. Which stack it was
stands in the arguments of the language's process, or in those of a step that works in `installation/<stack>/`.
"""

from __future__ import annotations

import os
import re
import select
import signal
import time
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_RUN = "PULUMI_LOG_OTLP_ENDPOINT"
_ADDRESS = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\]):(\d+)")
_LISTENS = "0A"
_PATIENCE = 5.0


@dataclass(frozen=True)
class Process:
    """One process of this user; ``start`` in clock ticks since boot, ``run`` the address of the engine it serves."""

    pid: int
    start: int
    arguments: tuple[str, ...]
    directory: str
    run: str

    def __str__(self) -> str:
        words = [Path(word).name if word.startswith("/") else word for word in self.arguments]
        return f"{self.pid} {' '.join(words)[:60]}"


def running(proc: Path = Path("/proc")) -> list[Process]:
    """All processes of this user that serve some engine."""
    found = (_read(entry) for entry in proc.iterdir() if entry.name.isdigit())
    return sorted((process for process in found if process and process.run), key=lambda process: process.pid)


def _read(entry: Path) -> Process | None:
    try:
        arguments = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")[:-1]
        environment = (entry / "environ").read_bytes().decode(errors="replace").split("\0")
        fields = (entry / "stat").read_text().rpartition(")")[2].split()
        directory = str((entry / "cwd").readlink())
    except (OSError, ValueError):
        return None
    run = next((line.partition("=")[2] for line in environment if line.startswith(f"{_RUN}=")), "")
    return None if fields[0] in "ZX" else Process(int(entry.name), int(fields[19]), tuple(arguments), directory, run)


def listening(proc: Path = Path("/proc")) -> set[int]:
    """TCP ports that somebody listens on."""
    ports: set[int] = set()
    for table in ("net/tcp", "net/tcp6"):
        with suppress(FileNotFoundError):
            for line in (proc / table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == _LISTENS:
                    ports.add(int(fields[1].rpartition(":")[2], 16))
    return ports


def of_dead_runs(
    processes: Iterable[Process], ports: set[int], project: str, stack: str, directory: Path, *, only_dead_run: bool
) -> tuple[list[Process], list[Process]]:
    """(this stack's, those of which nobody can tell whose they are): processes of this project whose engine is dead.

    ``only_dead_run``: this stack's is the only dead run that the project's locks know. What nobody else's can be, and
    has this project's directory, is then taken for its.
    """
    runs: defaultdict[str, list[Process]] = defaultdict(list)
    for process in processes:
        runs[process.run].append(process)
    ours: list[Process] = []
    unclear: list[Process] = []
    for members in runs.values():
        if _addresses(members) & ports or not any(member.directory == str(directory) for member in members):
            continue
        stacks = {found for member in members if (found := _stack(member, project, directory))}
        if stacks == {stack} or (not stacks and only_dead_run):
            ours += members
        elif not stacks:
            unclear += members
    return ours, unclear


def _addresses(members: Iterable[Process]) -> set[int]:
    """Ports of the engine that these serve, or of the one that started them."""
    texts = [text for member in members for text in (member.run, *member.arguments)]
    return {int(match[1]) for text in texts if (match := _ADDRESS.fullmatch(text))}


def _stack(process: Process, project: str, directory: Path) -> str | None:
    """The stack of `project` in `directory` that a process says it works for."""
    if process.directory != str(directory):
        return None
    options = dict(zip(process.arguments, process.arguments[1:], strict=False))
    # The engine takes the directory as the shell calls it, which may be by a symbolic link.
    if options.get("--project") == project and Path(options.get("--root_directory", "")).resolve() == directory:
        return options.get("--stack")
    for argument in process.arguments:
        if match := re.match(r"installation/([^/]+)/", argument):
            return match[1]
    return None


def started_before(pid: int, moment: float, proc: Path = Path("/proc")) -> bool:
    """Whether the process that has this pid now was already there at ``moment`` (seconds since the epoch)."""
    entry = proc / str(pid)
    try:
        fields = (entry / "stat").read_text().rpartition(")")[2].split()
        name = (entry / "comm").read_text().strip()
    except OSError:
        return False
    if fields[0] in "ZX":
        return False
    # The clock may have been set since; a name only makes this more careful.
    since_boot = int(fields[19]) / os.sysconf("SC_CLK_TCK")
    booted = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
    return name == "pulumi" or booted + since_boot <= moment + 1


def end(processes: Iterable[Process]) -> list[Process]:
    """Ask each to end, insist after 5 s; those that are still there then. No other process is hit: a signal goes by the
    kernel's handle, and only after it was seen to be the one that was read."""
    handles: dict[Process, int] = {}
    for process in processes:
        with suppress(ProcessLookupError):
            handle = os.pidfd_open(process.pid)
            now = _read(Path(f"/proc/{process.pid}"))
            if now and now.start == process.start:
                handles[process] = handle
            else:
                os.close(handle)
    try:
        left = dict(handles)
        for number in (signal.SIGTERM, signal.SIGKILL):
            for handle in left.values():
                with suppress(ProcessLookupError):
                    signal.pidfd_send_signal(handle, number)
            left = _remaining(left)
        return list(left)
    finally:
        for handle in handles.values():
            os.close(handle)


def _remaining(handles: dict[Process, int]) -> dict[Process, int]:
    left = dict(handles)
    deadline = time.monotonic() + _PATIENCE
    while left and (patience := deadline - time.monotonic()) > 0:
        ended = set(select.select(list(left.values()), [], [], patience)[0])
        left = {process: handle for process, handle in left.items() if handle not in ended}
    return left
