"""A stack's directory of the steps' results, ``installation/<stack>``: who goes last takes it along."""

from __future__ import annotations

import shutil
from pathlib import Path

LOCK = ".lock"
FAILURES = "failures"
"""What was collected about installations that failed; it goes with the last of the results."""


def leave(directory: Path) -> None:
    """Removes the directory if no step has a result, or anything half made, in it any more."""
    if directory.is_dir() and {path.name for path in directory.iterdir()} <= {LOCK, FAILURES}:
        shutil.rmtree(directory)
