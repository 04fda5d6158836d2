"""The pools' file system without room: before anything is made, and while images are uploaded."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rehearsal.trials.lab import POOLS, Lab
from rehearsal.trials.mending import mended
from rehearsal.trials.running import Run
from rehearsal.trials.trial import Row, quoted

_FULL = "the pool's file system is full"
_ROOM = "4g"
_LEFT = "4m"
"""Enough for all empty disks, 200 KiB each, and for no image, of which the smallest has 15 MB."""
_QUIET = 60.0
"""Seconds without any progress after which a person takes a run for stuck; before them a good one has made its disks,
the longest of which takes 20."""


def is_full(lab: Lab) -> Row:
    """Found before anything is made."""
    with _small_pools(_LEFT):
        run = lab.run("up")
        run.end()
        _resize(_ROOM)
        row = mended(lab, f"{_FULL}, then has room", run, "Images need")
        lab.finish("destroy")
    return row


def is_refused(lab: Lab) -> Row:
    """The first half of it."""
    with _small_pools(_LEFT):
        run = lab.run("up")
        run.end()
        return Row(_FULL, quoted(run.said, "Images need"), "nothing", None, tuple(lab.problems()))


def fills_up(lab: Lab) -> Row:
    """By somebody else, when the room was counted. A run that gets no further then is ended, as a person would."""
    with _small_pools(_ROOM):
        run = lab.run("up")
        run.until(lambda: any(POOLS.iterdir()))
        _resize(_LEFT)
        if stuck := _is_stuck(run):
            run.interrupt(signal.SIGINT)
        run.end()
        _resize(_ROOM)
        fault = "the pool's file system fills up during an upload, then has room"
        row = mended(lab, fault, run, "while uploading", remedy="Ctrl-C, " if stuck else "")
        lab.finish("destroy")
    return row


def _is_stuck(run: Run) -> bool:
    """Waits for its end, or until nothing has happened for long."""
    done, since = -1, 0.0

    def quiet() -> bool:
        nonlocal done, since
        if len(run.done) != done:
            done, since = len(run.done), time.monotonic()
        return time.monotonic() - since > _QUIET

    return run.until(quiet)


@contextmanager
def _small_pools(size: str) -> Iterator[None]:
    """A file system of their own for the pools."""
    POOLS.mkdir(exist_ok=True)
    _mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(POOLS))
    try:
        yield
    finally:
        # Lazily, for libvirtd may still look into it.
        subprocess.run(["umount", "--lazy", str(POOLS)], check=True)


def _resize(size: str) -> None:
    _mount("-o", f"remount,size={size}", str(POOLS))


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)
