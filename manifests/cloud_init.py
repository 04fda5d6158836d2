"""The NoCloud disk of a compute: name, login and static networks of a RHEL machine outside the cluster.

Network format version 2 (cloud-init's documentation, "Networking Config Version 2"). There is no DHCP on any network
of the lab; exactly one default route, on the machine network.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from network import Nic, Node, Plan


def user_data(node: Node, user: str, ssh_key: str, ntp: Sequence[str] = ()) -> str:
    """The ``#cloud-config`` document: host name, one login with ``ssh_key`` and password-less sudo, time servers."""
    document: dict[str, Any] = {
        "hostname": node.name,
        "fqdn": node.fqdn,
        "manage_etc_hosts": True,
        "ssh_pwauth": False,
        "users": [
            {
                "name": user,
                "groups": "wheel",
                "sudo": "ALL=(ALL) NOPASSWD:ALL",
                "lock_passwd": True,
                "ssh_authorized_keys": [ssh_key],
            }
        ],
    }
    if ntp:
        document["ntp"] = {"enabled": True, "servers": list(ntp)}
    return "#cloud-config\n" + _yaml(document)


def meta_data(node: Node, generation: int) -> str:
    """A new ``instance-id`` makes cloud-init run again, so it changes with the generation and with nothing else."""
    return _yaml({"instance-id": f"{node.name}-{generation}", "local-hostname": node.name})


def network_config(node: Node, plan: Plan) -> str:
    """All NICs of the compute by MAC, and its VLANs."""
    vlans = {
        vlan.interface: {
            "id": vlan.vlan,
            "link": nic.name,
            "addresses": [str(address) for address in vlan.addresses],
            "mtu": vlan.mtu,
        }
        for nic in node.nics
        for vlan in nic.vlans
    }
    ethernets = {nic.name: _ethernet(nic, plan) for nic in node.nics}
    return _yaml({"version": 2, "ethernets": ethernets, "vlans": vlans})


def _ethernet(nic: Nic, plan: Plan) -> dict[str, Any]:
    document: dict[str, Any] = {
        "match": {"macaddress": nic.mac},
        "set-name": nic.name,
        "dhcp4": False,
        "mtu": nic.mtu,
    }
    if nic.addresses:
        document["addresses"] = [str(address) for address in nic.addresses]
    if nic.gateways:
        document["routes"] = [{"to": "0.0.0.0/0", "via": str(gateway)} for gateway in nic.gateways]
        document["nameservers"] = {
            "addresses": [str(resolver) for resolver in plan.resolvers],
            "search": [plan.cluster_domain],
        }
    return document


def _yaml(document: dict[str, Any]) -> str:
    text: str = yaml.safe_dump(document, sort_keys=False, width=1000)
    return text
