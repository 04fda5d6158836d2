"""Where one rehearsal lives. Everything that it makes lies under one directory, so that ending it is deleting that."""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rehearsal.errors import RehearsalError
from rehearsal.processes import Process

CHECKOUT = Path(__file__).resolve().parent.parent

# The marker that makes a directory ours to delete; written first, deleted last.
RECORD = "host.json"


@dataclass(frozen=True, slots=True)
class Host:
    """One embedded host: its name and its state directory (absolute; the contract's REHEARSAL_DIR)."""

    name: str
    directory: Path

    @property
    def record(self) -> Path:
        """JSON object {"launcher": process or null, "init": process or null}; see `Process.to_json`."""
        return self.directory / RECORD

    @property
    def ready(self) -> Path:
        """Exists from the moment that libvirt answers inside."""
        return self.directory / "ready"

    @property
    def log(self) -> Path:
        """Directory of the logs: host.log, libvirtd.log, cluster.log, and the engine's event logs."""
        return self.directory / "log"

    @property
    def bin(self) -> Path:
        """Directory of the launchers: openshift-install, oc and kubectl."""
        return self.directory / "bin"

    def source(self, target: str) -> Path:
        """The directory that lies at `target` (such as /var/lib/libvirt) inside the host."""
        return self.directory / {
            "/var/lib/libvirt": "libvirt",
            "/etc/libvirt": "etc",
            "/var/cache/libvirt": "cache",
            "/var/log/libvirt": "log/libvirt",
        }.get(target, target.strip("/").replace("/", "-"))

    def write_record(self, launcher: Process | None, init: Process | None) -> None:
        """Note the processes to end; replaced in one step, for others may read at any moment."""
        processes = {"launcher": launcher, "init": init}
        text = json.dumps({role: process and process.to_json() for role, process in processes.items()})
        fresh = self.record.with_suffix(".new")
        fresh.write_text(text + "\n")
        fresh.replace(self.record)

    def recorded(self) -> tuple[Process | None, Process | None]:
        """(launcher, init) as recorded, whether or not they still run."""
        try:
            data = json.loads(self.record.read_text() or "{}")
        except FileNotFoundError:
            return None, None
        launcher, init = data.get("launcher"), data.get("init")
        return Process.from_json(launcher) if launcher else None, Process.from_json(init) if init else None

    def init(self) -> Process | None:
        """The first process of the running host, or None when it does not run."""
        launcher, init = self.recorded()
        if init is None and launcher is not None:
            init = launcher.only_child()
        return init if init is not None and init.alive() else None

    def exists(self) -> bool:
        """Whether the directory is there and is this user's rehearsal; RehearsalError when it is something else."""
        if not self.directory.exists():
            return False
        if not self.directory.is_dir() or (not self.record.exists() and any(self.directory.iterdir())):
            raise RehearsalError(f"{self.directory} was not made by a rehearsal, so it is neither used nor removed")
        owner = self.directory.stat().st_uid
        if owner != os.geteuid():
            raise RehearsalError(f"rehearsal {self.name} belongs to {_user(owner)}; run this as {_user(owner)}")
        return True

    def is_around_us(self) -> bool:
        """Whether the caller itself runs inside this host, where the recorded pids mean nothing."""
        return os.environ.get("REHEARSAL_DIR") == str(self.directory)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the directory against a second start or stop; the directory itself is the lock, so nothing remains."""
        descriptor = os.open(self.directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"the user with id {uid}"


def locate(name: str | None, directory: str | None) -> Host:
    """The host called `name` (default main) in `directory` (default <checkout>/.rehearsal/<name>)."""
    name = name or (Path(directory).resolve().name if directory else "main")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,40}", name):
        raise RehearsalError(
            f"the name {name!r} cannot be a rehearsal's: use up to 41 letters, digits, dots, underscores and hyphens, "
            "the first a letter or digit"
        )
    return Host(name, Path(directory).resolve() if directory else CHECKOUT / ".rehearsal" / name)
