"""Both guests, booted for real: plain emulation, QEMU's own user network on the loopback, no libvirt, no root."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

import engine
from rehearsal.guest import agent_iso, compute_image
from rehearsal.openshift_install import nmstate

pytestmark = pytest.mark.rehearsal

MAC = "52:54:00:00:00:03"
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


def disk(path: Path, slot: int = 6) -> list[str]:
    """A virtio disk, first in boot order."""
    drive = f"file={path},if=none,id=d{slot},snapshot=on"
    return ["-drive", drive, "-device", f"virtio-blk-pci,drive=d{slot},addr={slot},bootindex=1"]


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


@pytest.fixture
def empty_disk(tmp_path: Path) -> Path:
    """A disk that nothing boots from."""
    path = tmp_path / "empty.img"
    path.touch()
    with path.open("r+b") as file:
        file.truncate(1 << 30)
    return path


def test_an_agent_guest_finds_itself_by_its_mac_and_answers(tmp_path: Path, empty_disk: Path) -> None:
    """The empty disk comes first in boot order and falls through to the CD, as on a real first boot."""
    agent_iso(tmp_path / "agent.iso", agent_files(MAC), kernel=kernel())
    with booted(tmp_path, *disk(empty_disk), *cdrom(tmp_path / "agent.iso")) as guest:
        answer = guest.answer()
    nic = {"name": "ens3", "mac": MAC, "mtu": 1500, "addresses": [f"{ADDRESS}/24"], "up": True}
    assert answer == {"id": IDENTITY, "hostname": "master-0", "role": "master", "nics": [nic]}


def test_an_agent_guest_whose_mac_is_not_on_the_iso_says_so(tmp_path: Path, empty_disk: Path) -> None:
    """The console names the installation and the machine's own MAC."""
    agent_iso(tmp_path / "agent.iso", agent_files("52:54:00:00:00:99"), kernel=kernel())
    with booted(tmp_path, *disk(empty_disk), *cdrom(tmp_path / "agent.iso")) as guest:
        refusal = guest.refusal()
    assert f"no host of installation {IDENTITY} has a MAC of this machine: ens3={MAC}" in refusal


def cidata(tmp_path: Path, network: dict[str, Any], key: str) -> Path:
    """A NoCloud CD."""
    tree = tmp_path / "cidata"
    tree.mkdir()
    user = {"name": "cloud-admin", "sudo": "ALL=(ALL) NOPASSWD:ALL", "ssh_authorized_keys": [key]}
    settings = {"hostname": "compute-0", "users": [user]}
    (tree / "user-data").write_text("#cloud-config\n" + yaml.safe_dump(settings))
    (tree / "meta-data").write_text(yaml.safe_dump({"instance-id": "compute-0-1", "local-hostname": "compute-0"}))
    (tree / "network-config").write_text(yaml.safe_dump(network))
    out = tmp_path / "cidata.iso"
    subprocess.run(["genisoimage", "-quiet", "-V", "cidata", "-r", "-J", "-o", str(out), str(tree)], check=True)
    return out


def network_config() -> dict[str, Any]:
    """One NIC and a VLAN on it."""
    ens3 = {
        "match": {"macaddress": MAC},
        "set-name": "ens3",
        "dhcp4": False,
        "addresses": [f"{ADDRESS}/24"],
        "routes": [{"to": "0.0.0.0/0", "via": GATEWAY}],
    }
    vlan = {"id": 20, "link": "ens3", "mtu": 1496, "addresses": ["172.17.0.100/24"]}
    return {"version": 2, "ethernets": {"ens3": ens3}, "vlans": {"vlan20": vlan}}


def test_a_compute_takes_its_cloud_init_disk_and_lets_the_key_in(tmp_path: Path) -> None:
    """Addresses, VLAN, name, and a login over ssh that sees them."""
    assert shutil.which("ssh"), "the test logs in with the machine's own ssh"
    private = ec.generate_private_key(ec.SECP256R1())
    key = tmp_path / "key"
    key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
    key.chmod(0o600)
    public = private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode() + " lab key"
    compute_image(tmp_path / "compute.qcow2", kernel=kernel())
    cd = cidata(tmp_path, network_config(), public)
    with booted(tmp_path, *disk(tmp_path / "compute.qcow2"), *cdrom(cd)) as guest:
        answer = guest.answer()
        options = [f"-p{guest.ssh}", "-i", str(key), "-oStrictHostKeyChecking=no", "-oUserKnownHostsFile=/dev/null"]
        options += ["-oBatchMode=yes", "-oConnectTimeout=60", "-F", "/dev/null"]
        login = ["ssh", *options, "cloud-admin@127.0.0.1", "hostname; ip -o -4 addr"]
        said = subprocess.run(login, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False)
    assert (answer["id"], answer["hostname"], answer["role"]) == ("", "compute-0", "compute")
    assert {nic["name"]: nic["addresses"] for nic in answer["nics"]} == {
        "ens3": [f"{ADDRESS}/24"],
        "vlan20": ["172.17.0.100/24"],
    }
    assert said.returncode == 0, said.stderr
    assert said.stdout.splitlines()[0] == "compute-0"
    assert "172.17.0.100/24" in said.stdout


def test_a_compute_refuses_a_network_config_it_cannot_honour(tmp_path: Path) -> None:
    """It says why and does not answer."""
    network = network_config()
    network["ethernets"]["ens3"]["dhcp4"] = True
    compute_image(tmp_path / "compute.qcow2", kernel=kernel())
    cd = cidata(tmp_path, network, "ssh-ed25519 AAAA")
    with booted(tmp_path, *disk(tmp_path / "compute.qcow2"), *cdrom(cd)) as guest:
        assert "static addresses only" in guest.refusal()
