"""The installer's log: plain lines on stderr for people, logfmt lines in `.openshift_install.log` for later.

The file always gets everything from debug up, the console what `--log-level` allows, as the real tool does.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

LEVELS = ("error", "warning", "info", "debug")
"""The values of --log-level, quietest first."""


class Log:
    """Writes to stderr and, once `directory` exists, to its log file (mode 0640)."""

    def __init__(self, directory: Path, level: str) -> None:
        self._shown = LEVELS[: LEVELS.index(level) + 1]
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
        self._write("error", message, label="FATAL", logged="fatal")

    def _write(self, level: str, message: str, label: str = "", logged: str = "") -> None:
        if level in self._shown:
            print(f"{label or level.upper()} {message}", file=sys.stderr, flush=True)
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f'time="{stamp}" level={logged or level} msg={json.dumps(message)}\n')
        self._path.chmod(0o640)
