"""``python3 -m rehearsal.cluster``: runs until SIGTERM or SIGINT; logs one line per change to stderr."""

from __future__ import annotations

import os
import signal
import sys
from datetime import datetime
from pathlib import Path

from .daemon import Daemon
from .machines import DEFINITIONS


def main() -> int:
    """Needs REHEARSAL_DIR; RHOSO_ENGINE says where the programs and CRD files are. The only argument, which may be left
    out, is the directory with libvirt's definitions of machines."""
    state = os.environ.get("REHEARSAL_DIR")
    if not state:
        print("rehearsal.cluster: REHEARSAL_DIR is not set; this runs inside a rehearsal", file=sys.stderr)
        return 2
    engine = os.environ.get("RHOSO_ENGINE")
    machines = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFINITIONS
    daemon = Daemon(Path(state) / "clusters", Path(engine) if engine else None, _log, machines)
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
