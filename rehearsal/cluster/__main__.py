"""``python3 -m rehearsal.cluster``: runs until SIGTERM or SIGINT; logs one line per change to stderr."""

from __future__ import annotations

import os
import signal
import sys
from datetime import datetime
from pathlib import Path

from .daemon import Daemon


def main() -> int:
    """Needs REHEARSAL_DIR; RHOSO_ENGINE says where the programs and CRD files are."""
    state = os.environ.get("REHEARSAL_DIR")
    if not state:
        print("rehearsal.cluster: REHEARSAL_DIR is not set; this runs inside a rehearsal", file=sys.stderr)
        return 2
    engine = os.environ.get("RHOSO_ENGINE")
    daemon = Daemon(Path(state) / "clusters", Path(engine) if engine else None, _log)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: daemon.stop())
    _log("watching for installations")
    daemon.run()
    _log("stopped")
    return 0


def _log(line: str) -> None:
    print(f"{datetime.now():%H:%M:%S} cluster {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
