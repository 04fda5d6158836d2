"""Chooses kernel modules and the order in which the guest inserts them.

The kernel comes unpacked from its package, so there is no `modules.dep`; each module's own `.modinfo` names what it
needs, which is all that `depmod` would read.
"""

from __future__ import annotations

import re
from pathlib import Path

from rehearsal.guest.errors import GuestError

NETWORK = ("virtio_pci", "virtio_net")
"""What every guest needs: the NICs. An agent guest carries its data in the initramfs and needs no disk or CD driver."""

POWER_KEY = ("button", "evdev")
"""What turns every guest off: ACPI's power key, and the file from which a program reads that it was pressed."""

CLOUD_INIT = ("ata_piix", "sr_mod", "isofs", "virtio_blk")
"""What a compute needs besides: the IDE CD that cloud-init's NoCloud data comes on, and its own disk."""

VLAN = ("8021q",)
"""What a guest inserts when its first VLAN is wanted, and not at boot."""

_DEPENDS = re.compile(rb"\0depends=([^\0]*)\0")


def in_order(kernel: Path, wanted: tuple[str, ...]) -> list[Path]:
    """Return the files of `wanted` and of all they depend on, dependencies first.

    `kernel` is searched at any depth for `<name>.ko`; what a `modules.builtin` beside them lists needs no file. Raises
    GuestError for a module that is not there or compressed.
    """
    files = {path.stem.replace("-", "_"): path for path in sorted(kernel.rglob("*.ko"))}
    lists = [path.read_text().split() for path in kernel.rglob("modules.builtin")]
    built_in = {Path(line).stem.replace("-", "_") for lines in lists for line in lines}
    ordered: list[Path] = []

    def add(name: str) -> None:
        if name in built_in:
            return
        path = files.get(name)
        if path is None:
            raise GuestError(f"kernel module {name}.ko is not under {kernel}: it needs a kernel with plain modules")
        if path in ordered:
            return
        for dependency in _dependencies(path):
            add(dependency)
        ordered.append(path)

    for name in wanted:
        add(name.replace("-", "_"))
    return ordered


def _dependencies(path: Path) -> list[str]:
    match = _DEPENDS.search(path.read_bytes())
    return [name.replace("-", "_") for name in match[1].decode().split(",") if name] if match else []
