"""The installer's log: plain lines on stderr for people, logfmt lines in `.openshift_install.log` for later.

The file always gets everything from debug up, the console what `--log-level` allows, as the real tool does.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from rehearsal.openshift_install.errors import InstallerError

_LEVELS = ("panic", "fatal", "error", "warning", "info", "debug", "trace")


def level(text: str) -> str:
    """Return the level that the value of --log-level means, in any capitals. Raises InstallerError for an unknown."""
    found = "warning" if text.lower() == "warn" else text.lower()
    if found not in _LEVELS:
        raise InstallerError(f'invalid log-level: not a valid logrus Level: "{text}"')
    return found


class Log:
    """Writes to stderr and, once `directory` exists, to its log file (mode 0640)."""

    def __init__(self, directory: Path, level: str) -> None:
        self._shown = _LEVELS[: _LEVELS.index(level) + 1]
        self._path = directory / ".openshift_install.log"

    def debug(self, message: str) -> None:
        """Record a detail."""
        self._write("debug", message)

    def info(self, message: str) -> None:
        """Record progress."""
        self._write("info", message)

    def warning(self, message: str) -> None:
        """Record something that is accepted but probably not meant."""
        self._write("warning", message)

    def error(self, message: str) -> None:
        """Record what went wrong, without ending anything."""
        self._write("error", message)

    def fatal(self, message: str) -> None:
        """Record the reason for ending; the caller ends with the exit code."""
        self._write("fatal", message)

    def _write(self, level: str, message: str) -> None:
        if level in self._shown:
            print(f"{level.upper()} {message}", file=sys.stderr, flush=True)
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f'time="{stamp}" level={level} msg={json.dumps(message)}\n')
        self._path.chmod(0o640)
