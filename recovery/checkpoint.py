"""The state's file itself: a run that is killed while it writes it can leave it, or the attributes beside it, empty.

The attributes (`<stack>.json.attrs`: content type, checksum) are written first and not in one step; empty ones make the
engine say "failed to load checkpoint: EOF" (seen), and it does without them.
The file backend keeps the checkpoint before the last one beside it (`<stack>.json.bak`; Pulumi 3.250,
pkg/backend/diy/state.go). What the lost one knew more is at most one operation, which the earlier one has as begun.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from recovery.errors import RecoveryError
from recovery.report import Report


def mend(checkpoint: Path, report: Report, *, died: bool) -> bool:
    """Puts the earlier checkpoint in the place of one that can't be read; ``died``: a run's lock was found, so that one
    that is missing was lost and not removed. True if anything was mended, or would be. Raises RecoveryError without a
    good one: then nothing tells what the lab is made of."""
    mended = _without_broken_attributes(checkpoint, report)
    if _is_whole(checkpoint) or not (checkpoint.exists() or died):
        return mended
    earlier = checkpoint.with_name(f"{checkpoint.name}.bak")
    if not _is_whole(earlier):
        if not checkpoint.exists():
            return mended  # the engine itself says that there is no such stack
        raise RecoveryError(
            f"{checkpoint.name} can't be read, and neither can its backup; nothing was done. Put a copy of the state "
            "there, or remove the lab by hand: make doctor lists what is its own, with the commands."
        )
    if not report.dry:
        whole = checkpoint.with_name(f"{checkpoint.name}.mended")
        shutil.copy2(earlier, whole)
        whole.replace(checkpoint)
    report.did("state", checkpoint.name, "put back as it was one operation before")
    return True


def _without_broken_attributes(checkpoint: Path, report: Report) -> bool:
    broken = [
        path
        for path in (checkpoint.with_name(f"{checkpoint.name}{end}.attrs") for end in ("", ".bak"))
        if path.exists() and not _is_whole(path)
    ]
    for path in broken:
        if not report.dry:
            path.unlink()
        report.did("state", path.name, "removed: it was half written, and nothing needs it")
    return bool(broken)


def _is_whole(path: Path) -> bool:
    try:
        return isinstance(json.loads(path.read_text(encoding="utf-8")), dict)
    except (OSError, ValueError):
        return False
