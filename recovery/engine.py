"""The engine's command line, and the lock that a run holds on its stack in a file backend.

The lock is a JSON object {"pid", "username", "hostname", "timestamp"} in
`<backend>/.pulumi/locks/<organization>/<project>/<stack>/<id>.json`; a run that is killed leaves it (Pulumi 3.250,
pkg/backend/diy/lock.go). It is the record of who ran, and since when.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from recovery.backend import directory
from recovery.errors import RecoveryError

_SECONDS = 900.0


@dataclass(frozen=True)
class Lock:
    """One run's lock; ``since`` in seconds since the epoch."""

    path: Path
    pid: int
    user: str
    host: str
    since: float


@dataclass(frozen=True)
class Engine:
    """Pulumi for one stack of the project in the current directory."""

    project: str
    stack: str

    def run(self, *arguments: str, stdin: str = "") -> str:
        """Standard output of one command. Raises RecoveryError with what it said when it fails."""
        command = ["pulumi", "--non-interactive", *arguments, "--stack", self.stack]
        return _run(command, stdin)

    def backend(self) -> Path:
        """The directory of the file backend. Raises RecoveryError for another backend, which records no process."""
        url = json.loads(_run(["pulumi", "--non-interactive", "whoami", "--json"]))["url"]
        found = directory(str(url))
        if found is None:
            parts = urlsplit(str(url))
            raise RecoveryError(
                f"The state is kept at {parts.scheme}://{parts.hostname or ''}, where no record tells which process "
                "ran. Look that nobody runs this stack any more, then: pulumi cancel."
            )
        return found

    def locks(self, backend: Path) -> list[Lock]:
        """The stack's own locks."""
        return [_lock(path) for path in sorted(backend.glob(f".pulumi/locks/*/{self.project}/{self.stack}/*.json"))]

    def other_locks(self, backend: Path) -> list[Lock]:
        """Locks of the project's other stacks."""
        found = backend.glob(f".pulumi/locks/*/{self.project}/*/*.json")
        return [_lock(path) for path in sorted(found) if path.parent.name != self.stack]

    def checkpoint(self, backend: Path) -> Path:
        """The file that holds the stack's state."""
        return backend / ".pulumi" / "stacks" / self.project / f"{self.stack}.json"

    def half_written(self, backend: Path) -> list[Path]:
        """Checkpoints of the stack that a run was killed in writing; the backend renames them when they are whole."""
        return sorted(backend.glob(f".pulumi/stacks/{self.project}/{self.stack}.json.*.tmp"))


def _run(command: Sequence[str], stdin: str = "") -> str:
    try:
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except FileNotFoundError:
        raise RecoveryError('pulumi is not on PATH; set it up: make setup, then eval "$(make -s env)".') from None
    except subprocess.TimeoutExpired:
        raise RecoveryError(f"{' '.join(command[:3])} did not end in {_SECONDS:.0f} s.") from None
    if done.returncode != 0:
        said = "\n".join(done.stderr.strip().splitlines()[-8:])
        raise RecoveryError(f"{' '.join(command)} failed:\n{said}")
    return done.stdout


def _lock(path: Path) -> Lock:
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    # Nanoseconds, which fromisoformat takes only some of.
    whole, _, fraction = str(data["timestamp"]).partition(".")
    since = datetime.fromisoformat(f"{whole.removesuffix('Z')}+00:00").timestamp()
    digits = "".join(c for c in fraction if c.isdigit())
    return Lock(path, int(data["pid"]), str(data["username"]), str(data["hostname"]), since + float(f"0.{digits or 0}"))
