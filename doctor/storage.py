"""Where the machines' disks will lie: is there room, and is the computes' image one?"""

from __future__ import annotations

import errno
import os
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path

from doctor.finding import Finding, Topic
from doctor.subject import Subject

GB = 10**9
ISO_BYTES = 3 * GB // 2
"""A real agent ISO is somewhat over 1 GB."""
_HEADER = struct.Struct(">4sIQIIQ")
"""The beginning of a qcow2 file: magic, version, place and length of its backing file's name, bits of a cluster,
virtual size in bytes (QEMU's docs/interop/qcow2.txt)."""
_MAGIC = b"QFI\xfb"


def nearest(directory: str) -> Path:
    """The directory, or the nearest above it that exists: where it will be made."""
    path = Path(directory)
    return next(place for place in (path, *path.parents) if place.is_dir())


def space(subject: Subject) -> Iterator[Finding]:
    """Room for the disks of the machines that are still to come. Disks are sparse, so they fill up later."""
    host, topic = subject.settings.host, Topic("disk space", "hosts.pool")
    sizes = map(subject.size, subject.to_come)
    wanted = sum(size.disk_gb + size.data_disk_gb for size in sizes)
    free, where = _free_there(subject) if host.is_remote else _free_here(host.pool)
    if free is None:
        remedy = f"On the host: df -h {host.pool} (or the nearest directory above it that exists)"
        yield topic.skips(f"Not looked at: the host is another machine, and {where}.", remedy)
        return
    found = f"Disks to come may grow to {wanted} GB; {where} has {free // GB} GB free."
    if wanted * GB <= free:
        yield topic.passes(found)
    else:
        remedy = "Name a larger place in hosts.pool, make disks smaller, or set overcommit."
        yield topic.complains(found, remedy, badly=not host.overcommit)


def uploads(subject: Subject) -> Iterator[Finding]:
    """Room for what is written in full at once: the computes' image and the agent ISO. Nothing to say where there is.

    No mere warning: the libvirt plugin waits for ever for an upload that libvirtd has ended (seen in a rehearsal).
    """
    host, topic = subject.settings.host, Topic("room for images", "hosts.pool")
    image = _image_path(subject)
    wanted = ISO_BYTES if subject.installs and not subject.own_domains else 0
    if any(node.role == "compute" for node in subject.to_come) and image.is_file():
        wanted += image.stat().st_size
    free, where = _free_there(subject) if host.is_remote else _free_here(host.pool)
    if free is None or wanted <= free:
        return
    found = f"Images need {wanted / GB:.1f} GB, and {where} has {free / GB:.1f} GB free."
    yield topic.fails(found, f"Make room there, or name a larger place in {topic.field}.")


def cache(subject: Subject) -> Iterator[Finding]:
    """The image cache exists, on this machine, from which images are copied to the host; a reset leaves it alone."""
    host, topic = subject.settings.host, Topic("image cache", "hosts.imageCache")
    if not Path(host.image_cache).is_dir():
        yield topic.warns(f"There is no {host.image_cache}.", f"sudo mkdir -p {host.image_cache}")
    else:
        free, where = _free_here(host.image_cache)
        yield topic.passes(f"{where} has {free // GB} GB free.")


def _free_here(directory: str) -> tuple[int, str]:
    place = nearest(directory)
    figures = os.statvfs(place)
    return figures.f_bavail * figures.f_frsize, str(place)


def _free_there(subject: Subject) -> tuple[int | None, str]:
    """What libvirt says of an active pool that the directory would be in."""
    wanted = Path(subject.settings.host.pool)
    for pool in subject.virsh.pools:
        if pool.path and pool.active and wanted.is_relative_to(pool.path):
            document = subject.virsh.document(f"pool-dumpxml {pool.name}")
            return int(document.findtext("available", "0")), f"{pool.path}, by pool {pool.name},"
    return None, f"none of its pools holds {wanted}"


def direct_io(subject: Subject) -> Iterator[Finding]:
    """The file system takes writes that go round the page cache, where the disks' cache mode asks for them. The file
    that is opened for it is gone at once, and nothing is written."""
    host, topic = subject.settings.host, Topic("disk cache", "hosts.diskCache")
    if host.disk_cache != "none":
        yield topic.passes(f"{host.disk_cache} works on any file system.")
    elif host.is_remote:
        yield topic.skips("Not looked at: the host is another machine.", "Run make doctor on the host itself.")
    elif not os.access(place := nearest(host.pool), os.W_OK):
        yield topic.skips(f"Not looked at: this user can't write in {place}.", "Run make doctor once as root.")
    elif _goes_round_the_cache(place):
        yield topic.passes(f"{place} takes writes that go round the page cache.")
    else:
        found = f"{place} takes no writes that go round the page cache, as diskCache none has it."
        yield topic.fails(found, "Name a place on xfs or ext4 in hosts.pool, or set diskCache to writeback.")


def _goes_round_the_cache(place: Path) -> bool:
    with tempfile.NamedTemporaryFile(dir=place) as file:
        try:
            os.close(os.open(file.name, os.O_RDWR | os.O_DIRECT))
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            return False
    return True


def image_file(subject: Subject) -> Iterator[Finding]:
    """The computes' image lies on this machine, where this user can read it: the libvirt plugin opens it here, also for
    a remote host (agent-installer.md §4.3, ``source``)."""
    settings, topic = subject.settings, Topic("compute image", "compute.image")
    path = _image_path(subject)
    if not settings.topology.computes.count:
        yield topic.skips("Not needed: there are no computes.")
    elif not path.is_file():
        yield topic.fails(
            f"{path} is not a file on this machine, from which it is copied to the host.",
            "Put the RHEL KVM guest image there, or name the path where it lies.",
        )
    elif not os.access(path, os.R_OK):
        yield topic.fails(f"{path} can't be read by this user.", f"Allow it: chmod a+r {path}.")


def image(subject: Subject) -> Iterator[Finding]:
    """It is a qcow2 image, whole in itself, and no larger than the computes' disks."""
    amiss = list(image_file(subject))
    yield from amiss or [_contents(_image_path(subject), subject.settings.topology.computes.disk_gb)]


def _image_path(subject: Subject) -> Path:
    return Path(subject.settings.compute.image_path(subject.settings.host.image_cache))


def _contents(path: Path, disk_gb: int) -> Finding:
    topic = Topic("compute image", "compute.image")
    with path.open("rb") as file:
        start = file.read(_HEADER.size)
    if len(start) < _HEADER.size or not start.startswith(_MAGIC):
        return topic.fails(f"{path} is no qcow2 image.", "Take the KVM guest image (.qcow2), not an ISO or archive.")
    _, _, backing, _, _, size = _HEADER.unpack(start)
    if backing:
        remedy = f"Make it whole: qemu-img convert -O qcow2 {path} whole.qcow2."
        return topic.fails(f"{path} is a difference to another image, which does not come along.", remedy)
    if size > disk_gb * GB:
        found = f"{path} holds a disk of {size / GB:.4g} GB, and the computes' has {disk_gb} GB."
        return topic.fails(found, "Raise topology.computes.diskGb: a disk can't be smaller than the image below it.")
    return topic.passes(f"{path} is a qcow2 image of a disk of {size / GB:.4g} GB.")
