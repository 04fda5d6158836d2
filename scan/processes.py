"""Arguments of running processes: everybody on the machine can read them, as long as the process lives."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Process:
    """``name`` as the kernel has it; ``arguments`` separated by NUL."""

    pid: int
    name: str
    arguments: bytes

    def __str__(self) -> str:
        return f"process {self.pid} ({self.name})"


def running(proc: Path = Path("/proc")) -> Iterator[Process]:
    """Every process that can be seen from here but this one."""
    for entry in sorted(proc.glob("[0-9]*"), key=lambda path: int(path.name)):
        if int(entry.name) == os.getpid():
            continue
        try:
            arguments = (entry / "cmdline").read_bytes()
            name = (entry / "comm").read_text(errors="replace").strip()
        except OSError:
            continue  # it has ended
        if arguments:
            yield Process(int(entry.name), name, arguments)
