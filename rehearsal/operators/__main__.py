"""``python3 -m rehearsal.operators DIR``: the operators of the installation in ``clusters/<id>``, until SIGTERM or
SIGINT. Logs one line per change to stderr; ends by itself (1) when the API server is gone or kopf fails."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from datetime import datetime
from pathlib import Path

from rehearsal.cluster.install import load
from rehearsal.cluster.kube import Kube, KubeError

from .catalogue import REGISTRY
from .runner import Runner
from .watch import Store, admin, prefill, watch
from .works import Works
from .writer import Writer

OUTCOMES = "operators.json"  # in DIR: outcomes of work, kept over a restart
PREFILL_ATTEMPTS = 30
PAUSE_SECONDS = 1.0


def main() -> int:
    """Run until told to stop."""
    if len(sys.argv) != 2:
        print("usage: python3 -m rehearsal.operators clusters/<id>", file=sys.stderr)
        return 2
    install = load(Path(sys.argv[1]))
    stop, broken = threading.Event(), threading.Event()
    store = Store(install)

    def end(*_: object) -> None:
        stop.set()
        store.wake()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    kube = admin(install)
    _prefill(store, kube)

    def watch_until_stopped() -> None:
        try:
            watch(store, install, stop)
        finally:
            if not stop.is_set():
                _log("kopf ended by itself")
                broken.set()
                end()

    threading.Thread(target=watch_until_stopped, name="kopf", daemon=True).start()
    works = Works(install.file(OUTCOMES), store.wake)
    runner = Runner(REGISTRY, store, Writer(kube, store), works, _log)
    _log(f"{len(REGISTRY)} stand-ins, {len(list(store.world().everything()))} objects")
    try:
        runner.run(stop.is_set)
    except OSError as error:
        _log(f"the API server is gone: {error}")
        broken.set()
    end()
    runner.close()
    _log("stopped")
    return int(broken.is_set())


def _prefill(store: Store, kube: Kube) -> None:
    for attempt in range(1, PREFILL_ATTEMPTS + 1):
        try:
            prefill(store, kube)
            return
        except (OSError, KubeError) as error:
            if attempt == PREFILL_ATTEMPTS:
                raise
            _log(f"the API server does not answer yet: {error}")
            time.sleep(PAUSE_SECONDS)


def _log(line: str) -> None:
    print(f"{datetime.now():%H:%M:%S} operators {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    code = main()
    # kopf ends its watches one after the other, which takes a minute; they hold nothing that would be lost.
    os._exit(code)
