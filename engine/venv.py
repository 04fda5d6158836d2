"""The checkout's virtual environment: made from requirements.txt, again only when that or the interpreter changes."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from .errors import EngineError
from .progress import run, step

OLDEST = (3, 11)
_NAMES = ("python3.11", "python3.12", "python3.13", "python3.14", "python3", "/usr/bin/python3")
_PROBE = "import ensurepip, json, sys, venv; print(json.dumps([sys.version_info[:2], sys.executable]))"
_PROBE_SECONDS = 20


def candidates() -> Iterator[str]:
    """Interpreters by falling preference: the one that runs this (outside any environment), then what PATH has."""
    yield getattr(sys, "_base_executable", sys.executable)
    for name in _NAMES:
        found = shutil.which(name)
        if found:
            yield found


def probe(interpreter: str) -> str | None:
    """The interpreter's own path if this user can run it, it is new enough and has venv; else None."""
    # Shims of version managers exist for versions that aren't selected, and fail only when started.
    try:
        done = subprocess.run(
            [interpreter, "-I", "-c", _PROBE], capture_output=True, text=True, timeout=_PROBE_SECONDS, check=False
        )
        version, path = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return str(path) if tuple(version) >= OLDEST else None


def find_python() -> str | None:
    """The first usable interpreter, or None."""
    return next((found for found in map(probe, candidates()) if found), None)


def has_python() -> bool:
    """Whether a virtual environment can be made; cheap when this very interpreter can."""
    if sys.version_info >= OLDEST:
        try:
            import ensurepip  # noqa: F401 - Debian splits it off; its presence is what counts
        except ImportError:
            pass
        else:
            return True
    return find_python() is not None


def stamp(checkout: Path) -> str:
    """What an environment is made from. Its scripts name the checkout's path, so a moved one is made again."""
    requirements = (checkout / "requirements.txt").read_bytes()
    return hashlib.sha256(requirements + b"\0" + os.fsencode(checkout)).hexdigest()


def ensure(checkout: Path, log: Path) -> None:
    """Make `.venv`, unless the one there is right. Raises EngineError.

    Only an environment that carries our mark is ever cleared: a link may lead to somebody else's.
    """
    environment = checkout / ".venv"
    wanted = stamp(checkout)
    # Locking the requirements themselves leaves no file behind, and flock needs no permission to write.
    with (checkout / "requirements.txt").open("rb") as requirements:
        fcntl.flock(requirements, fcntl.LOCK_EX)
        if _is_right(environment, wanted):
            return
        interpreter = find_python()
        if interpreter is None:
            raise EngineError(
                f"no Python {OLDEST[0]}.{OLDEST[1]} or newer that can make virtual environments; "
                "install python3-venv (Debian) or python3.11 (RHEL)"
            )
        _clear(environment)
        with step(f".venv from requirements.txt, with {interpreter}"):
            run([interpreter, "-m", "venv", str(environment)], log)
            pip = [str(environment / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input"]
            run([*pip, "install", "--requirement", str(checkout / "requirements.txt")], log)
        _stamp_file(environment).write_text(wanted + "\n")


def _clear(environment: Path) -> None:
    """Leave an empty directory with our mark. Raises EngineError when something that isn't ours is in its place."""
    if environment.is_symlink() or (environment.exists() and not _stamp_file(environment).is_file()):
        raise EngineError(f"{environment} was not made by this set-up; delete it or move it away, and try again")
    if environment.exists():
        shutil.rmtree(environment)
    environment.mkdir()
    _stamp_file(environment).write_text("unfinished\n")


def _is_right(environment: Path, wanted: str) -> bool:
    try:
        return _stamp_file(environment).read_text().strip() == wanted and (environment / "bin" / "python").exists()
    except OSError:
        return False


def _stamp_file(environment: Path) -> Path:
    return environment / ".made-from"
