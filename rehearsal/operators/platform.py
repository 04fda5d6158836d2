"""What OpenShift and the kubelets do by themselves: roll out a changed network, end pods."""

from __future__ import annotations

from typing import Any

from rehearsal.cluster.kube import KubeError

from .standin import KEEP, StandIn, View, condition
from .world import Object, World

NETWORK = "Network.operator.openshift.io"


class Network(StandIn):
    """cluster-network-operator: while it rolls a change out, its ClusterOperator says so."""

    kind = NETWORK

    def parts(self, view: View, world: World) -> list[dict[str, Any]]:
        if view.obj["metadata"]["name"] != "cluster":
            return []
        done = view.phase == "ready"
        reason = "AsExpected" if done else "Deploying"
        said = "" if done else 'DaemonSet "/openshift-ovn-kubernetes/ovnkube-node" is not available'
        progressing = condition("Progressing", not done, reason, view.problem or said)
        degraded = condition("Degraded", view.phase == "failed", "AsExpected", view.problem)
        states = [condition("Available", True, "AsExpected"), progressing, degraded, condition("Upgradeable", True)]
        return [
            {
                "apiVersion": "config.openshift.io/v1",
                "kind": "ClusterOperator",
                "metadata": {"name": "network", "annotations": _KEPT},
                "status": {"conditions": states},
            }
        ]


class Pod(StandIn):
    """The kubelet's part in a deletion: a pod on a node is gone only when its kubelet says so."""

    kind = "Pod"

    def settled(self, obj: Object) -> bool:
        return True

    def gone(self, obj: Object, world: World) -> str | None:
        metadata = obj["metadata"]
        path = f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}"
        options = {"gracePeriodSeconds": 0, "preconditions": {"uid": metadata["uid"]}}
        try:
            world.kube().request("DELETE", path, options)
        except KubeError as error:
            if error.status not in (404, 409):
                raise
        return None


_KEPT = {KEEP: "true"}
STANDINS = (Network(), Pod())
