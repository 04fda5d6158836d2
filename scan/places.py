"""Where a secret must not be: by kind of place, the files of it, and what to do if there is one."""

from __future__ import annotations

import os
import stat
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path


class Kind(Enum):
    """``title`` of the table's row; ``remedy`` for a finding; ``private``: a secret may be there in files of mode 0600;
    ``any_key``: no private key at all belongs there, whoever's it is."""

    STATE = ("state", "mark the value as secret where it is made, then pulumi up writes the state anew", False, True)
    HISTORY = ("history", "remove the file: it is an old copy of the state", False, True)
    LOGS = ("logs", "remove the file", False, True)
    TREE = ("git tree", "take it out, and hold it for known to everybody", False, False)
    INSTALLATION = ("installation", "chmod 600", True, True)
    TEMPORARY = ("temporary files", "chmod 600, or remove the file if no pulumi runs", True, False)
    GIVEN = ("given paths", "take it out", False, False)
    ARGUMENTS = ("arguments", "hand it over by standard input: everybody on this machine can read it", False, True)

    def __init__(self, title: str, remedy: str, private: bool, any_key: bool) -> None:
        self.title, self.remedy, self.private, self.any_key = title, remedy, private, any_key


@dataclass(frozen=True)
class Place:
    """One file, and what kind of place it is in."""

    kind: Kind
    path: Path

    @property
    def mode(self) -> int:
        """Its permission bits. Raises OSError."""
        return stat.S_IMODE(self.path.stat().st_mode)


def backend(directory: Path) -> Iterator[Place]:
    """All that the file backend keeps: every stack's state, and what it was before."""
    for path in files(directory / ".pulumi"):
        inside = path.relative_to(directory).parts[1]
        yield Place(Kind.HISTORY if inside in ("history", "backups") else Kind.STATE, path)


def installation(project: Path) -> Iterator[Place]:
    """What the installer's steps left in the project; logs among it."""
    for path in files(project / "installation"):
        is_log = path.suffix == ".log" or "failures" in path.parts
        yield Place(Kind.LOGS if is_log else Kind.INSTALLATION, path)


def logs(stack: str) -> Iterator[Place]:
    """The engine's logs, and of this stack's machines QEMU's and the serial consoles'."""
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    yield from (Place(Kind.LOGS, path) for path in files(home / "logs"))
    machines = Path("/var/log/libvirt/qemu")
    if os.access(machines, os.R_OK | os.X_OK):
        # What root alone may read is seen when root runs this.
        found = (path for path in sorted(machines.glob(f"{stack}-*.log")) if os.access(path, os.R_OK))
        yield from (Place(Kind.LOGS, path) for path in found)


def temporary() -> Iterator[Place]:
    """Own files in TMPDIR, such as the kubeconfigs that the Kubernetes plugin leaves; and $KUBECONFIG."""
    own = os.getuid()
    for path in files(Path(tempfile.gettempdir())):
        try:
            if path.stat().st_uid == own:
                yield Place(Kind.TEMPORARY, path)
        except FileNotFoundError:
            continue
    if (given := os.environ.get("KUBECONFIG")) and Path(given).is_file():
        yield Place(Kind.TEMPORARY, Path(given))


def tree(project: Path) -> Iterator[Place]:
    """What git knows of the project, or would take; outside git the project's files."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=project, capture_output=True, check=False)
    if done.returncode == 0:
        names = [os.fsdecode(name) for name in done.stdout.split(b"\0") if name]
        paths: Iterable[Path] = (project / name for name in sorted(set(names)))
    else:
        kept_out = {"installation", ".venv", ".git", ".rehearsal"}
        paths = (path for path in files(project) if path.relative_to(project).parts[0] not in kept_out)
    yield from (Place(Kind.TREE, path) for path in paths if path.is_file() and not path.is_symlink())


def given(paths: Iterable[Path]) -> Iterator[Place]:
    """Files and directories that the caller named, where no secret may be."""
    for path in paths:
        yield from (Place(Kind.GIVEN, one) for one in ([path] if path.is_file() else files(path)))


def files(directory: Path) -> Iterator[Path]:
    """Regular files below a directory, in order; links are not followed, nor are directories that can't be read."""
    for here, directories, names in os.walk(directory):
        directories.sort()
        for name in sorted(names):
            path = Path(here, name)
            try:
                if stat.S_ISREG(path.lstat().st_mode):
                    yield path
            except OSError:
                continue
