"""``NetConfig``: the address plan as infra-operator's IPAM sees it. Fields and rules: rhoso.md, S7."""

from __future__ import annotations

from typing import Any

from network import OpenStackNetwork, OpenStackSubnet, Plan

API_VERSION = "network.openstack.org/v1beta1"
CRD = "netconfigs.network.openstack.org"
NAME = "netconfig"


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
    return {
        "name": network.name,
        "dnsDomain": network.dns_domain,
        "mtu": network.mtu,
        "subnets": [_subnet(f"subnet{n}", part, network.vlan) for n, part in enumerate(network.subnets, start=1)],
    }


def _subnet(name: str, part: OpenStackSubnet, vlan: int | None) -> dict[str, Any]:
    subnet: dict[str, Any] = {
        "name": name,
        "cidr": str(part.cidr),
        "allocationRanges": [{"start": str(start), "end": str(end)} for start, end in part.allocation],
    }
    if vlan is not None:
        subnet["vlan"] = vlan
    if part.gateway is not None:
        subnet["gateway"] = str(part.gateway)
    return subnet
