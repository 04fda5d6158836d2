"""Address pools of services and where they are announced (rhoso.md, S7)."""

from __future__ import annotations

from typing import Any

from manifests.attachments import device
from network import Plan

API_VERSION = "metallb.io/v1beta1"
NAMESPACE = "metallb-system"


def render(plan: Plan) -> list[dict[str, Any]]:
    """For each network with services a pool and an announcement, both called like it."""
    objects = []
    for network in plan.openstack.values():
        for subnet in network.subnets:
            if subnet.metallb is None:
                continue
            first, last = subnet.metallb
            objects.append(_object("IPAddressPool", network.name, {"addresses": [f"{first}-{last}"]}))
            where = {"ipAddressPools": [network.name], "interfaces": [device(plan, network.name)]}
            objects.append(_object("L2Advertisement", network.name, where))
    return objects


def _object(kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": API_VERSION,
        "kind": kind,
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": spec,
    }
