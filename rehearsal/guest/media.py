"""Makes the two bootable media out of a kernel and an initramfs: the agent ISO and the computes' disk image.

Both boot with isolinux. The disk image is the same kind of ISO made "hybrid": its first sector gets the loader's MBR
code and a partition entry, after which a BIOS starts it from a disk just as well. That needs neither root, nor a loop
device, nor a tool besides those for the ISO and `qemu-img`.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from rehearsal.guest import initramfs
from rehearsal.guest.errors import GuestError

LABEL = "rehearsal-guest"

_COMMAND_LINE = " ".join(
    (
        "console=ttyS0",
        "quiet",
        # What a guest under plain emulation would only spend time on.
        "ipv6.disable=1",
        "mitigations=off",
        "nokaslr",
        "nowatchdog",
        "audit=0",
        "cryptomgr.notests",
        "no_timer_check",
        "tsc=nowatchdog",
        "random.trust_cpu=on",
        "i8042.noaux",
        "i8042.nokbd",
        "i8042.nopnp",
        # ACPI's interpreter is slow at routing interrupts, and the BIOS' older tables do as well. Not acpi=off: without
        # ACPI's timers an idle guest takes 7 % of a core instead of 2 %.
        "acpi=noirq",
        # Self-set-up of tracing and of features this system has no use for: another fifth.
        "initcall_blacklist=init_kprobe_trace,trace_eval_init,crypto_kdf108_init,init_ima,"
        "init_trace_printk_function_export",
    )
)
_ISOLINUX_CFG = """\
default guest
prompt 0
timeout 0
label guest
  linux /vmlinuz
  initrd {initrd}
  append {append}
"""
_SECTOR = 2048
_MBR_CODE = 432
_CYLINDER = 64 * 32 * 512


def agent_iso(out: Path, files: Mapping[str, bytes], *, kernel: Path) -> None:
    """Write the agent ISO to `out`; `files` (path → content) is what its guests find under /agent.

    Raises GuestError when the kernel or a tool is missing.
    """
    initrds = {"initrd": initramfs.base(kernel, compute=False), "payload": initramfs.payload(files)}
    _iso(out, kernel, initrds)


def compute_image(out: Path, *, kernel: Path) -> None:
    """Write the computes' image to `out` as qcow2, bootable from a BIOS disk. Raises GuestError as `agent_iso`."""
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as scratch:
        raw = Path(scratch) / "image.iso"
        _iso(raw, kernel, {"initrd": initramfs.base(kernel, compute=True)})
        _make_hybrid(raw)
        partial = out.with_name(out.name + ".part")
        _run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", str(raw), str(partial))
        partial.replace(out)


def vmlinuz(kernel: Path) -> Path:
    """Return the kernel image in directory `kernel` or below it (`vmlinuz` or Debian's `vmlinuz-<version>`)."""
    found = sorted(path for path in kernel.rglob("vmlinuz*") if path.is_file())
    if not found:
        raise GuestError(f"no guest kernel under {kernel}")
    return found[-1]


def _iso(out: Path, kernel: Path, initrds: Mapping[str, bytes]) -> None:
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as scratch:
        tree = Path(scratch) / "tree"
        tree.mkdir()
        shutil.copy(_loader("isolinux.bin"), tree)
        shutil.copy(_loader("ldlinux.c32"), tree)
        shutil.copy(vmlinuz(kernel), tree / "vmlinuz")
        for name, content in initrds.items():
            (tree / name).write_bytes(content)
        names = ",".join(f"/{name}" for name in initrds)
        (tree / "isolinux.cfg").write_text(_ISOLINUX_CFG.format(initrd=names, append=_COMMAND_LINE))
        partial = out.with_name(out.name + ".part")
        boot = ("-b", "isolinux.bin", "-c", "boot.cat", "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table")
        _run("genisoimage", "-quiet", "-V", LABEL, "-r", "-o", str(partial), *boot, str(tree))
        partial.replace(out)


def _make_hybrid(iso: Path) -> None:
    """Let a BIOS boot `iso` from a disk: what syslinux' isohybrid does for one partition over the whole image."""
    image = bytearray(iso.read_bytes())
    image += bytes(-len(image) % _CYLINDER)
    catalog = _sector(image, struct.unpack_from("<I", image, 17 * _SECTOR + 0x47)[0])
    loader = struct.unpack_from("<I", catalog, 0x28)[0]
    if _sector(image, loader)[0x40:0x44] != b"\xfb\xc0\x78\x70":
        raise GuestError("this isolinux.bin cannot boot from a disk: it lacks the hybrid signature")
    code = _loader("isohdpfx.bin").read_bytes()[:_MBR_CODE]
    # Boot flag, start C/H/S 0/0/1, type 0x17 (hidden), end C/H/S at its limit, start and size in 512-byte sectors.
    partition = struct.pack("<8B2I", 0x80, 0, 1, 0, 0x17, 63, 0xE0, 0xFF, 0, len(image) // 512)
    mbr = code + struct.pack("<IIIH", loader * 4, 0, 0x5AFE0001, 0) + partition + bytes(48) + b"\x55\xaa"
    image[: len(mbr)] = mbr
    iso.write_bytes(image)


def _sector(image: bytearray, number: int) -> bytearray:
    return image[number * _SECTOR : (number + 1) * _SECTOR]


def _loader(name: str) -> Path:
    """Find a file of the boot loader where Debian's isolinux/syslinux-common or Fedora's syslinux packages put it."""
    for directory in ("/usr/lib/ISOLINUX", "/usr/lib/syslinux/modules/bios", "/usr/share/syslinux"):
        if (Path(directory) / name).is_file():
            return Path(directory) / name
    raise GuestError(f"boot loader file {name} is missing (Debian packages isolinux and syslinux-common)")


def _run(*command: str) -> None:
    if shutil.which(command[0]) is None:
        raise GuestError(f"{command[0]} is not on PATH")
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise GuestError(f"{command[0]} failed: {done.stderr.strip()}")
