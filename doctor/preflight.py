"""The checks that every run makes before anything is registered: bounded in time, and only what would end badly.

The libvirt plugin connects when it is configured; a libvirtd that accepts but never answers would hang the preview for
ever, past SIGTERM (traps 13), so the URI is tried here first.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from settings import OpenShift, Settings

_TOOLS = {
    "virsh": "libvirt-clients (Debian) or libvirt-client (RHEL)",
    "xsltproc": "xsltproc (Debian) or libxslt (RHEL)",
    "mkisofs": "genisoimage (Debian) or xorriso (RHEL)",
}
_SECONDS: float = 20
_FIPS = Path("/proc/sys/crypto/fips_enabled")
_SOCKET = "/var/run/libvirt/libvirt-sock"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that would stop the run: what was found, and what to do."""

    field: str
    found: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.field}: {self.found} {self.remedy}"


def check(settings: Settings, *, changing: bool) -> list[Problem]:
    """All problems found; ``changing`` adds what a mere preview can do without."""
    installs = settings.reaches("machines")
    problems = [*_tools(), *(_installer(settings.openshift.installer) if installs else ())]
    problems += _libvirt(settings.host.uri)
    if changing and installs and not problems:
        problems += [*_image(settings), *_version(settings.openshift), *_fips(settings.openshift)]
    return problems


def _tools() -> Iterator[Problem]:
    for tool, package in _TOOLS.items():
        if shutil.which(tool) is None:
            yield Problem("client", f"{tool} is not on PATH; the libvirt plugin needs it.", f"Install {package}.")


def _installer(installer: str) -> Iterator[Problem]:
    if shutil.which(installer) is None:
        yield Problem(
            "openshift.installer",
            f"{installer!r} is not on PATH.",
            "Put the openshift-install of the wanted release there, or name another command.",
        )


def _libvirt(uri: str) -> Iterator[Problem]:
    if shutil.which("virsh") is None:
        return
    command = ["virsh", "--quiet", "--connect", _as_dialled(uri), "net-list; pool-list"]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        yield Problem(
            "hosts.uri", f"{uri} accepted the connection and didn't answer in {_SECONDS} s.", "Restart libvirt there."
        )
        return
    if done.returncode == 0:
        return
    said = " ".join(line.removeprefix("error: ") for line in done.stderr.splitlines() if line).strip()
    denied = any(sign in said.lower() for sign in ("permission denied", "authentication", "access denied"))
    yield Problem(
        "hosts.uri",
        f"{uri} refuses this user: {said}." if denied else f"{uri} can't be reached: {said}.",
        "Add the user to the group libvirt on that host and log in again."
        if denied
        else "Check the URI, and that virtqemud, virtnetworkd, virtstoraged and virtproxyd (or libvirtd) run there.",
    )


def _as_dialled(uri: str) -> str:
    """The plugin dials the socket of libvirtd or virtproxyd; virsh by itself would go to virtqemud beside it."""
    return f"qemu+unix:///system?socket={_SOCKET}" if uri == "qemu:///system" else uri


def _image(settings: Settings) -> Iterator[Problem]:
    image = Path(settings.compute.image_path(settings.host.image_cache))
    if settings.host.is_remote or not settings.topology.computes.count:
        return
    if not image.is_file():
        yield Problem(
            "compute.image",
            f"{image} is not a file on the host.",
            "Put the RHEL KVM guest image there, or name the path where it lies.",
        )
    elif not os.access(image, os.R_OK):
        yield Problem("compute.image", f"{image} can't be read by this user.", f"Allow it: chmod a+r {image}.")


def _fips(openshift: OpenShift) -> Iterator[Problem]:
    """The installer makes the cluster's keys, so it refuses to run where FIPS mode is off (agent-installer.md §1.4)."""
    if openshift.fips and not (_FIPS.is_file() and _FIPS.read_text().strip() == "1"):
        yield Problem(
            "openshift.fips",
            "is set, but this machine, where the installer runs, is not in FIPS mode.",
            "Run the program on a machine in FIPS mode, or turn it off.",
        )


def _version(openshift: OpenShift) -> Iterator[Problem]:
    try:
        done = subprocess.run(
            [openshift.installer, "version"], capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        yield Problem("openshift.installer", f"{openshift.installer} version failed: {error}.", "Try it by hand.")
        return
    # The first line is "<program> <version>"; a release is "4.18.9", a wanted minor "4.18".
    told = done.stdout.split("\n")[0].rpartition(" ")[2]
    if not f"{told}.".startswith(f"{openshift.version}."):
        yield Problem(
            "openshift.version",
            f"{openshift.version} is wanted, but {openshift.installer} installs {told or 'an unknown version'}.",
            "One installer installs one release: take the other installer, or change the setting.",
        )
