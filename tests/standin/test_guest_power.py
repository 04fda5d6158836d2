"""The power key of a guest, and what its disk keeps: booted for real, twice."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import urllib.request
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from rehearsal.guest import compute_image
from tests.standin.machine import LIMIT_SECONDS, Guest, booted, cdrom, kernel
from tests.standin.test_guest_boot import cidata, network_config

pytestmark = pytest.mark.rehearsal

ENABLE = """
cd /etc/systemd/system && touch kept.service dropped.service
systemctl enable --now kept dropped && systemctl disable --now dropped
"""


def press_power_key(monitor: Path, guest: Guest) -> int:
    """What "virsh shutdown" does; QEMU's exit code once the machine is off."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(monitor))
        connection.sendall(b"system_powerdown\n")
        return guest.process.wait(timeout=LIMIT_SECONDS)


def units(guest: Guest) -> dict[str, str]:
    """What runs there."""
    with urllib.request.urlopen(f"http://127.0.0.1:{guest.http}/units.json", timeout=10) as response:
        found: dict[str, str] = json.load(response)
    return found


def test_the_power_key_turns_a_compute_off_and_what_was_enabled_runs_at_its_next_start(tmp_path: Path) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    key, image, monitor = tmp_path / "key", tmp_path / "compute.qcow2", tmp_path / "monitor"
    key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
    key.chmod(0o600)
    public = private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    compute_image(image, kernel=kernel())
    # Not thrown away after the run, as the other tests' are.
    disk = ["-drive", f"file={image},if=none,id=d6", "-device", "virtio-blk-pci,drive=d6,addr=6,bootindex=1"]
    devices = [*disk, *cdrom(cidata(tmp_path, network_config(), public))]
    devices += ["-monitor", f"unix:{monitor},server,nowait"]
    assert shutil.which("ssh"), "the test logs in with the machine's own ssh"
    options = ["-i", str(key), "-oStrictHostKeyChecking=no", "-oUserKnownHostsFile=/dev/null", "-oBatchMode=yes"]
    with booted(tmp_path, *devices) as guest:
        first = guest.answer()
        login = ["ssh", *options, "-F", "/dev/null", f"-p{guest.ssh}", "cloud-admin@127.0.0.1", "sudo -n sh -s"]
        said = subprocess.run(login, input=ENABLE, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False)
        assert said.returncode == 0, said.stderr
        assert units(guest) == {"kept": "active", "dropped": "inactive"}
        assert press_power_key(monitor, guest) == 0, guest.console()
    with booted(tmp_path, *devices) as guest:
        second = guest.answer()
        assert units(guest) == {"kept": "active"}
    assert second.pop("boot") != first.pop("boot")
    assert second == first
