"""OVN-Kubernetes as RHOSO needs it (rhoso.md, S0): without forwarding, MetalLB's addresses on the second NIC are mute.

An install manifest (install_manifests.py), so that no roll-out of the network is needed later (traps.md 43).
"""

from __future__ import annotations

from typing import Any

NAME = "cluster-network-03-config.yml"
"""The installer merges its own network configuration with a manifest of this name."""


def network_operator() -> dict[str, Any]:
    """The cluster's Network with forwarding between all interfaces."""
    gateway = {"ipForwarding": "Global", "routingViaHost": True}
    return {
        "apiVersion": "operator.openshift.io/v1",
        "kind": "Network",
        "metadata": {"name": "cluster"},
        "spec": {"defaultNetwork": {"type": "OVNKubernetes", "ovnKubernetesConfig": {"gatewayConfig": gateway}}},
    }
