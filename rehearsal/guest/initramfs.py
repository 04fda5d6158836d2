"""Puts the guest's root file system together: busybox, our shell files, the kernel modules, and for computes dropbear.

Everything is copied from the machine that builds it, where distribution packages put it; nothing is downloaded here.
"""

from __future__ import annotations

import gzip
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from rehearsal.guest import modules
from rehearsal.guest.cpio import Archive
from rehearsal.guest.errors import GuestError

SYSTEM = Path(__file__).parent / "system"

_GZIP_LEVEL = 9
_SBIN = "/usr/sbin:/usr/local/sbin:/sbin"


def base(kernel: Path, *, compute: bool) -> bytes:
    """Return the gzip-compressed initramfs of an agent guest, or with `compute` that of a compute.

    `kernel` is a directory that holds the modules at any depth. Raises GuestError when a part is missing.
    """
    archive = Archive()
    for directory in ("dev", "proc", "sys", "run", "tmp", "etc", "root"):
        archive.directory(directory)
    _busybox(archive)
    for path in sorted(SYSTEM.rglob("*")):
        if path.is_file():
            archive.file(str(path.relative_to(SYSTEM)), path.read_bytes(), mode=0o755)
    wanted = modules.NETWORK + modules.POWER_KEY + (modules.CLOUD_INIT if compute else ())
    at_boot = modules.in_order(kernel, wanted)
    for_vlans = [path for path in modules.in_order(kernel, modules.VLAN) if path not in at_boot]
    for path in at_boot + for_vlans:
        archive.file(f"modules/{path.name}", path.read_bytes())
    archive.file("modules/order", _lines(at_boot))
    archive.file("modules/vlan", _lines(for_vlans))
    archive.file("etc/passwd", b"root:*:0:0::/root:/bin/sh\n")
    archive.file("etc/group", b"root:x:0:\n")
    archive.file("etc/shells", b"/bin/sh\n")
    if compute:
        _dropbear(archive)
    return gzip.compress(archive.pack(), _GZIP_LEVEL, mtime=0)


def payload(files: Mapping[str, bytes]) -> bytes:
    """Return an initramfs to unpack over the first: `files` (path under /agent → content)."""
    archive = Archive()
    for path, content in sorted(files.items()):
        archive.file(f"agent/{path}", content)
    return archive.pack()


def _lines(files: list[Path]) -> bytes:
    return "".join(f"{path.name}\n" for path in files).encode()


def _busybox(archive: Archive) -> None:
    binary = _program("busybox", "busybox-static")
    content = binary.read_bytes()
    if b"\0/lib64/ld-linux" in content[:4096]:
        raise GuestError(f"{binary} is linked dynamically: install the package busybox-static")
    archive.file("bin/busybox", content, mode=0o755)
    applets = subprocess.run([str(binary), "--list"], check=True, capture_output=True, text=True).stdout.split()
    for applet in applets:
        if applet != "busybox":
            archive.link(f"bin/{applet}", "busybox")


def _dropbear(archive: Archive) -> None:
    """Add the ssh server with the shared libraries it names, at the paths where its loader looks for them."""
    binary = _program("dropbear", "dropbear-bin")
    archive.file("usr/sbin/dropbear", binary.read_bytes(), mode=0o755)
    listing = subprocess.run(["ldd", str(binary)], check=True, capture_output=True, text=True).stdout
    if "not found" in listing:
        raise GuestError(f"{binary} lacks a shared library: {listing.strip()}")
    for library in re.findall(r"(/\S+) \(0x", listing):
        archive.file(library.lstrip("/"), Path(library).read_bytes(), mode=0o755)


def _program(name: str, package: str) -> Path:
    found = shutil.which(name) or shutil.which(name, path=_SBIN)
    if found is None:
        raise GuestError(f"{name} is not installed (Debian package {package})")
    return Path(found)
