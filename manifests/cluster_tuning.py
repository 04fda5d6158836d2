"""OVN-Kubernetes as RHOSO needs it (rhoso.md, S0): without forwarding, MetalLB's addresses on the second NIC are mute.

An install manifest (install_manifests.py), so that no roll-out of the network is needed later (traps.md 43).
"""

from __future__ import annotations

from typing import Any

NAME = "cluster-network-03-config.yml"
"""Its file among the install manifests, called as documentation calls it; the agent installer takes any name
(openshift/installer pkg/asset/agent/manifests/extramanifests.go). Networks and type, which are left out, the cluster's
network operator adds from the installation (cluster-network-operator pkg/network/cluster_config.go)."""


def network_operator() -> dict[str, Any]:
    """The cluster's Network with forwarding between all interfaces."""
    gateway = {"ipForwarding": "Global", "routingViaHost": True}
    return {
        "apiVersion": "operator.openshift.io/v1",
        "kind": "Network",
        "metadata": {"name": "cluster"},
        "spec": {"defaultNetwork": {"type": "OVNKubernetes", "ovnKubernetesConfig": {"gatewayConfig": gateway}}},
    }
