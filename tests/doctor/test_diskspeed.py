"""The disk's speed, by a clock of the test's own."""

from __future__ import annotations

import itertools
import os
import threading
from pathlib import Path

import pytest

from doctor import diskspeed
from doctor.finding import Verdict
from doctor.subject import Subject
from tests.doctor import fake_host
from tests.doctor.fake_host import on, only, remote


def taking(monkeypatch: pytest.MonkeyPatch, milliseconds: float) -> None:
    """Every append takes so long."""
    own = threading.local()

    def clock() -> float:
        own.ticks = getattr(own, "ticks", itertools.count())
        return float(next(own.ticks)) * milliseconds / 1000

    real = diskspeed.measure
    monkeypatch.setattr(diskspeed, "measure", lambda place: real(place, clock))


def miniature(pool: Path) -> Subject:
    host = {"main": {"uri": "qemu:///system", "pool": str(pool)}}
    return fake_host.subject(hosts=host, topology={"hardwareFloors": False})


def test_a_fast_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taking(monkeypatch, 9)
    finding = only(diskspeed.speed, on(pool=str(tmp_path / "pool")))
    assert finding.verdict is Verdict.PASS
    assert f"4 writers at once made 400 appends last in {tmp_path} " in finding.found
    assert "9.0 ms or less" in finding.found
    assert list(tmp_path.iterdir()) == []


def test_a_slow_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taking(monkeypatch, 11)
    finding = only(diskspeed.speed, on(pool=str(tmp_path)))
    assert finding.verdict is Verdict.FAIL and "11.0 ms" in finding.found
    # Where no etcd waits for it, it is slow and no more.
    assert only(diskspeed.speed, on(pool=str(tmp_path), diskCache="unsafe")).verdict is Verdict.WARN
    assert only(diskspeed.speed, miniature(tmp_path)).verdict is Verdict.WARN


def test_writers_write_at_the_same_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Each waits in its first append until all are there.
    together = threading.Barrier(diskspeed.WRITERS, timeout=20)
    real, met = os.fdatasync, threading.local()

    def fdatasync(descriptor: int) -> None:
        if not getattr(met, "yes", False):
            met.yes = True
            together.wait()
        real(descriptor)

    monkeypatch.setattr(os, "fdatasync", fdatasync)
    monkeypatch.setattr(diskspeed, "SECONDS", 30)
    assert len(diskspeed.measure(tmp_path)) == diskspeed.WRITERS * diskspeed.WRITES


def test_a_disk_that_hangs_does_not_hang_the_doctor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mended = threading.Event()
    monkeypatch.setattr(os, "fdatasync", lambda _: mended.wait())
    monkeypatch.setattr(diskspeed, "SECONDS", -0.9)
    try:
        finding = only(diskspeed.speed, on(pool=str(tmp_path)))
    finally:
        mended.set()
    assert finding.verdict is Verdict.FAIL and "No write" in finding.found


def test_where_nothing_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert only(diskspeed.speed, on(pool=str(tmp_path))).verdict is Verdict.SKIPPED
    assert only(diskspeed.speed, remote()).verdict is Verdict.SKIPPED


def test_the_99th_percentile_leaves_out_one_of_a_hundred() -> None:
    assert diskspeed.percentile([1.0] * 99 + [50.0]) == 1.0
    assert diskspeed.percentile([1.0] * 98 + [50.0] * 2) == 50.0
    assert diskspeed.percentile([7.0]) == 7.0
