"""Step ``seed``: the cloud-init disk of one compute, as an ISO that a volume is then filled with.

The libvirt plugin can make such disks, but it reads each one back, and its go-libvirt cannot bear that libvirtd sends
the first piece of a download before the reply to the request: the connection then hangs for ever. On a busy host that
happens.
"""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from installer.errors import StepError

# What cloud-init's NoCloud source looks for.
_LABEL = "cidata"


def run(document: dict[str, Any]) -> dict[str, Any]:
    """Input: ``iso`` (relative path), ``files`` ({name: text}). Output: ``iso``."""
    iso = Path(document["iso"])
    iso.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = iso.with_name(f".{iso.name}.partial")
    with tempfile.TemporaryDirectory() as scratch:
        for name, text in document["files"].items():
            (Path(scratch) / name).write_text(text, encoding="utf-8")
        made = subprocess.run(
            ["mkisofs", "-quiet", "-output", str(partial), "-volid", _LABEL, "-joliet", "-rock", scratch],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    if made.returncode != 0:
        partial.unlink(missing_ok=True)
        raise StepError(f"mkisofs cannot make {iso.name}: {made.stderr.strip()}", made.returncode)
    partial.replace(iso)
    return {"iso": str(iso)}


def remove(document: dict[str, Any]) -> dict[str, Any]:
    """Removes the ISO, and the directories that it leaves empty. Input as for ``run``. Output: ``removed``."""
    iso = Path(document["iso"])
    iso.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        iso.parent.rmdir()
        iso.parent.parent.rmdir()
    return {"removed": True}
