"""Processes by identity, not by number: a pid together with its start time and the boot it belongs to.

A rehearsal may be ended days after it was started, and its pid may be somebody else's by then. Nothing here signals a
process before the kernel's handle on it (a pidfd) has been shown to be the one that was recorded.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


def boot_id() -> str:
    """This boot's identity: pids and start times mean nothing across boots."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _stat(pid: int) -> list[str]:
    """Fields of /proc/<pid>/stat from the state on (proc(5) field 3 is index 0); empty without such a process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def wait_for(command: Sequence[str], directory: Path, environment: Mapping[str, str]) -> int:
    """Run a command on the caller's own streams and return its exit code.

    An interrupt from the terminal reaches the command as well, and it may take its time: an engine that is killed
    instead leaves its state locked. So this only goes on waiting.
    """
    # A function, not SIG_IGN, for that would be inherited.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        return subprocess.Popen(command, cwd=directory, env=environment).wait()
    finally:
        signal.signal(signal.SIGINT, before)


@dataclass(frozen=True, slots=True)
class Process:
    """One process of this machine: pid, start time in clock ticks since boot, and the boot."""

    pid: int
    start: int
    boot: str

    @classmethod
    def of(cls, pid: int) -> Process | None:
        """The process that has this pid now."""
        fields = _stat(pid)
        return cls(pid, int(fields[19]), boot_id()) if fields else None

    def to_json(self) -> dict[str, object]:
        """{"pid", "start", "boot"}."""
        return {"pid": self.pid, "start": self.start, "boot": self.boot}

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> Process:
        """The inverse of `to_json`."""
        return cls(int(str(data["pid"])), int(str(data["start"])), str(data["boot"]))

    def alive(self) -> bool:
        """Whether this very process still runs; a zombie does not."""
        fields = _stat(self.pid)
        return bool(fields) and fields[0] not in "ZX" and int(fields[19]) == self.start and self.boot == boot_id()

    def only_child(self) -> Process | None:
        """The process whose parent this is; the launcher of a host has one, the host's first process."""
        if not self.alive():
            return None
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                fields = _stat(int(entry.name))
                if fields and fields[0] not in "ZX" and int(fields[1]) == self.pid:
                    return Process.of(int(entry.name))
        return None

    def end(self, patience: float = 5.0) -> None:
        """Ask it to end, insist after `patience` seconds, and return when it is gone."""
        try:
            handle = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return
        try:
            # From here the handle cannot come to mean another process, so the check and the signal cannot disagree.
            if not self.alive():
                return
            for number in (signal.SIGTERM, signal.SIGKILL):
                signal.pidfd_send_signal(handle, number)
                if select.select([handle], [], [], patience)[0]:
                    return
                patience = 60.0
        except ProcessLookupError:
            return
        finally:
            os.close(handle)
