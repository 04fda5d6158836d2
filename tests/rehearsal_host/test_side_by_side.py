"""A host is whole and alone: networks, DNS and machines of its own, and nothing of them outside."""

from __future__ import annotations

import subprocess

import pytest

from tests.rehearsal_host.conftest import DOMAIN, NETWORK, Rehearsal

pytestmark = pytest.mark.rehearsal

# Asks the network's dnsmasq for an A record, by hand: there is no resolver to go through.
ASK = """
import socket
name = b"".join(bytes([len(part)]) + part for part in b"api.lab.example.com".split(b"."))
asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asking.settimeout(10)
asking.sendto(bytes.fromhex("123401000001000000000000") + name + bytes.fromhex("0000010001"), ("192.168.130.1", 53))
print(socket.inet_ntoa(asking.recv(512)[-4:]))
"""


def interfaces() -> set[str]:
    """Names of the interfaces outside."""
    listed = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=True).stdout
    return {line.split(": ")[1].split("@")[0] for line in listed.splitlines()}


def test_two_hosts_have_the_same_network_and_machine_and_do_not_meet(host: Rehearsal, other_host: Rehearsal) -> None:
    outside = interfaces()
    for rehearsal in (host, other_host):
        rehearsal.run("virsh", "net-create", "/dev/stdin", stdin=NETWORK.format(name="same"))
        rehearsal.run("virsh", "create", "/dev/stdin", stdin=DOMAIN.format(network="same"))
    for rehearsal in (host, other_host):
        assert rehearsal.run("virsh", "list", "--name").split() == ["blank"]
        assert rehearsal.run("python3", "-c", ASK).strip() == "192.168.130.5", "the network's DNS answers"
        assert rehearsal.run("cat", "/proc/sys/net/ipv4/ip_forward").strip() == "1"
    assert interfaces() - outside == set(), "neither bridge nor tap is the machine's"
    host("stop")
    assert other_host.run("virsh", "list", "--name").split() == ["blank"], "ending one leaves the other alone"
