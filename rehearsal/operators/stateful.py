"""StatefulSets whose replicas have volumes: what Kubernetes' controllers, scheduler and LVMS make of them together.

A volume of LVMS lies on the disk of one node, and as long as its claim exists its replica runs there or nowhere. Once
both are gone a replica gets a new claim, on whichever node has room. Unlike upstream's, claims end with their set: a
rehearsal takes the layers below away as well, and LVMS waits for its volumes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from .control_plane_networks import nodes
from .control_plane_replicas import STATEFUL_SETS
from .control_plane_storage import nodes_with
from .nodes import name, tolerates
from .objects import pod
from .standin import StandIn, View, condition, observed
from .world import Object, World, is_true, status_of

CLAIMS, VOLUMES = "PersistentVolumeClaim", "PersistentVolume"
POD_NAME = "statefulset.kubernetes.io/pod-name"
SELECTED = "volume.kubernetes.io/selected-node"  # annotation: the scheduler's to the provisioner
NODE = "topology.topolvm.io/node"
_UNPLACED = "0/{all} nodes are available: {why}."


class StatefulSet(StandIn):
    """Claims, volumes and pods of the replicas."""

    kind = STATEFUL_SETS

    def parts(self, view: View, world: World) -> list[dict[str, Any]]:
        placing = _Placing(view.obj, world)
        replicas = view.obj["spec"].get("replicas", 1)
        made = [part for number in range(replicas) for part in placing.replica(number)]
        return made + [part for number in placing.claimed() if number >= replicas for part in placing.data(number)]

    def status(self, view: View, world: World) -> dict[str, Any]:
        metadata = view.obj["metadata"]
        labels = view.obj["spec"]["selector"]["matchLabels"]
        pods = world.all("Pod", metadata["namespace"], labels)
        ready = sum(is_true(one, "Ready") for one in pods)
        counts = {"replicas": len(pods), "readyReplicas": ready, "availableReplicas": ready, "updatedReplicas": ready}
        return {**observed(view.obj), **counts, "currentReplicas": len(pods)}


class Claim(StandIn):
    """What protects a claim: it goes when no pod that has a node uses it any more."""

    kind = CLAIMS
    finalizer = "kubernetes.io/pvc-protection"

    def gone(self, obj: Object, world: World) -> str | None:
        metadata = obj["metadata"]
        for one in world.all("Pod", metadata["namespace"]):
            if one["spec"].get("nodeName") and metadata["name"] in _claimed(one):
                return f"pod {name(one)} uses it"
        return None


class Volume(StandIn):
    """What protects a volume: it goes when its claim has."""

    kind = VOLUMES
    finalizer = "kubernetes.io/pv-protection"

    def gone(self, obj: Object, world: World) -> str | None:
        wanted = obj["spec"].get("claimRef") or {}
        found = world.get(CLAIMS, wanted.get("name", ""), wanted.get("namespace"))
        held = found is not None and found["metadata"]["uid"] == wanted.get("uid")
        return f"bound to claim {wanted['namespace']}/{wanted['name']}" if held else None


class _Placing:
    """One look at a set: each replica is put where fewest of its set are, and then fewest volumes."""

    def __init__(self, obj: Object, world: World) -> None:
        self._set, self._world = obj, world
        self._namespace = obj["metadata"]["namespace"]
        [self._template] = obj["spec"]["volumeClaimTemplates"]
        self._class = self._template["spec"]["storageClassName"]
        selector = obj["spec"]["template"]["spec"].get("nodeSelector") or {}
        with_disks = nodes_with(self._class, selector, world)
        self._local = with_disks is not None
        self._open = {
            name(node)
            for node in nodes(world, selector)
            if tolerates(node, ()) and (with_disks is None or name(node) in with_disks)
        }
        claims = world.all(CLAIMS)
        self._volumes = Counter(map(_selected, claims))
        self._own = Counter(_selected(one) for one in claims if name(one).startswith(self._claim_of("")))

    def replica(self, number: int) -> list[dict[str, Any]]:
        """The parts of one replica that exist at this moment."""
        called = f"{self._set['metadata']['name']}-{number}"
        claim = self._world.get(CLAIMS, self._claim_of(str(number)), self._namespace)
        there = self._world.get("Pod", called, self._namespace)
        if claim is None:
            return [self._claim(number, self._place(), None)]  # its uid is in the volume's name, so that comes later
        if _is_ending(claim):
            # Nothing is made anew before the old claim has gone.
            return self.data(number) + (self._pod(called, number, _selected(claim), there) if there else [])
        where = _selected(claim) or self._place()
        volume = [self._volume(claim, where)] if where else []
        return [self._claim(number, where, claim), *volume, *self._pod(called, number, where, there)]

    def claimed(self) -> list[int]:
        """The numbers of the replicas that have a claim, also of those that there no longer are."""
        own = [name(one) for one in self._world.all(CLAIMS, self._namespace)]
        ends = [one.removeprefix(self._claim_of("")) for one in own if one.startswith(self._claim_of(""))]
        return sorted(int(end) for end in ends if end.isdecimal())

    def data(self, number: int) -> list[dict[str, Any]]:
        """Claim and volume as they are: they outlive their replica, the volume also a claim that is on its way out."""
        claim = self._world.get(CLAIMS, self._claim_of(str(number)), self._namespace)
        assert claim is not None
        where = _selected(claim)
        made = [] if _is_ending(claim) else [self._claim(number, where, claim)]
        return made + ([self._volume(claim, where)] if where else [])

    def _place(self) -> str:
        """A node for a new replica; "" where none is left."""
        found = min(self._open, key=lambda node: (self._own[node], self._volumes[node], node), default="")
        self._own[found] += 1
        self._volumes[found] += 1
        return found

    def _claim_of(self, number: str) -> str:
        return f"{self._template['metadata']['name']}-{self._set['metadata']['name']}-{number}"

    def _claim(self, number: int, where: str, there: Object | None) -> dict[str, Any]:
        spec, status = dict(self._template["spec"]), {"phase": "Pending"}
        if where and there is not None:
            spec["volumeName"] = _volume_name(there)
            capacity = spec["resources"]["requests"]
            status = {"phase": "Bound", "accessModes": spec["accessModes"], "capacity": capacity}
        metadata: dict[str, Any] = {"name": self._claim_of(str(number)), "namespace": self._namespace}
        metadata["labels"] = dict(self._set["spec"]["selector"]["matchLabels"])
        if where:
            metadata["annotations"] = {SELECTED: where}
        kind = {"apiVersion": "v1", "kind": "PersistentVolumeClaim"}
        return {**kind, "metadata": metadata, "spec": spec, "status": status}

    def _volume(self, claim: Object, where: str) -> dict[str, Any]:
        metadata = claim["metadata"]
        reference = {key: metadata[key] for key in ("name", "namespace", "uid")}
        spec: dict[str, Any] = {
            "capacity": self._template["spec"]["resources"]["requests"],
            "accessModes": self._template["spec"]["accessModes"],
            "storageClassName": self._class,
            "persistentVolumeReclaimPolicy": "Delete",
            "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim", **reference},
            "csi": {"driver": "topolvm.io", "volumeHandle": metadata["uid"], "fsType": "xfs"},
        }
        there = self._world.get(VOLUMES, _volume_name(claim))
        if self._local if there is None else "nodeAffinity" in there["spec"]:  # once made, it stays as it is
            term = {"matchExpressions": [{"key": NODE, "operator": "In", "values": [where]}]}
            spec["nodeAffinity"] = {"required": {"nodeSelectorTerms": [term]}}
        kind = {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": _volume_name(claim)}}
        return {**kind, "spec": spec, "status": {"phase": "Bound"}}

    def _pod(self, called: str, number: int, where: str, there: Object | None) -> list[dict[str, Any]]:
        """The pod where it runs; a new one where it may run; one without a node, which says why."""
        running = there["spec"].get("nodeName") if there is not None else ""
        if running:
            # Of a node that is gone nothing is left.
            return [self._made(called, number, running)] if self._world.get("Node", running) else []
        if not self._local and self._open:
            where = where if where in self._open else min(self._open)
        if where in self._open:
            # One that has waited is made anew: nobody here binds a pod to a node.
            return [self._made(called, number, where)] if there is None else []
        waiting = self._made(called, number, "")
        why = self._why(where)
        waiting["status"] = {
            "phase": "Pending",
            "conditions": [condition("PodScheduled", False, "Unschedulable", why)],
        }
        return [waiting]

    def _made(self, called: str, number: int, where: str) -> dict[str, Any]:
        labels = {**self._set["spec"]["selector"]["matchLabels"], POD_NAME: called}
        made = pod(called, self._namespace, labels, where)
        claim = self._claim_of(str(number))
        volume = {"name": self._template["metadata"]["name"], "persistentVolumeClaim": {"claimName": claim}}
        made["spec"]["volumes"] = [volume]
        return made

    def _why(self, where: str) -> str:
        known = [name(node) for node in self._world.all("Node")]
        if not where:
            why = f"none that takes pods has StorageClass {self._class}"
        elif where in known:
            why = f"1 node(s) were unschedulable ({where}), the others didn't match PersistentVolume's node affinity"
        else:
            why = f"they didn't match PersistentVolume's node affinity ({where}, which is gone)"
        return _UNPLACED.format(all=len(known), why=why)


def _selected(claim: Object | None) -> str:
    """The node that a claim's volume is on; "" while it has none."""
    annotations: Mapping[str, str] = (claim["metadata"].get("annotations") or {}) if claim is not None else {}
    return annotations.get(SELECTED, "")


def _is_ending(claim: Object) -> bool:
    return bool(claim["metadata"].get("deletionTimestamp"))


def _volume_name(claim: Object) -> str:
    return f"pvc-{claim['metadata']['uid']}"


def _claimed(one: Object) -> set[str]:
    """The claims that a pod uses."""
    if status_of(one).get("phase") in ("Succeeded", "Failed"):
        return set()
    volumes = one["spec"].get("volumes") or ()
    return {volume["persistentVolumeClaim"]["claimName"] for volume in volumes if "persistentVolumeClaim" in volume}


STANDINS = (StatefulSet, Claim, Volume)
