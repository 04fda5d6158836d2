"""The cluster's nodes: cordoned before they go, let in again when they come back, and uncordoned.

A Node that this command cordons gets an annotation, so that `make start` uncordons these and no other: it is found
wherever the cluster is found, by anybody, and an interrupted run loses nothing. Pods are not drained: all nodes go
down, so none could go elsewhere, and kubelet ends them in order when its machine shuts down.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TextIO

from operations.cluster import Cluster, NotYetError, Object, at
from operations.joining import NODES, Joining
from readiness import spec
from readiness.verdict import status

MARK = "rhoso-lab/at-rest"
"""Annotation of a Node that was cordoned here; its value is empty."""

_LEASES = spec.path("coordination.k8s.io/v1", "leases", None, "kube-node-lease")
_SIGNER = spec.path("v1", "secrets", "kube-apiserver-to-kubelet-signer", "openshift-kube-apiserver-operator")
_NOT_AFTER = "auth.openshift.io/certificate-not-after"
_FIRST_DAY = timedelta(hours=24)


class Heard(Cluster):
    """A cluster whose Nodes count as Ready only once their kubelets have been heard since this object was made.

    After a rest a Node still says what it said before, until the cluster notes its kubelet's silence (40 s and more).
    A kubelet renews its Lease every 10 s, so what has not been renewed since the first look is not believed.
    """

    def __init__(self, api: Mapping[str, Any], timeout: float, stderr: TextIO, first_pause: float) -> None:
        super().__init__(api, timeout, stderr, first_pause)
        self._first: dict[str, str] = {}
        self._heard: set[str] = set()

    def look(self, path: str) -> Object | None:
        """As a Cluster's, with Nodes as they may be believed."""
        found = super().look(path)
        if path != NODES or found is None:
            return found
        for lease in (super().look(_LEASES) or {}).get("items") or []:
            name, renewed = lease["metadata"]["name"], str(at(lease, "spec.renewTime"))
            if self._first.setdefault(name, renewed) != renewed:
                self._heard.add(name)
        return {**found, "items": [self._believed(node) for node in found.get("items") or []]}

    def _believed(self, node: Object) -> Object:
        if node["metadata"]["name"] in self._heard:
            return node
        unheard = {"type": "Ready", "status": "Unknown", "reason": "NotHeard", "message": "kubelet is not heard of yet"}
        return {**node, "status": {**status(node), "conditions": [unheard]}}


def answers(cluster: Cluster) -> None:
    """Wait for the API. Raises OutOfTimeError, and ConfigurationError when it lets nobody in."""

    def look() -> None:
        if cluster.look(NODES) is None:
            raise NotYetError("it serves no nodes yet")

    cluster.until("the cluster's API", look)


def cordon(cluster: Cluster, names: Collection[str]) -> None:
    """Let nothing new onto the nodes; one that somebody else has cordoned is left to that one."""
    for node in cluster.items(NODES):
        name = node["metadata"]["name"]
        if name in names and not at(node, "spec.unschedulable"):
            cluster.say(f"{name} takes no new pods")
            change = {"metadata": {"annotations": {MARK: ""}}, "spec": {"unschedulable": True}}
            cluster.patch(f"Node {name}", spec.path("v1", "nodes", name), change)


def uncordon(cluster: Cluster, names: Collection[str]) -> None:
    """Undo what `cordon` did, and nothing else."""
    for node in cluster.items(NODES):
        name = node["metadata"]["name"]
        if name in names and MARK in (at(node, "metadata.annotations") or {}):
            cluster.say(f"{name} takes pods again")
            change = {"metadata": {"annotations": {MARK: None}}, "spec": {"unschedulable": None}}
            cluster.patch(f"Node {name}", spec.path("v1", "nodes", name), change)


def let_in(cluster: Heard, nodes: Mapping[str, str]) -> None:
    """Wait until these nodes (name: address) are Ready, and approve the certificates that they ask for in their own
    names. Raises OutOfTimeError with what was seen of each."""
    Joining(cluster, nodes).wait()


def warn(cluster: Cluster, now: datetime | None = None) -> None:
    """Say until when the cluster may rest, and what its age means for its return."""
    now = now or datetime.now(UTC)
    made = at(cluster.get(spec.path("v1", "namespaces", "kube-system")), "metadata.creationTimestamp")
    if made and now - datetime.fromisoformat(made) < _FIRST_DAY:
        cluster.say(
            "warning: the cluster is not a day old. Its nodes' first certificates end 24 h after its installation, and "
            "after a longer rest each node asks for new ones, which make start approves"
        )
    until = (at(cluster.get(_SIGNER), "metadata.annotations") or {}).get(_NOT_AFTER)
    if until:
        cluster.say(f"the cluster may rest until {until}: after that its certificates can't be renewed by themselves")
