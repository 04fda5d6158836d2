"""Other programs, asked with a limit: what never answers must not hang a run (traps 13)."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from dataclasses import dataclass

SECONDS: float = 20
"""How long one program may take; ssh to a remote host included."""


@dataclass(frozen=True, slots=True)
class Answer:
    """``code`` is None when the program was ended for its silence, or could not be started (``err`` then says why)."""

    code: int | None
    out: str = ""
    err: str = ""

    @property
    def ok(self) -> bool:
        """Whether all went well. virsh goes on after a command that failed, and ends with the last one's code."""
        return self.code == 0 and not any(line.startswith("error:") for line in self.err.splitlines())

    @property
    def timed_out(self) -> bool:
        """Whether it was ended for its silence."""
        return self.code is None and not self.err

    @property
    def said(self) -> str:
        """Its complaint in one line; without one, how it ended."""
        lines = [line.removeprefix("error: ").strip() for line in self.err.splitlines()]
        text = " ".join(line for line in lines if line).rstrip(".")
        if text:
            return text
        return f"no answer in {SECONDS:g} s" if self.timed_out else f"exit code {self.code}"


def is_there(program: str) -> bool:
    """Whether it is on PATH, or an absolute path to a program."""
    return shutil.which(program) is not None


def run(*command: str) -> Answer:
    """Run a program without input and terminal: nothing may ask for a password behind our back."""
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
            env={**os.environ, "LC_ALL": "C"},
        )
    except OSError as error:
        return Answer(None, err=f"{command[0]}: {error.strerror}")
    try:
        out, err = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return Answer(None)
    finally:
        if process.poll() is None:
            # With whatever it has started itself, such as virsh's ssh; it is a group of its own.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            for pipe in (process.stdout, process.stderr):
                if pipe is not None:
                    pipe.close()
    return Answer(process.returncode, out, err)
