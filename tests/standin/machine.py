"""A machine of the lab in plain emulation: QEMU's own user network on the loopback, no libvirt, no root."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import engine
from rehearsal.openshift_install import nmstate

MAC = "52:54:00:00:00:03"
MACHINE = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
# QEMU's user network: the guest must have this address to be reached, and the gateway is the host.
ADDRESS, GATEWAY = "10.0.2.15", "10.0.2.2"
LIMIT_SECONDS = 240
IDENTITY = "11111111-2222-3333-4444-555555555555"


def free_port() -> int:
    """A port of the loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Guest:
    """A running guest: its forwarded ports and its serial console."""

    def __init__(self, process: subprocess.Popen[bytes], http: int, ssh: int, console: Path) -> None:
        self.process, self.http, self.ssh, self._console = process, http, ssh, console
        self.wire: Path | None = None  # a dump of a NIC's frames, where a test asked QEMU for one

    def console(self) -> str:
        """What the guest has said so far."""
        return self._console.read_text(errors="replace") if self._console.exists() else ""

    def answer(self) -> dict[str, Any]:
        """Poll until the guest answers; fail with its console at the limit."""
        end = time.monotonic() + LIMIT_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.http}/", timeout=2) as response:
                    found: dict[str, Any] = json.load(response)
                    return found
            except OSError:
                time.sleep(0.5)
        raise AssertionError(f"the guest does not answer; its console: {self.console()}")

    def change(self, plan: str, identity: str = IDENTITY) -> tuple[int, str]:
        """Ask for a change of the network; the HTTP status and what was answered."""
        url = f"http://127.0.0.1:{self.http}/cgi-bin/network?{identity}"
        request = urllib.request.Request(url, data=plan.encode(), method="POST")
        try:
            with urllib.request.urlopen(request, timeout=LIMIT_SECONDS) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def refusal(self) -> str:
        """Poll until the guest says on its console that it refuses; fail at the limit."""
        end = time.monotonic() + LIMIT_SECONDS
        while time.monotonic() < end and "REFUSED" not in self.console():
            time.sleep(0.5)
        assert "REFUSED" in self.console(), self.console()
        return self.console()


@contextmanager
def booted(tmp_path: Path, *devices: str) -> Iterator[Guest]:
    """Power a machine on as the lab's are: type "pc", 96 MiB, NIC in slot 3, and off when the block ends."""
    http, ssh, console = free_port(), free_port(), tmp_path / "console"
    forward = f"hostfwd=tcp:127.0.0.1:{http}-:8090,hostfwd=tcp:127.0.0.1:{ssh}-:22"
    command = ["qemu-system-x86_64", "-accel", "tcg", "-machine", "pc", "-m", "96", "-nodefaults", "-display", "none"]
    command += ["-uuid", MACHINE]
    command += ["-serial", f"file:{console}", "-netdev", f"user,id=n0,{forward}"]
    command += ["-device", f"virtio-net-pci,netdev=n0,mac={MAC},addr=3", *devices]
    process = subprocess.Popen(command)
    try:
        yield Guest(process, http, ssh, console)
    finally:
        process.terminate()
        process.wait(timeout=30)


def kernel() -> Path:
    """The engine's guest kernel."""
    return engine.paths().kernel


def blank(path: Path) -> Path:
    """Make a disk that nothing boots from."""
    path.touch()
    with path.open("r+b") as file:
        file.truncate(1 << 30)
    return path


def disk(path: Path, slot: int = 6) -> list[str]:
    """A virtio disk; the one in slot 6 is first in boot order, and any other not in it."""
    drive = f"file={path},if=none,id=d{slot},snapshot=on"
    device = f"virtio-blk-pci,drive=d{slot},addr={slot}" + (",bootindex=1" if slot == 6 else "")
    return ["-drive", drive, "-device", device]


def nic(slot: int, mac: str) -> list[str]:
    """A second NIC, on a network of its own."""
    netdev = f"user,id=n{slot},net=10.9.{slot}.0/24"
    return ["-netdev", netdev, "-device", f"virtio-net-pci,netdev=n{slot},mac={mac},addr={slot}"]


def cdrom(path: Path) -> list[str]:
    """An IDE CD, second in boot order."""
    return ["-drive", f"file={path},if=none,id=c0,media=cdrom,readonly=on", "-device", "ide-cd,drive=c0,bootindex=2"]


def agent_files(mac: str) -> dict[str, bytes]:
    """What create image puts on the ISO for one master with `mac`."""
    ipv4 = {"enabled": True, "address": [{"ip": ADDRESS, "prefix-length": 24}]}
    route = {"destination": "0.0.0.0/0", "next-hop-address": GATEWAY, "next-hop-interface": "ens3"}
    state = {
        "interfaces": [{"name": "ens3", "type": "ethernet", "state": "up", "ipv4": ipv4}],
        "routes": {"config": [route]},
    }
    return {
        "id": IDENTITY.encode() + b"\n",
        f"hostnames/{mac}": b"master-0\n",
        "hosts/00/macs": mac.encode() + b"\n",
        "hosts/00/role": b"master\n",
        "hosts/00/disk": b"/dev/vda\n",
        "hosts/00/network": nmstate.guest_plan(state, {"ens3": mac}).encode(),
    }
