"""The system packages: found by the program or file that each brings, so any distribution's name for them will do."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import venv
from .errors import EngineError
from .progress import run, say, step

_SBIN = ("/usr/local/sbin", "/usr/sbin", "/sbin")


@dataclass(frozen=True)
class Package:
    """A package by its two names, and what shows that it is there: one of these programs or files."""

    debian: str
    fedora: str
    shown_by: tuple[str, ...]
    purpose: str

    @property
    def is_there(self) -> bool:
        """Whether one of the programs is on PATH or in a system directory, or one of the files exists."""
        return any(Path(name).exists() if name.startswith("/") else _which(name) for name in self.shown_by)


PACKAGES = (
    Package("libvirt-daemon-system", "libvirt-daemon-kvm", ("libvirtd",), "the embedded host's libvirt"),
    Package("libvirt-clients", "libvirt-client", ("virsh",), "looking at the machines"),
    Package(
        "qemu-system-x86", "qemu-kvm", ("qemu-system-x86_64", "/usr/libexec/qemu-kvm"), "the embedded host's machines"
    ),
    Package("qemu-utils", "qemu-img", ("qemu-img",), "disk images"),
    Package("dnsmasq-base", "dnsmasq", ("dnsmasq",), "libvirt's networks"),
    Package("iptables", "iptables-nft", ("iptables",), "libvirt's NAT networks"),
    Package("iproute2", "iproute", ("ip",), "the embedded host's interfaces"),
    Package("util-linux", "util-linux", ("unshare",), "the embedded host's namespaces"),
    Package("uidmap", "shadow-utils", ("newuidmap",), "namespaces of an ordinary user"),
    Package("genisoimage", "genisoimage", ("genisoimage",), "cloud-init disks and the guests' ISO"),
    Package("openssh-client", "openssh-clients", ("ssh",), "logging in to the computes"),
    Package("xsltproc", "libxslt", ("xsltproc",), "the libvirt plugin"),
    Package("isolinux", "syslinux", ("/usr/lib/ISOLINUX/isolinux.bin", "/usr/share/syslinux/isolinux.bin"), "guests"),
    Package(
        "syslinux-common",
        "syslinux",
        ("/usr/lib/syslinux/modules/bios/ldlinux.c32", "/usr/share/syslinux/ldlinux.c32"),
        "guests",
    ),
    Package("busybox-static", "busybox", ("busybox",), "guests"),
    Package("dropbear-bin", "dropbear", ("dropbear",), "the computes' ssh server"),
)

PYTHON = Package("python3-venv", "python3.11", (), "Python 3.11 or newer that can make virtual environments")


def _which(name: str) -> str | None:
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", os.defpath), *_SBIN]))


def missing() -> list[Package]:
    """The packages that this machine lacks, in the table's order."""
    return [package for package in PACKAGES if not package.is_there] + ([] if venv.has_python() else [PYTHON])


def install_command(names: Iterable[str], manager: str) -> list[str]:
    """The one command that installs these packages, without `sudo`."""
    unique = list(dict.fromkeys(names))
    if manager == "apt-get":
        return ["apt-get", "install", "--yes", "--no-install-recommends", *unique]
    return ["dnf", "install", "--assumeyes", *unique]


def explain(packages: Sequence[Package]) -> str:
    """Which packages are missing and what for, and the command for either family of distributions."""
    lines = ["missing system packages:"]
    lines += [f"  {package.debian} ({package.fedora}): {package.purpose}" for package in packages]
    debian = " ".join(install_command((package.debian for package in packages), "apt-get"))
    fedora = " ".join(install_command((package.fedora for package in packages), "dnf"))
    lines += ["", f"On Debian or Ubuntu:  sudo {debian}", f"On RHEL or Fedora:    sudo {fedora}"]
    lines += ["(RHEL has busybox, dropbear and genisoimage in EPEL.)"]
    return "\n".join(lines)


def may_install() -> bool:
    """Only a CI machine is changed without being asked: root, and CI=true."""
    return os.geteuid() == 0 and os.environ.get("CI", "").lower() in ("1", "true")


def ensure(log: Path) -> None:
    """Check the packages; in CI, install what is missing. Raises EngineError with the explanation."""
    lacking = missing()
    if not lacking:
        return
    manager = "apt-get" if shutil.which("apt-get") else "dnf"
    if not may_install() or shutil.which(manager) is None:
        raise EngineError(explain(lacking))
    names = [package.debian if manager == "apt-get" else package.fedora for package in lacking]
    say(f"System packages: {', '.join(names)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    if manager == "apt-get":
        with step("package lists"):
            run(["apt-get", "update"], log, env=environment)
    with step("system packages"):
        run(install_command(names, manager), log, env=environment)
    if lacking := missing():
        raise EngineError(explain(lacking))
