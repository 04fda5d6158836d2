"""NodeNetworkConfigurationPolicies: what the cluster makes of its nodes' OpenStack NIC (rhoso.md, S6).

One policy a node, addresses on the NIC itself and on its VLANs; the node's own resolver and routes stay as installed.
"""

from __future__ import annotations

from typing import Any

from network import Nic, Node, Plan
from network.model import Interface, VlanDevice

API_VERSION = "nmstate.io/v1"
_OFF = {"enabled": False}


def render(plan: Plan) -> list[dict[str, Any]]:
    """A policy for each node that OpenStack runs on."""
    return [_policy(node) for node in plan.openstack_nodes]


def cleared(plan: Plan) -> dict[str, list[dict[str, Any]]]:
    """What each policy must say before it goes, by its name: deleted as it is, it would leave the node as it is
    (rhoso.md §4.16)."""
    nodes = {node.name: _kinds(node) for node in plan.openstack_nodes}
    return {name: [{**one, "state": "absent"} for one in interfaces] for name, interfaces in nodes.items()}


def _kinds(node: Node) -> list[dict[str, Any]]:
    nic = node.nic("osp")
    vlans = [{"name": vlan.interface, "type": "vlan"} for vlan in nic.vlans]
    return [*vlans, {"name": nic.name, "type": "ethernet"}]


def _policy(node: Node) -> dict[str, Any]:
    nic = node.nic("osp")
    return {
        "apiVersion": API_VERSION,
        "kind": "NodeNetworkConfigurationPolicy",
        "metadata": {"name": node.name},
        "spec": {
            "nodeSelector": {"kubernetes.io/hostname": node.name, "node-role.kubernetes.io/worker": ""},
            "desiredState": {"interfaces": [_ethernet(nic), *(_vlan(vlan, nic) for vlan in nic.vlans)]},
        },
    }


def _ethernet(nic: Nic) -> dict[str, Any]:
    return {"name": nic.name, "type": "ethernet", "state": "up", "mtu": nic.mtu, **_addresses(nic.addresses)}


def _vlan(vlan: VlanDevice, nic: Nic) -> dict[str, Any]:
    return {
        "name": vlan.interface,
        "type": "vlan",
        "state": "up",
        "mtu": vlan.mtu,
        "vlan": {"base-iface": nic.name, "id": vlan.vlan},
        **_addresses(vlan.addresses),
    }


def _addresses(given: tuple[Interface, ...]) -> dict[str, Any]:
    addresses = [{"ip": str(address.ip), "prefix-length": address.network.prefixlen} for address in given]
    return {"ipv4": {"enabled": True, "dhcp": False, "address": addresses}, "ipv6": dict(_OFF)}
