"""When the engine did what, to the millisecond.

The engine stamps its event log with whole seconds, which is coarse for a lab whose resources take one each. It writes
each event at once, though, so a pipe in the log's place tells when: what comes out of it is kept with the time of its
arrival.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

KEPT = ("resourcePreEvent", "resOutputsEvent")
"""Beginning and end of the work on one resource (apitype.EngineEvent)."""

_END = b"end\n"


@contextmanager
def followed(log: Path) -> Iterator[Path]:
    """Give the path of a pipe to be named as the engine's event log; afterwards what came out of it is in `log`.

    One JSON object a line: {"timestamp": seconds since the epoch, <one of KEPT>: {"metadata": {"op", "urn"}}}; the
    first has no more than a timestamp if it is of another kind, for it tells when the run began.
    """
    pipe = log.with_suffix(".pipe")
    os.mkfifo(pipe, 0o600)
    kept: list[str] = []
    try:
        # Open at both ends: it is then never at its end before we say so, whether or not the engine opens it.
        with pipe.open("r+b", buffering=0) as ours:
            reader = threading.Thread(target=_follow, args=(ours, kept), name="events")
            reader.start()
            try:
                yield pipe
            finally:
                # A killed engine may have left half a line.
                ours.write(b"\n" + _END)
                reader.join()
    finally:
        pipe.unlink()
        log.write_text("".join(f"{line}\n" for line in kept))


def _follow(pipe: BinaryIO, kept: list[str]) -> None:
    with open(pipe.fileno(), "rb", closefd=False) as lines:
        # A steady clock, for the machine's own may be set meanwhile.
        offset = time.time() - time.monotonic()
        for line in lines:
            now = time.monotonic() + offset
            if line == _END:
                return
            event = _reduced(line)
            if event or (event is not None and not kept):
                kept.append(json.dumps({"timestamp": round(now, 3), **event}))


def _reduced(line: bytes) -> dict[str, Any] | None:
    """What is kept of one event, which holds its resource's whole state; None for what is no event."""
    try:
        event = json.loads(line)
    except ValueError:
        return None
    for kind in KEPT:
        if kind in event:
            metadata = event[kind]["metadata"]
            return {kind: {"metadata": {"op": metadata["op"], "urn": metadata["urn"]}}}
    return {}
