"""Room for disks, what the file system can do, and the computes' image."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from doctor import storage
from doctor.finding import Verdict
from doctor.subject import Subject
from tests.doctor.fake_host import FakeHost, on, only, remote, subject

DISKS_GB = 2760
"""Of the default lab: 3 masters of 120, 10 workers of 120 and 100, 2 computes of 100."""


def free(monkeypatch: pytest.MonkeyPatch, gigabytes: int) -> None:
    def statvfs(_: object) -> os.statvfs_result:
        blocks = gigabytes * storage.GB // 4096 + 1
        return os.statvfs_result((4096, 4096, blocks, blocks, blocks, 0, 0, 0, 0, 255))

    monkeypatch.setattr(os, "statvfs", statvfs)


def test_space(host: FakeHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pool = str(tmp_path / "not" / "there" / "yet")
    free(monkeypatch, DISKS_GB)
    finding = only(storage.space, on(pool=pool))
    assert finding.verdict is Verdict.PASS
    assert f"grow to {DISKS_GB} GB; {tmp_path} has" in finding.found
    free(monkeypatch, DISKS_GB - 1)
    assert only(storage.space, on(pool=pool)).verdict is Verdict.FAIL
    assert only(storage.space, on(pool=pool, overcommit=True)).verdict is Verdict.WARN
    host.domain("lab-compute-1")
    assert only(storage.space, on(pool=pool)).verdict is Verdict.PASS


def test_space_of_a_remote_host_is_what_its_pools_tell(host: FakeHost) -> None:
    assert only(storage.space, remote()).verdict is Verdict.SKIPPED
    host.pool("default", "/var/lib/libvirt")
    finding = only(storage.space, remote())
    assert finding.verdict is Verdict.PASS and "/var/lib/libvirt, by pool default, has 5000 GB" in finding.found


def test_room_for_images(host: FakeHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For a local host of what the file system tells; once machines are there, for the image of those to come."""
    image = tmp_path / "rhel.qcow2"
    image.touch()
    os.truncate(image, storage.GB)
    lab = {"hosts": {"kvm": {"uri": "qemu:///system", "pool": str(tmp_path)}}, "compute": {"image": str(image)}}
    free(monkeypatch, 3)
    assert list(storage.uploads(subject(**lab))) == []
    free(monkeypatch, 2)
    finding = only(storage.uploads, subject(**lab))
    assert finding.verdict is Verdict.FAIL and finding.field == "hosts.pool"
    assert finding.found == f"Images need 2.5 GB, and {tmp_path} has 2.0 GB free."
    host.domain("lab-master-0")
    assert list(storage.uploads(subject(**lab))) == []
    free(monkeypatch, 0)
    assert only(storage.uploads, subject(**lab)).verdict is Verdict.FAIL
    for compute in ("lab-compute-0", "lab-compute-1"):
        host.domain(compute)
    assert list(storage.uploads(subject(**lab))) == []


def test_the_image_cache(tmp_path: Path) -> None:
    assert only(storage.cache, on(imageCache=str(tmp_path / "images"))).verdict is Verdict.WARN
    assert only(storage.cache, on(imageCache=str(tmp_path))).verdict is Verdict.PASS
    assert only(storage.cache, remote()).field == "hosts.imageCache"


def opening(monkeypatch: pytest.MonkeyPatch, refuses: bool) -> None:
    real: Callable[..., int] = os.open

    def fake(path: Any, flags: int, *rest: Any, **more: Any) -> int:
        if flags & os.O_DIRECT and refuses:
            raise OSError(errno.EINVAL, "Invalid argument")
        return real(path, flags & ~os.O_DIRECT, *rest, **more)

    monkeypatch.setattr(os, "open", fake)


def test_going_round_the_page_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opening(monkeypatch, refuses=True)
    assert only(storage.direct_io, on(pool=str(tmp_path))).verdict is Verdict.FAIL
    assert only(storage.direct_io, on(pool=str(tmp_path), diskCache="writeback")).verdict is Verdict.PASS
    opening(monkeypatch, refuses=False)
    assert only(storage.direct_io, on(pool=str(tmp_path))).verdict is Verdict.PASS
    assert list(tmp_path.iterdir()) == []
    assert only(storage.direct_io, remote()).verdict is Verdict.SKIPPED


def test_a_place_that_can_not_be_written_is_not_looked_at(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert only(storage.direct_io, on(pool=str(tmp_path))).verdict is Verdict.SKIPPED


def with_image(path: Path) -> Subject:
    return subject(compute={"image": str(path)})


def qcow2(path: Path, gigabytes: float, backing: int = 0) -> Path:
    size = int(gigabytes * storage.GB)
    path.write_bytes(storage._HEADER.pack(b"QFI\xfb", 3, backing, 5 if backing else 0, 16, size) + bytes(80))
    return path


def test_an_image(tmp_path: Path) -> None:
    finding = only(storage.image, with_image(qcow2(tmp_path / "rhel.qcow2", 10)))
    assert finding.verdict is Verdict.PASS and "a disk of 10 GB" in finding.found


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: None, "is not a file on this machine"),
        (lambda path: path.write_bytes(b"CD001" * 100), "is no qcow2 image"),
        (lambda path: path.write_bytes(b"QFI\xfb"), "is no qcow2 image"),
        (lambda path: qcow2(path, 10, backing=512), "is a difference to another image"),
        (lambda path: qcow2(path, 100.5), "holds a disk of 100.5 GB, and the computes' has 100 GB"),
    ],
)
def test_an_image_that_is_none(tmp_path: Path, make: Callable[[Path], object], words: str) -> None:
    make(tmp_path / "rhel.qcow2")
    finding = only(storage.image, with_image(tmp_path / "rhel.qcow2"))
    assert (finding.verdict, finding.field) == (Verdict.FAIL, "compute.image")
    assert words in finding.found


def test_an_image_that_can_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image = qcow2(tmp_path / "rhel.qcow2", 10)
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert f"chmod a+r {image}" in only(storage.image, with_image(image)).remedy


def test_an_image_that_is_not_needed() -> None:
    assert only(storage.image, subject(topology={"computes": {"count": 0}})).verdict is Verdict.SKIPPED


def test_a_remote_hosts_image_is_copied_from_here() -> None:
    assert only(storage.image, remote()).verdict is Verdict.FAIL, "no image is where the sample has it"
