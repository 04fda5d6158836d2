"""NetworkAttachmentDefinitions: the networks as pods join them (rhoso.md, S7)."""

from __future__ import annotations

import json
from typing import Any

from network import OpenStackNetwork, Plan

API_VERSION = "k8s.cni.cncf.io/v1"


def render(plan: Plan, namespace: str) -> list[dict[str, Any]]:
    """One for each network that pods have addresses on, called like it."""
    return [
        _attachment(network, device(plan, network.name), namespace)
        for network in plan.openstack.values()
        if network.subnets[0].nad_range is not None
    ]


def device(plan: Plan, network: str) -> str:
    """The kernel's name of what carries a network on the nodes that OpenStack runs on; the same on every one."""
    nic = plan.openstack_nodes[0].nic("osp")
    return next((vlan.interface for vlan in nic.vlans if vlan.network == network), nic.name)


def _attachment(network: OpenStackNetwork, master: str, namespace: str) -> dict[str, Any]:
    [subnet] = network.subnets
    assert subnet.nad_range is not None
    first, last = subnet.nad_range
    config = {
        "cniVersion": "0.3.1",
        "name": network.name,
        "type": "macvlan",
        "master": master,
        "ipam": {
            "type": "whereabouts",
            "range": str(subnet.cidr),
            "range_start": str(first),
            "range_end": str(last),
        },
    }
    return {
        "apiVersion": API_VERSION,
        "kind": "NetworkAttachmentDefinition",
        "metadata": {
            "name": network.name,
            "namespace": namespace,
            "labels": {"osp/net": network.name, "osp/net-attach-def-type": "standard"},
        },
        "spec": {"config": json.dumps(config, indent=2)},
    }
