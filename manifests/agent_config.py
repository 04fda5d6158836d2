"""``agent-config.yaml``: which machine is which node. Fields and rules: agent-installer.md §1.2 and §1.5."""

from __future__ import annotations

from typing import Any

from manifests import nmstate
from network import Node, Plan
from settings import Settings

# All our disks are virtio-blk, and the root disk is the first. The hint keeps the installer off a worker's data disk.
_ROOT_DISK = "/dev/vda"


def render(settings: Settings, plan: Plan) -> dict[str, Any]:
    """The document for exactly the plan's cluster nodes; the computes must never appear in it."""
    document: dict[str, Any] = {
        "apiVersion": "v1beta1",
        "kind": "AgentConfig",
        "metadata": {"name": plan.cluster_name},
        "rendezvousIP": str(plan.rendezvous_ip),
        "hosts": [{"hostname": node.name, "role": str(node.role), **host(node, plan)} for node in plan.cluster_nodes],
    }
    if settings.openshift.ntp:
        document["additionalNTPSources"] = list(settings.openshift.ntp)
    return document


def host(node: Node, plan: Plan) -> dict[str, Any]:
    """What the installer knows of a machine, whether it installs it or adds it later (nodes_config)."""
    return {
        "hostname": node.name,
        "rootDeviceHints": {"deviceName": _ROOT_DISK},
        "interfaces": [{"name": nic.name, "macAddress": nic.mac} for nic in node.nics],
        "networkConfig": nmstate.at_install(node, plan),
    }
