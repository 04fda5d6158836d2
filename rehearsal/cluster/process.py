"""One child process of the control plane: own process group, own log file, ended by its id and never by name."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

STOP_SECONDS = 8.0  # after SIGTERM, before SIGKILL


class MissingBinaryError(Exception):
    """A program of the control plane is neither in the engine's directory nor on PATH."""


class Process:
    """Starts at construction. The child also dies when the daemon does, however that ends."""

    def __init__(
        self, name: str, arguments: Sequence[str], log: Path, environment: dict[str, str], program: str = ""
    ) -> None:
        """``program``: what is run, by default the program of that name."""
        self.name = name
        self.log = log
        self.started = time.monotonic()
        # setpriv sets the parent-death signal and then becomes the program: a preexec_fn would not be safe beside
        # the threads that poll the machines.
        command = [binary("setpriv"), "--pdeathsig", "KILL", "--", binary(program or name), *arguments]
        with log.open("ab") as output:
            self._child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **environment},
                start_new_session=True,
            )

    @property
    def running(self) -> bool:
        return self._child.poll() is None

    def last_words(self) -> str:
        """The last line of the log that is not empty, for messages."""
        lines = self.log.read_text(errors="replace").splitlines()[-20:]
        return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "(no output)")

    def ask_to_stop(self) -> None:
        if self.running:
            os.killpg(self._child.pid, signal.SIGTERM)

    def stop(self) -> None:
        """End the process group and wait for it; a child that ignores SIGTERM is killed."""
        self.ask_to_stop()
        try:
            self._child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._child.pid, signal.SIGKILL)
            self._child.wait()


def binary(name: str) -> str:
    """The path of a program: the engine's ``bin`` ($RHOSO_ENGINE), then PATH. Raises MissingBinaryError."""
    engine = os.environ.get("RHOSO_ENGINE")
    search = os.pathsep.join([f"{engine}/bin"] if engine else []) + os.pathsep + os.environ.get("PATH", os.defpath)
    found = shutil.which(name, path=search)
    if found is None:
        raise MissingBinaryError(f"{name} is neither in the engine's directory nor on PATH; run the engine's set-up")
    return found
