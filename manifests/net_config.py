"""``NetConfig``: the address plan as infra-operator's IPAM sees it. Fields and rules: rhoso.md, S7."""

from __future__ import annotations

from typing import Any

from network import OpenStackNetwork, Plan

API_VERSION = "network.openstack.org/v1beta1"
CRD = "netconfigs.network.openstack.org"
NAME = "netconfig"
_SUBNET = "subnet1"


def render(plan: Plan, namespace: str) -> dict[str, Any]:
    """The one NetConfig of the namespace. A gateway stands only where the plan has one: ctlplane must not have one,
    or the data plane would add a second default route (traps.md 29)."""
    return {
        "apiVersion": API_VERSION,
        "kind": "NetConfig",
        "metadata": {"name": NAME, "namespace": namespace},
        "spec": {"networks": [_network(network) for network in plan.openstack.values()]},
    }


def _network(network: OpenStackNetwork) -> dict[str, Any]:
    subnet: dict[str, Any] = {
        "name": _SUBNET,
        "cidr": str(network.cidr),
        "allocationRanges": [{"start": str(start), "end": str(end)} for start, end in network.allocation],
    }
    if network.vlan is not None:
        subnet["vlan"] = network.vlan
    if network.gateway is not None:
        subnet["gateway"] = str(network.gateway)
    return {"name": network.name, "dnsDomain": network.dns_domain, "mtu": network.mtu, "subnets": [subnet]}
