"""A pair of valid documents for 3 masters and 2 workers, written by hand: tests spoil one thing in a copy."""

from __future__ import annotations

import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ECDSA_KEY = (
    ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
)
ED25519_KEY = (
    ed25519.Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
)
PULL_SECRET = json.dumps({"auths": {"registry.example.com": {"auth": "dXNlcjpwYXNz"}}})


def install_config() -> dict[str, Any]:
    """Return a valid install-config."""
    return {
        "apiVersion": "v1",
        "baseDomain": "example.com",
        "metadata": {"name": "lab"},
        "controlPlane": {"name": "master", "replicas": 3},
        "compute": [{"name": "worker", "replicas": 2}],
        "networking": {
            "networkType": "OVNKubernetes",
            "machineNetwork": [{"cidr": "192.168.130.0/24"}],
            "clusterNetwork": [{"cidr": "10.128.0.0/14", "hostPrefix": 23}],
            "serviceNetwork": ["172.30.0.0/16"],
        },
        "platform": {"baremetal": {"apiVIPs": ["192.168.130.5"], "ingressVIPs": ["192.168.130.7"]}},
        "pullSecret": PULL_SECRET,
        "sshKey": ECDSA_KEY,
    }


def agent_config() -> dict[str, Any]:
    """Return a valid agent-config."""
    roles = ["master"] * 3 + ["worker"] * 2
    return {
        "apiVersion": "v1beta1",
        "kind": "AgentConfig",
        "metadata": {"name": "lab"},
        "rendezvousIP": "192.168.130.20",
        "hosts": [_host(number, role) for number, role in enumerate(roles)],
    }


def _host(number: int, role: str) -> dict[str, Any]:
    mac = f"52:54:00:00:00:{number:02x}"
    ens3 = {
        "name": "ens3",
        "type": "ethernet",
        "state": "up",
        "mac-address": mac,
        "mtu": 1500,
        "ipv4": {
            "enabled": True,
            "dhcp": False,
            "address": [{"ip": f"192.168.130.{20 + number}", "prefix-length": 24}],
        },
        "ipv6": {"enabled": False},
    }
    route = {"destination": "0.0.0.0/0", "next-hop-address": "192.168.130.1", "next-hop-interface": "ens3"}
    return {
        "hostname": f"{role}-{number}",
        "role": role,
        "interfaces": [{"name": "ens3", "macAddress": mac}],
        "rootDeviceHints": {"deviceName": "/dev/vda"},
        "networkConfig": {
            "interfaces": [ens3],
            "dns-resolver": {"config": {"server": ["192.168.130.1"]}},
            "routes": {"config": [route]},
        },
    }
