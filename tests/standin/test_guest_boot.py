"""Both guests, booted for real: plain emulation, QEMU's own user network on the loopback, no libvirt, no root."""

from __future__ import annotations

import json
import shutil
import subprocess
import urllib.request
import uuid
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from rehearsal.guest import agent_iso, compute_image
from tests.standin.machine import (
    ADDRESS,
    GATEWAY,
    IDENTITY,
    LIMIT_SECONDS,
    MAC,
    MACHINE,
    agent_files,
    blank,
    booted,
    cdrom,
    disk,
    kernel,
)

pytestmark = pytest.mark.rehearsal

# What a deployment does on a compute, in small.
SERVICES = """
systemctl start edpm_nova_compute
sudo sh -c 'echo "I am $(id -u) with $1"; : >/etc/systemd/system/edpm_nova_compute.service' sh 'two words'
echo not yet "$(systemctl is-active edpm_nova_compute)"
sudo -n systemctl enable --now edpm_nova_compute.service && systemctl is-active edpm_nova_compute
sudo ping -c 1 127.0.0.1
"""


@pytest.fixture
def empty_disk(tmp_path: Path) -> Path:
    """A disk that nothing boots from."""
    return blank(tmp_path / "empty.img")


def test_an_agent_guest_finds_itself_by_its_mac_and_answers(tmp_path: Path, empty_disk: Path) -> None:
    """The empty disk comes first in boot order and falls through to the CD, as on a real first boot."""
    agent_iso(tmp_path / "agent.iso", {**agent_files(MAC), "image": b"node\n"}, kernel=kernel())
    with booted(tmp_path, *disk(empty_disk), *cdrom(tmp_path / "agent.iso")) as guest:
        answer = guest.answer()
    # A number of this start alone.
    assert uuid.UUID(answer.pop("boot"))
    nic = {"name": "ens3", "mac": MAC, "mtu": 1500, "addresses": [f"{ADDRESS}/24"], "up": True}
    assert answer == {
        "id": IDENTITY,
        "hostname": "master-0",
        "role": "master",
        "disks": ["/dev/vda"],
        "nics": [nic],
        "image": "node",
        "machine": MACHINE,
        "routes": [{"to": "default", "via": GATEWAY, "device": "ens3"}],
        "resolvers": [],
        "search": [],
    }


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
        login = ["ssh", *options, "cloud-admin@127.0.0.1", f"hostname; ip -o -4 addr; {SERVICES}"]
        said = subprocess.run(login, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False)
        with urllib.request.urlopen(f"http://127.0.0.1:{guest.http}/units.json", timeout=10) as response:
            units = json.load(response)
    assert (answer["id"], answer["hostname"], answer["role"]) == ("", "compute-0", "compute")
    assert {nic["name"]: nic["addresses"] for nic in answer["nics"]} == {
        "ens3": [f"{ADDRESS}/24"],
        "vlan20": ["172.17.0.100/24"],
    }
    assert said.returncode == 0, said.stderr
    assert said.stdout.splitlines()[0] == "compute-0"
    assert "172.17.0.100/24" in said.stdout
    assert "I am 0 with two words" in said.stdout, said.stderr
    assert "not yet inactive" in said.stdout
    assert "1 packets received" in said.stdout
    assert "Interactive authentication required" in said.stderr, "only root changes a service"
    assert units == {"edpm_nova_compute": "active"}


def test_a_compute_refuses_a_network_config_it_cannot_honour(tmp_path: Path) -> None:
    """It says why and does not answer."""
    network = network_config()
    network["ethernets"]["ens3"]["dhcp4"] = True
    compute_image(tmp_path / "compute.qcow2", kernel=kernel())
    cd = cidata(tmp_path, network, "ssh-ed25519 AAAA")
    with booted(tmp_path, *disk(tmp_path / "compute.qcow2"), *cdrom(cd)) as guest:
        assert "static addresses only" in guest.refusal()
