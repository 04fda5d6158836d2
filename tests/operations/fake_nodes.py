"""Nodes, replicas and volumes in the fake cluster, and what plays kubelet, StatefulSet controller and provisioner."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.operations.fake_cluster import FakeCluster, Object, condition, conditions
from tests.operations.fake_requests import client, serving

NODES, VOLUMES = "/api/v1/nodes", "/api/v1/persistentvolumes"
REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
READY = conditions(condition("PodScheduled"), condition("Ready"))
SPACE = "openstack"
PODS, CLAIMS = f"/api/v1/namespaces/{SPACE}/pods", f"/api/v1/namespaces/{SPACE}/persistentvolumeclaims"
STARTING = conditions(condition("Ready", "False", "KubeletNotReady", "no CNI configuration file"))


def node(cluster: FakeCluster, name: str, status: Object = READY, **parts: Any) -> Object:
    return cluster.add(NODES, name, status=status, **{"spec": {}, **parts})


def request(cluster: FakeCluster, name: str, spec: Object, *said: Object) -> Object:
    """A CertificateSigningRequest; ``said``: its conditions."""
    return cluster.add(REQUESTS, name, spec=spec, status=conditions(*said) if said else {})


def approved(cluster: FakeCluster, name: str) -> bool:
    said = cluster.objects[f"{REQUESTS}/{name}"].get("status", {}).get("conditions", [])
    return any(entry["type"] == "Approved" for entry in said)


class Machine:
    """A machine that boots from a node ISO: asks, registers, asks, is Ready; each once what was before is so."""

    def __init__(self, cluster: FakeCluster, name: str, address: str) -> None:
        self.name, self.address = name, address
        cluster.controllers.append(self)

    def __call__(self, cluster: FakeCluster) -> None:
        first, second = f"csr-{self.name}-client", f"csr-{self.name}-serving"
        known = cluster.names(REQUESTS)
        if first not in known:
            request(cluster, first, client(self.name))
        elif second not in known and approved(cluster, first):
            node(cluster, self.name, STARTING)
            request(cluster, second, serving(self.name, self.address))
        elif second in known and approved(cluster, second):
            cluster.objects[f"{NODES}/{self.name}"]["status"] = READY


def replica(cluster: FakeCluster, name: str, where: str, claim: str | None = None, **parts: Any) -> Object:
    """A pod of a StatefulSet with a volume on its node's own disk, the claim and the volume."""
    claim = claim or f"data-{name}"
    metadata = {"finalizers": ["kubernetes.io/pvc-protection"], "namespace": SPACE}
    uid = cluster.add(CLAIMS, claim, metadata=metadata)["metadata"]["uid"]
    volume(cluster, f"pvc-{claim}", where, claim, uid)
    return pod(cluster, name, where, claims=[claim], **parts)


def volume(cluster: FakeCluster, name: str, where: str, claim: str, uid: str, **spec: Any) -> Object:
    expression = {"key": "topology.topolvm.io/node", "operator": "In", "values": [where]}
    term = {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}
    made = {
        "claimRef": {"namespace": SPACE, "name": claim, "uid": uid},
        "capacity": {"storage": "10Gi"},
        "persistentVolumeReclaimPolicy": "Delete",
        "nodeAffinity": {"required": term},
        **spec,
    }
    return cluster.add(VOLUMES, name, spec=made, status={"phase": "Bound"})


def pod(
    cluster: FakeCluster, name: str, where: str, claims: Sequence[str] = (), replica: bool = True, **metadata: Any
) -> Object:
    labels = {"statefulset.kubernetes.io/pod-name": name} if replica else {}
    used = [{"name": claim, "persistentVolumeClaim": {"claimName": claim}} for claim in claims]
    spec = {"volumes": used, **({"nodeName": where} if where else {})}
    status = {"phase": "Running" if where else "Pending", **(READY if where else UNSCHEDULED)}
    return cluster.add(
        PODS, name, metadata={"namespace": SPACE, "labels": labels, **metadata}, spec=spec, status=status
    )


UNSCHEDULED = conditions(condition("PodScheduled", "False", "Unschedulable", "0/3 nodes are available"))


class Controllers:
    """One step of theirs after every request. ``free``: nodes on which replicas come up again, one after the other.

    ``dead``: nodes whose kubelet is gone. ``starting``: replicas that will be Ready at the next step.
    """

    def __init__(self, cluster: FakeCluster, *free: str) -> None:
        self.free, self.dead = list(free), set[str]()
        self.starting: list[str] = []
        cluster.controllers.append(self)

    def __call__(self, cluster: FakeCluster) -> None:
        for name in self.starting:
            cluster.objects[f"{PODS}/{name}"]["status"] = {"phase": "Running", **READY}
        self.starting.clear()
        for path, obj in list(cluster.objects.items()):
            collection, _, name = path.rpartition("/")
            if collection == PODS:
                self._kubelet(cluster, path, obj)
            elif collection == CLAIMS and obj["metadata"].get("deletionTimestamp") and not _used(cluster, name):
                del cluster.objects[path]
            elif collection == VOLUMES:
                self._provisioner(cluster, path, obj)

    def _kubelet(self, cluster: FakeCluster, path: str, obj: Object) -> None:
        if obj["metadata"].get("deletionTimestamp") and obj["spec"].get("nodeName") not in self.dead:
            del cluster.objects[path]
            if obj["metadata"]["labels"]:
                self._anew(cluster, obj)

    def _provisioner(self, cluster: FakeCluster, path: str, obj: Object) -> None:
        if obj["status"]["phase"] == "Released":
            del cluster.objects[path]
        elif obj["status"]["phase"] == "Bound" and not _claimed(cluster, obj):
            obj["status"]["phase"] = "Released"

    def _anew(self, cluster: FakeCluster, old: Object) -> None:
        """As the StatefulSet controller: with the same claims, new ones where the old are going."""
        name = old["metadata"]["name"]
        names = [entry["persistentVolumeClaim"]["claimName"] for entry in old["spec"]["volumes"]]
        old_claims = [cluster.objects.get(f"{CLAIMS}/{claim}") for claim in names]
        if any(one is not None and not one["metadata"].get("deletionTimestamp") for one in old_claims):
            pod(cluster, name, "", claims=names)  # it waits for the node that its volume is on
            return
        if not self.free:
            pod(cluster, name, "", claims=names)
            return
        where = self.free.pop(0)
        for claim in names:
            cluster.objects.pop(f"{CLAIMS}/{claim}", None)
        made = replica(cluster, name, where, claim=names[0]) if names else pod(cluster, name, where)
        made["status"] = {"phase": "Pending", **conditions(condition("Ready", "False", "ContainersNotReady"))}
        self.starting.append(name)


def _used(cluster: FakeCluster, claim: str) -> bool:
    """By a pod that has a node: as the controller that protects claims."""
    return any(
        entry["persistentVolumeClaim"]["claimName"] == claim
        for one in cluster.pods()
        for entry in one["spec"]["volumes"]
        if one["spec"].get("nodeName")
    )


def _claimed(cluster: FakeCluster, volume: Object) -> bool:
    claim = volume["spec"]["claimRef"]
    there = cluster.objects.get(f"{CLAIMS}/{claim['name']}")
    return there is not None and bool(there["metadata"]["uid"] == claim["uid"])
