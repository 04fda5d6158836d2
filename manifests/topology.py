"""``Topology``: how the pods of one service spread over the nodes (rhoso.md, S12).

It takes the place of each operator's own preference, so that one rule holds for the whole control plane. The rule is a
wish, not a condition: a lab with a node down must still be able to start every pod.
"""

from __future__ import annotations

from typing import Any

API_VERSION = "topology.openstack.org/v1beta1"
CRD = "topologies.topology.openstack.org"
NAME = "spread"


def render(namespace: str) -> dict[str, Any]:
    """The Topology that the whole control plane refers to. Each operator adds the labels of its own pods."""
    return {
        "apiVersion": API_VERSION,
        "kind": "Topology",
        "metadata": {"name": NAME, "namespace": namespace},
        "spec": {
            "topologySpreadConstraints": [
                {"maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway"}
            ]
        },
    }
