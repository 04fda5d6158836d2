"""What a dead run left in the project: unfinished work of the steps, and what no state will ever name again.

The steps build beside their results, under names like `.<name>.partial` and in `nodes/`, so what carries such a name
is never whole; it may hold the pull secret. A whole installer directory or seed disk whose step ended too late to be
recorded is built anew by the next run anyway.
"""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from recovery.report import Report
from recovery.state import State

INSTALLATION = Path("installation")


def settle(stack: str, since: float | None, half_written: Iterable[Path], state: State, report: Report) -> None:
    """Removes them. ``since``: when the dead run began (seconds since the epoch); older things may be of a state that
    was lost, and stay. ``half_written`` are the backend's."""
    directory = INSTALLATION / stack
    for path in [*half_written, *_unfinished(directory)]:
        _remove(path, report)
    for path in _whole(directory):
        if state.mentions(str(path)):
            continue
        if since is not None and path.stat().st_mtime >= since:
            _remove(path, report)
        else:
            report.left("file", str(path), "not in the state, but not of the run that died either")
    if not report.dry:
        _prune(directory)


def _unfinished(directory: Path) -> Iterator[Path]:
    yield from sorted(directory.glob(".*.partial"))
    yield from sorted(directory.glob("seeds/.*.partial"))
    yield from sorted(directory.glob("nodes/*"))


def _whole(directory: Path) -> Iterator[Path]:
    yield from (path for path in sorted(directory.glob("*")) if re.fullmatch("[0-9a-f]{16}", path.name))
    yield from sorted(directory.glob("seeds/*.iso"))


def _prune(directory: Path) -> None:
    """Without what is empty now: nothing that a destroy runs would take it for its own."""
    if directory.is_dir() and {path.name for path in directory.rglob("*")} <= {"seeds", "nodes", ".lock"}:
        shutil.rmtree(directory)
    for name in ("seeds", "nodes"):
        with contextlib.suppress(OSError):
            (directory / name).rmdir()


def _remove(path: Path, report: Report) -> None:
    if not report.dry:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    report.did("file", str(path), "removed")
