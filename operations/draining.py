"""A node that leaves: cordoned, its replicas moved one at a time, drained, and only then deleted.

A replica with a volume on the node's own disk comes up elsewhere once its claim is gone (traps.md 36). The eviction is
tried before the claim is deleted: while a disruption budget forbids it, the data stays. What was begun is noted on the
Node, so that the next run goes on with it, and the Node of a worker that stays after all is taken back into service.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from operations import volumes
from operations.cluster import CONFLICT, Cluster, NotYetError, Object, at, leaving
from operations.joining import NODES, is_ready
from operations.volumes import PODS, Local
from readiness import spec
from readiness.client import LaterError, RefusedError
from readiness.errors import NotReachableError, OutOfTimeError, TerminalFailureError
from readiness.verdict import conditions, has, reasoned, status

MARK = "rhoso-lab/leaving"
"""Annotation of a Node that this step has cordoned; its value is the pod ("namespace/name") being moved, or ""."""

_MIRROR = "kubernetes.io/config.mirror"  # annotation: kubelet's own static pod
_ROLES = ("node-role.kubernetes.io/master", "node-role.kubernetes.io/control-plane")
_LEFT_SHOWN = 2


def refuse_masters(cluster: Cluster, names: Collection[str]) -> None:
    """Only workers leave, whatever the list says."""
    for name in sorted(names):
        labels = at(cluster.get(_path(name)), "metadata.labels") or {}
        if any(role in labels for role in _ROLES):
            raise TerminalFailureError(f"Node {name} is of the control plane, which this step never takes apart")


def keep(cluster: Cluster, names: Collection[str]) -> None:
    """Take nodes back into service that an earlier run was about to remove and that are planned again."""
    for node in cluster.items(NODES):
        name = node["metadata"]["name"]
        if name in names and MARK in (at(node, "metadata.annotations") or {}):
            cluster.say(f"{name} stays after all: it is made schedulable again")
            change = {"metadata": {"annotations": {MARK: None}}, "spec": {"unschedulable": None}}
            cluster.patch(f"Node {name}", _path(name), change)


class Leaving:
    """``gone``: all the nodes that leave; nothing is moved from one of them to another."""

    def __init__(self, cluster: Cluster, gone: Collection[str]) -> None:
        self._cluster = cluster
        self._gone = frozenset(gone)

    def leave(self, local: Collection[Local]) -> None:
        """Take all of them out of the cluster; ``local`` are the volumes there, which are deleted."""
        for name in sorted(self._gone):
            self._cordon(name)
        for name in sorted(self._gone):
            try:
                self._one(name, [volume for volume in local if volume.node == name])
            except OutOfTimeError as error:
                raise OutOfTimeError(
                    f"{error}\n{name} takes no new pods meanwhile. pulumi up goes on from here; if the worker is "
                    f"planned again instead, it is made schedulable again.{self._hint(name)}"
                ) from error

    def _hint(self, name: str) -> str:
        try:
            node = self._cluster.look(_path(name))
        except NotReachableError:
            return ""
        return "" if node is None or is_ready(node) else _DEAD.format(name=name)

    def _cordon(self, name: str) -> None:
        node = self._cluster.get(_path(name))
        if node is None or (at(node, "spec.unschedulable") and MARK in (at(node, "metadata.annotations") or {})):
            return
        self._cluster.say(f"{name} leaves: it takes no new pods")
        self._change(name, {"metadata": {"annotations": {MARK: ""}}, "spec": {"unschedulable": True}})

    def _one(self, name: str, local: list[Local]) -> None:
        node = self._cluster.get(_path(name))
        begun = (at(node, "metadata.annotations") or {}).get(MARK, "")
        users = {volumes.name(pod): pod for volume in local for pod in volume.pods}
        if begun and begun not in users:
            self._come_back(begun)
        for called, pod in sorted(users.items()):
            self._move(name, pod, [volume for volume in local if called in map(volumes.name, volume.pods)])
        for volume in local:
            self._release(volume)
        self._drain(name)
        if is_ready(node):
            # While the node lives, so does what can remove a volume from its disk.
            self._cluster.until(f"volumes of {name}", lambda: self._no_volumes(name))
        elif local:
            self._cluster.say(f"{name} is not Ready: its PersistentVolumes stay listed, nobody there removes them")
        if node is not None:
            self._cluster.say(f"deleting Node {name}")
            self._cluster.delete(f"Node {name}", _path(name))
            self._cluster.until(f"Node {name}", lambda: self._deleted(name))

    def _move(self, node: str, pod: Object, local: list[Local]) -> None:
        called = volumes.name(pod)
        told = ", ".join(f"{volume.claim} ({volume.size})" for volume in local)
        self._cluster.say(f"{node}: moving {called}, deleting its {told}")
        self._cluster.until(f"the other replicas of {called}", lambda: self._others_ready(pod))
        self._cluster.until(f"moving {called}", lambda: self._evict(pod, dry=True))
        if volumes.is_replica(pod):
            self._change(node, {"metadata": {"annotations": {MARK: called}}})
        for volume in local:
            self._release(volume)
        self._cluster.until(f"moving {called}", lambda: self._evict(pod))
        if volumes.is_replica(pod):
            self._come_back(called)
            self._change(node, {"metadata": {"annotations": {MARK: ""}}})

    def _release(self, volume: Local) -> None:
        path = spec.path("v1", "persistentvolumeclaims", volume.claim, volume.namespace)
        self._cluster.delete(f"claim {volume.namespace}/{volume.claim}", path, volume.uid)

    def _others_ready(self, pod: Object) -> None:
        """One copy of the data less must be bearable: all others are there."""
        there = (self._cluster.look(spec.path("v1", "pods", None, pod["metadata"]["namespace"])) or {}).get("items")
        for other in volumes.siblings(pod, there or []):
            if trouble := _trouble(other):
                raise NotYetError(f"{volumes.name(other)} {trouble}")

    def _evict(self, pod: Object, dry: bool = False) -> None:
        """Ask for the end of this pod; one of the same name that has come since is another."""
        metadata = pod["metadata"]
        options: dict[str, Any] = {"preconditions": {"uid": metadata["uid"]}}
        eviction = {
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": metadata["name"], "namespace": metadata["namespace"]},
            "deleteOptions": {**options, "dryRun": ["All"]} if dry else options,
        }
        path = spec.path("v1", "pods", metadata["name"], metadata["namespace"])
        try:
            self._cluster.ask("POST", f"{path}/eviction", eviction)  # None: it is gone
        except LaterError as error:
            raise NotYetError(error.said) from error
        except RefusedError as error:
            if error.status != CONFLICT:
                raise TerminalFailureError(f"the eviction of {volumes.name(pod)} is refused: {error.said}") from error

    def _come_back(self, called: str) -> None:
        namespace, _, name = called.partition("/")
        path = spec.path("v1", "pods", name, namespace)

        def back() -> None:
            pod = self._cluster.look(path)
            if pod is None:
                raise NotYetError("is not made anew yet")
            where = at(pod, "spec.nodeName")
            if where in self._gone:
                raise NotYetError(f"is {'ending' if leaving(pod) else 'still'} on {where}")
            if trouble := _trouble(pod):
                raise NotYetError(trouble)
            self._cluster.say(f"{called} is Ready on {where}")

        self._cluster.until(called, back)

    def _drain(self, name: str) -> None:
        self._cluster.say(f"{name}: evicting what else runs there")
        self._cluster.until(f"draining {name}", lambda: self._drained(name))

    def _drained(self, name: str) -> None:
        found = (self._cluster.look(f"{PODS}?fieldSelector=spec.nodeName={name}") or {}).get("items") or []
        left = [pod for pod in found if not _stays(pod)]
        held = []
        for pod in left:
            if not leaving(pod):
                try:
                    self._evict(pod)
                except NotYetError as error:
                    held.append(f"{volumes.name(pod)}: {error}")
        if left:
            words = held or [f"{volumes.name(pod)} is ending" for pod in left]
            raise NotYetError(f"{len(left)} pods left; {'; '.join(words[:_LEFT_SHOWN])}")

    def _no_volumes(self, name: str) -> None:
        if left := volumes.ending(self._cluster, name):
            raise NotYetError(f"{'; '.join(left[:_LEFT_SHOWN])} ({len(left)} in all)")

    def _deleted(self, name: str) -> None:
        if self._cluster.look(_path(name)) is not None:
            raise NotYetError("is being deleted")

    def _change(self, name: str, change: Mapping[str, Any]) -> None:
        if self._cluster.get(_path(name)) is not None:
            self._cluster.patch(f"Node {name}", _path(name), change)


_DEAD = (
    "\n{name} is not Ready, so nobody there says that a pod has ended. If the machine is off for good, this ends them: "
    "oc adm taint node {name} node.kubernetes.io/out-of-service=nodeshutdown:NoExecute"
)


def _path(name: str) -> str:
    return spec.path("v1", "nodes", name)


def _stays(pod: Object) -> bool:
    """What a drain leaves alone: pods of daemon sets, kubelet's own, and those that have ended."""
    metadata = pod["metadata"]
    owners = metadata.get("ownerReferences") or ()
    if any(owner["kind"] == "DaemonSet" and owner.get("controller") for owner in owners):
        return True
    return _MIRROR in (metadata.get("annotations") or {}) or volumes.finished(pod)


def _trouble(pod: Object) -> str:
    """Why it is not Ready; "" if it is."""
    if leaving(pod):
        return "is ending"
    said = conditions(status(pod))
    if has(said.get("Ready"), "True"):
        return ""
    scheduled = said.get("PodScheduled")
    entry = scheduled if scheduled is not None and not has(scheduled, "True") else said.get("Ready")
    return f"is {at(pod, 'status.phase') or 'new'}: {reasoned(entry) if entry else 'nothing said yet'}"
