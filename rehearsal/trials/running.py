"""One run of the engine that is watched by its events, and may be ended or deprived of one of its processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from rehearsal.host import CHECKOUT

_SEEN = "resOutputsEvent"
"""The engine's event at the end of the work on one resource (apitype.EngineEvent)."""
_LOOKS = 0.02  # seconds between two looks at a condition that no event tells


class Run:
    """`pulumi <command>` in a session of its own, as a terminal's is; ``done`` counts resources
    whose work has ended, by URN."""

    def __init__(self, command: str, *options: str, environment: Mapping[str, str]) -> None:
        self._directory = tempfile.TemporaryDirectory(prefix="rehearsal-")
        scratch = Path(self._directory.name)
        pipe, self._log = scratch / "events", scratch / "log"
        os.mkfifo(pipe, 0o600)
        self.done: list[str] = []
        self.operations: list[str] = []
        self._changed = threading.Condition()
        # Open at both ends, so that it is never at its end before we say so.
        self._events = pipe.open("r+b", buffering=0)
        self._reader = threading.Thread(target=self._read, args=(self._events,), daemon=True)
        self._reader.start()
        self.began = time.monotonic()
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*("pulumi", command, "--yes", "--skip-preview", "--event-log", str(pipe)), *options],
                cwd=CHECKOUT,
                env={**os.environ, "PULUMI_DEBUG_COMMANDS": "true", **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def lives(self) -> bool:
        return self._process.poll() is None

    @property
    def said(self) -> str:
        """What it wrote so far, diagnostics included."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    @property
    def last(self) -> str:
        """The name of the resource that was done last."""
        return self.done[-1].rpartition("::")[2] if self.done else "nothing"

    def until(self, condition: Callable[[], bool]) -> bool:
        """Waits for a condition; False if the run ended before it held."""
        while self.lives:
            if condition():
                return True
            with self._changed:
                self._changed.wait(_LOOKS)
        return False

    def until_done(self, number: int) -> bool:
        """Waits until so many resources are done; False if the run ended before."""
        return self.until(lambda: len(self.done) >= number)

    def kill(self, whole_session: bool = False) -> None:
        """SIGKILL to the engine alone, or to everything that it has started too."""
        for pid in self.pids() if whole_session else [self._process.pid]:
            _signal(pid, signal.SIGKILL)
        self.end()

    def interrupt(self, number: signal.Signals) -> None:
        """What Ctrl-C or a service manager sends."""
        _signal(self._process.pid, number)

    def kill_child(self, *words: str) -> bool:
        """SIGKILL to those of its processes whose command line holds all the words; False if there is none."""
        found = [pid for pid in self.pids() if all(word in _command(pid) for word in words)]
        for pid in found:
            _signal(pid, signal.SIGKILL)
        return bool(found)

    def pids(self) -> list[int]:
        """Its processes: those of its session."""
        return [pid for pid in every() if _session(pid) == self._process.pid]

    def end(self) -> int:
        """Waits for its end; the exit code, which is negative for a signal. May be asked again."""
        code = self._process.wait()
        if not self._events.closed:
            self._events.write(b"\nend\n")
            self._reader.join()
            self._events.close()
        return code

    def _read(self, events: BinaryIO) -> None:
        with open(events.fileno(), "rb", closefd=False) as lines:
            for line in lines:
                if line == b"end\n":
                    return
                try:
                    event = json.loads(line)
                except ValueError:  # half a line of a killed engine
                    continue
                if _SEEN in event:
                    with self._changed:
                        metadata = event[_SEEN]["metadata"]
                        self.operations.append(str(metadata["op"]))
                        self.done.append(str(metadata["urn"]))
                        self._changed.notify_all()


def every() -> Iterator[int]:
    """The pids of this host."""
    return (int(entry.name) for entry in Path("/proc").glob("[0-9]*"))


def running(*words: str) -> list[int]:
    """Pids whose command line holds all the words, our own left out."""
    return [pid for pid in every() if pid != os.getpid() and all(word in _command(pid) for word in words)]


def signalled(pids: Sequence[int], number: signal.Signals) -> None:
    """Sends all of them a signal; those that are gone already are passed by."""
    for pid in pids:
        _signal(pid, number)


def _command(pid: int) -> str:
    try:
        return (Path("/proc") / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def _session(pid: int) -> int:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return 0


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
