"""How long the disks' host takes to make a write last: etcd, and the installer's own check, want 10 ms.

The installer's agents try it on all nodes while images are being copied (agent-installer.md §3.1, traps 42), so several
writers try here at once, each as etcd writes its log: small appends, each followed by fdatasync.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from doctor.finding import Finding, Topic
from doctor.storage import nearest
from doctor.subject import Subject

LIMIT_MS = 10.0
"""agent-installer.md §3.1; the 99th percentile, as etcd's documentation has it."""
WRITERS = 4
WRITES = 100
BYTES = 2300
"""The size of etcd's appends, by its own advice for fio."""
SECONDS: float = 5
"""How long a writer may take for all of its writes, and how long it is waited for; a hung disk costs no more."""

Clock = Callable[[], float]


def speed(subject: Subject) -> Iterator[Finding]:
    """A test on the file system that the disks will lie on. It leaves nothing: the file has no name."""
    host, topic = subject.settings.host, Topic("disk speed", "hosts.pool")
    if host.is_remote:
        yield topic.skips("Not looked at: the host is another machine.", "Run make doctor on the host itself.")
        return
    place = nearest(host.pool)
    if not os.access(place, os.W_OK):
        yield topic.skips(f"Not looked at: this user can't write in {place}.", "Run make doctor once as root.")
        return
    taken = measure(place)
    if not taken:
        yield topic.fails(f"No write to {place} lasted within {SECONDS:g} s.", "Look at the disk: dmesg, iostat -x 1.")
        return
    worst = percentile(taken)
    found = (
        f"{WRITERS} writers at once made {len(taken)} appends last in {place} (files without a name, gone again); "
        f"99 of 100 took {worst:.1f} ms or less, and {LIMIT_MS:g} ms is the limit."
    )
    if worst <= LIMIT_MS:
        yield topic.passes(found)
    else:
        # Where guests are stand-ins, none of them holds an etcd; and flushes that are ignored cost nothing.
        badly = subject.settings.topology.hardware_floors and host.disk_cache != "unsafe"
        yield topic.complains(
            found, "Put hosts.pool on NVMe or SSD, end what else writes there, or set diskCache to unsafe.", badly=badly
        )


def measure(place: Path, clock: Clock = time.perf_counter) -> list[float]:
    """Milliseconds of every append of all writers; fewer than wanted, or none, where time ran out."""
    taken: list[float] = []
    # Daemons, for nothing can end a thread that waits for a hung disk.
    writers = [threading.Thread(target=_write, args=(place, taken, clock), daemon=True) for _ in range(WRITERS)]
    until = time.monotonic() + SECONDS + 1
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(max(0, until - time.monotonic()))
    return list(taken)


def _write(place: Path, taken: list[float], clock: Clock) -> None:
    end = time.monotonic() + SECONDS
    with tempfile.TemporaryFile(dir=place) as file:
        for _ in range(WRITES):
            file.write(b"\0" * BYTES)
            file.flush()
            began = clock()
            os.fdatasync(file.fileno())
            taken.append((clock() - began) * 1000)
            if time.monotonic() > end:
                return


def percentile(taken: list[float]) -> float:
    """The 99th percentile: of 100 values the second largest."""
    ordered = sorted(taken)
    return ordered[max(0, -(-len(ordered) * 99 // 100) - 1)]
