"""NMState documents: what a cluster node's NICs look like when it boots the agent ISO.

Source of the shape: the ``networkConfig`` of an agent-config host, checked by ``nmstatectl gc`` when the ISO is made.
"""

from __future__ import annotations

from typing import Any

from network import Nic, Node, Plan

_OFF = {"enabled": False}


def at_install(node: Node, plan: Plan) -> dict[str, Any]:
    """The machine network's NIC with its address and the only default route; every other NIC up and bare.

    A worker's second NIC gets its addresses and VLANs from NMState policies when the cluster runs. Left out here it
    would ask for DHCP, which no network of the lab offers, and delay the boot.
    """
    machine = node.nic("ocp")
    [gateway] = machine.gateways
    return {
        "interfaces": [_interface(nic, addressed=nic is machine) for nic in node.nics],
        "dns-resolver": {
            "config": {"server": [str(resolver) for resolver in plan.resolvers], "search": [plan.cluster_domain]}
        },
        "routes": {
            "config": [
                {
                    "destination": "0.0.0.0/0",
                    "next-hop-address": str(gateway),
                    "next-hop-interface": machine.name,
                    "table-id": 254,
                }
            ]
        },
    }


def _interface(nic: Nic, *, addressed: bool) -> dict[str, Any]:
    ipv4: dict[str, Any] = dict(_OFF)
    if addressed:
        addresses = [{"ip": str(a.ip), "prefix-length": a.network.prefixlen} for a in nic.addresses]
        ipv4 = {"enabled": True, "dhcp": False, "address": addresses}
    return {
        "name": nic.name,
        "type": "ethernet",
        "state": "up",
        "mac-address": nic.mac,
        "mtu": nic.mtu,
        "ipv4": ipv4,
        "ipv6": dict(_OFF),
    }
