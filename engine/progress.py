"""Shows what a long step does: nothing is silent for longer than half a minute."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from .errors import EngineError

_TICK = 1.0
_HEARTBEAT = 30.0
_TAIL = 25


def say(text: str) -> None:
    """One line for whoever watches."""
    print(text, flush=True)


@contextlib.contextmanager
def step(title: str) -> Iterator[None]:
    """Show that `title` goes on, and in the end how many seconds it took.

    On a terminal the seconds count up in place; elsewhere, as in a CI log, a line comes every half minute.
    """
    terminal = sys.stdout.isatty()
    start = time.monotonic()
    done = threading.Event()

    def beat() -> None:
        while not done.wait(_TICK if terminal else _HEARTBEAT):
            seconds = time.monotonic() - start
            print(f"\r  {title} … {seconds:.0f} s" if terminal else f"  {title} … {seconds:.0f} s so far", end="")
            print("" if terminal else "\n", end="", flush=True)

    print(f"  {title} …", end="" if terminal else "\n", flush=True)
    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    outcome = "failed after"
    try:
        yield
        outcome = "done in"
    finally:
        done.set()
        thread.join()
        print(f"{chr(13) if terminal else ''}  {title}: {outcome} {time.monotonic() - start:.1f} s", flush=True)


def run(command: Sequence[str], log: Path, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> None:
    """Run a command with its output in a log file. Raises EngineError with the log's end and place."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as file:
        done = subprocess.run(
            command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT, check=False
        )
    if done.returncode != 0:
        end = "\n".join(log.read_text(errors="replace").splitlines()[-_TAIL:])
        raise EngineError(f"{' '.join(command)} ended with {done.returncode}; the end of {log}:\n{end}")
