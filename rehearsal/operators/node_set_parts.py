"""What a node set brings with it: an IPSet for each node, the DNS data of all, and the inventory for Ansible."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from .data_plane import Node, nodes
from .data_plane_ipam import CONTROL_PLANE, Reservation
from .standin import condition
from .world import Object

_NETWORK = "network.openstack.org/v1beta1"

Reserved = Mapping[str, tuple[Reservation, ...]]


def names(reserved: Reserved) -> dict[str, dict[str, str]]:
    """Each node's full name on each network."""
    return {
        node: {entry["network"]: f"{node}.{entry['dnsDomain']}" for entry in entries}
        for node, entries in reserved.items()
    }


def canonical(node: str, entries: tuple[Reservation, ...]) -> str:
    """The name that a node has for Nova and OVN: the one on the control plane."""
    domain = next(entry["dnsDomain"] for entry in entries if entry["network"].lower() == CONTROL_PLANE)
    return f"{node}.{domain}"


def ip_set(node: Node, namespace: str, entries: tuple[Reservation, ...]) -> dict[str, Any]:
    """The addresses of a node, as infra-operator keeps them."""
    fields = ("name", "subnetName", "fixedIP", "defaultRoute")
    wanted = [{field: entry[field] for field in fields if field in entry} for entry in node.networks]
    return {
        "apiVersion": _NETWORK,
        "kind": "IPSet",
        "metadata": {"name": node.name, "namespace": namespace},
        "spec": {"networks": wanted},
        "status": {
            "conditions": [
                condition("Ready", True, "Ready", "Setup complete"),
                condition("ReservationReady", True, "Ready", "Reservation successful"),
            ],
            "observedGeneration": 1,
            "reservations": [dict(entry) for entry in entries],
        },
    }


def records(node_set: Object, reserved: Reserved) -> dict[str, Any]:
    """The names of all nodes; the one on the control plane leads to its short form too."""
    return {
        "apiVersion": _NETWORK,
        "kind": "DNSData",
        "metadata": {"name": node_set["metadata"]["name"], "namespace": node_set["metadata"]["namespace"]},
        "spec": {"dnsDataLabelSelectorValue": "dnsdata", "hosts": list(_hosts(reserved))},
        "status": {"conditions": [condition("Ready", True, "Ready", "Setup complete")], "observedGeneration": 1},
    }


def secret(node_set: Object, reserved: Reserved) -> dict[str, Any]:
    """The inventory, as far as it says who is reached where."""
    hosts = {node.name: {"ansible_host": node.address, "ansible_user": node.user} for node in nodes(node_set)}
    named = {node: {**values, "canonical_hostname": canonical(node, reserved[node])} for node, values in hosts.items()}
    name = node_set["metadata"]["name"]
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": f"dataplanenodeset-{name}", "namespace": node_set["metadata"]["namespace"]},
        "type": "Opaque",
        "stringData": {"inventory": yaml.safe_dump({name: {"hosts": named}}, sort_keys=True)},
    }


def _hosts(reserved: Reserved) -> Iterator[dict[str, Any]]:
    for node, entries in reserved.items():
        for entry in entries:
            yield {"ip": entry["address"], "hostnames": [f"{node}.{entry['dnsDomain']}"]}
