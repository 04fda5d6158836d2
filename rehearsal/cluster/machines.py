"""Which machines the host still has, whether they run or not: libvirt keeps a file of each one's definition.

A cluster whose masters are shut down is on their disks and comes back with them; it is gone when they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from .install import Host

DEFINITIONS = Path("/etc/libvirt/qemu")


def any_defined(hosts: Iterable[Host], directory: Path = DEFINITIONS) -> bool:
    """Whether libvirt has a machine with the NIC of one of them."""
    macs = [host.mac for host in hosts]
    for path in directory.glob("*.xml"):
        try:
            definition = path.read_text(encoding="utf-8").lower()
        except FileNotFoundError:
            continue  # undefined since it was listed
        if any(mac in definition for mac in macs):
            return True
    return False
