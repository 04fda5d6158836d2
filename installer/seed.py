"""Step ``seed``: the cloud-init disk of one compute, as an ISO that a volume is then filled with.

The libvirt plugin can make such disks, but it reads each one back, and its go-libvirt cannot bear that libvirtd sends
the first piece of a download before the reply to the request: the connection then hangs for ever. On a busy host that
happens.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from pathlib import Path
from typing import Any

from installer import directory
from installer.errors import StepError

# What cloud-init's NoCloud source looks for.
_LABEL = "cidata"


def run(document: dict[str, Any]) -> dict[str, Any]:
    """Input: ``iso`` (relative path), ``files`` ({name: text}). Output: ``iso``."""
    iso = Path(document["iso"])
    iso.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Beside its result, under a name that says what it is: a step that is killed leaves it there to be found.
    partial = iso.with_name(f".{iso.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        _make(document["files"], partial, iso)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return {"iso": str(iso)}


def _make(files: dict[str, str], partial: Path, iso: Path) -> None:
    content, made = partial / "content", partial / iso.name
    content.mkdir(mode=0o700, parents=True)
    for name, text in files.items():
        (content / name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["mkisofs", "-quiet", "-output", str(made), "-volid", _LABEL, "-joliet", "-rock", str(content)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise StepError(f"mkisofs cannot make {iso.name}: {done.stderr.strip()}", done.returncode)
    made.replace(iso)


def remove(document: dict[str, Any]) -> dict[str, Any]:
    """Removes the ISO, and the directories that it leaves empty. Input as for ``run``. Output: ``removed``."""
    iso = Path(document["iso"])
    iso.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        iso.parent.rmdir()
        directory.leave(iso.parent.parent)
    return {"removed": True}
