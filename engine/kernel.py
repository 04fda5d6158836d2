"""The guests' kernel: Debian's small cloud kernel, unpacked from its package and never installed.

An ordinary user may download and unpack a package. Where there is no Debian archive, the machine's own kernel does.
"""

from __future__ import annotations

import gzip
import lzma
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from .errors import EngineError, RouteClosedError
from .progress import run, step

META_PACKAGE = "linux-image-cloud-amd64"
# What an emulated pc machine needs: NIC, virtio and IDE disks, CD with its file system, VLANs, the power key.
WANTED = ("virtio_net", "virtio_pci", "virtio_blk", "8021q", "ata_piix", "sd_mod", "sr_mod", "isofs", "button", "evdev")
KEY = "-".join(WANTED)
_DEPENDS = re.compile(rb"(?:^|\0)depends=([^\0]*)\0")
_UNPACKERS = {".xz": lzma.decompress, ".gz": gzip.decompress}


def fill(staging: Path, logs: Path) -> tuple[str, ...]:
    """Put `kernel/vmlinuz` and `kernel/modules/<release>/` there. Raises EngineError with what stood in each way."""
    closed = []
    for route in (_from_package, _from_machine):
        try:
            route(staging, logs)
        except (RouteClosedError, EngineError) as error:
            closed.append(str(error))
            shutil.rmtree(staging / "kernel", ignore_errors=True)
        else:
            return ("kernel",)
    raise EngineError("no kernel for the guests:\n" + "\n".join(f"  - {reason}" for reason in closed))


def _from_package(staging: Path, logs: Path) -> None:
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise RouteClosedError("this machine has no Debian package tools")
    name = concrete_package()
    unpacked = staging / "package"
    unpacked.mkdir()
    with step(f"guest kernel {name}"):
        try:
            run(["apt-get", "download", name], logs / "kernel.log", cwd=unpacked)
        except EngineError as error:
            raise RouteClosedError(f"{error}\n(old package lists? `sudo apt-get update`)") from error
        archive = next(unpacked.glob("*.deb"))
        run(["dpkg-deb", "--extract", archive.name, "."], logs / "kernel-unpack.log", cwd=unpacked)
        image = next(unpacked.glob("boot/vmlinuz-*"))
        take(image, next(unpacked.glob("**/lib/modules/*/")), staging / "kernel")


def concrete_package() -> str:
    """The package that the meta-package stands for now. Raises RouteClosedError when the lists don't have it."""
    query = ["apt-cache", "show", META_PACKAGE]
    environment = {**os.environ, "LC_ALL": "C"}
    shown = subprocess.run(query, capture_output=True, text=True, check=False, env=environment).stdout
    found = re.search(r"^Depends:.*?\b(linux-image-[0-9][^\s,]*)", shown, re.M)
    if found is None:
        raise RouteClosedError(f"the package lists have no {META_PACKAGE}: `sudo apt-get update` reads them anew")
    return found.group(1)


def _from_machine(staging: Path, logs: Path) -> None:
    release = os.uname().release
    images = (Path("/boot") / f"vmlinuz-{release}", Path("/lib/modules") / release / "vmlinuz")
    image = next((path for path in images if os.access(path, os.R_OK)), None)
    modules = Path("/lib/modules") / release
    if image is None or not modules.is_dir():
        raise RouteClosedError(f"this machine's own kernel {release} can't be read at {images[0]} and {modules}")
    with step(f"guest kernel: this machine's {release}"):
        take(image, modules, staging / "kernel")


def take(image: Path, modules: Path, target: Path) -> None:
    """Copy a kernel image, and out of a modules tree what the guests need, uncompressed. Raises RouteClosedError."""
    there = target / "modules" / modules.name
    there.mkdir(parents=True)
    shutil.copyfile(image, target / "vmlinuz")
    for path, content in needed(modules):
        place = there / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)


def needed(modules: Path, wanted: tuple[str, ...] = WANTED) -> Iterator[tuple[Path, bytes]]:
    """The wanted modules and all they depend on: (path below the tree, without compression; content).

    A package's tree has no `modules.dep` yet, so each module's own list is read. One that is built into the kernel
    needs no file. Raises RouteClosedError for a module that is neither.
    """
    files = {_name(path): path for path in sorted(modules.rglob("*.ko*"))}
    listed = modules / "modules.builtin"
    built_in = {_name(Path(line)) for line in listed.read_text().split()} if listed.exists() else set()
    waiting, seen = list(wanted), set(wanted)
    while waiting:
        name = waiting.pop()
        if name in built_in:
            continue
        if name not in files:
            raise RouteClosedError(f"kernel {modules.name} has no module {name}")
        path, content = _plain(files[name])
        yield path.relative_to(modules), content
        depends = _DEPENDS.search(content)
        others = depends.group(1).decode().replace("-", "_").split(",") if depends else []
        for other in others:
            if other and other not in seen:
                seen.add(other)
                waiting.append(other)


def _name(path: Path) -> str:
    return path.name.split(".ko")[0].replace("-", "_")


def _plain(path: Path) -> tuple[Path, bytes]:
    content = path.read_bytes()
    if path.suffix == ".ko":
        return path, content
    if path.suffix in _UNPACKERS:
        return path.with_suffix(""), _UNPACKERS[path.suffix](content)
    if path.suffix == ".zst" and shutil.which("zstd"):
        return path.with_suffix(""), subprocess.run(["zstd", "-dc", path], capture_output=True, check=True).stdout
    raise RouteClosedError(f"{path} is compressed in a way that can't be read here (install zstd)")
