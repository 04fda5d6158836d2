"""Volumes that lie on one node's own disk (LVMS, local storage): what of them there is, and who uses it.

Such a PersistentVolume says with its node affinity where it is. It can't be moved: it ends with its claim, and a new
one is made wherever the pod that claims it runs then.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from operations.cluster import Cluster, Object, at
from readiness import spec

VOLUMES = spec.path("v1", "persistentvolumes")
PODS = spec.path("v1", "pods")

_KEYS = ("kubernetes.io/hostname", "topology.topolvm.io/node")
_REPLICA = "statefulset.kubernetes.io/pod-name"  # label: the StatefulSet controller's, the pod's own name
_FINISHED = ("Succeeded", "Failed")
_LISTED = 40  # volumes in one message


@dataclass(frozen=True)
class Local:
    """A volume that is bound, with its claim and the pods that use it. ``node``: where it lies; ``use``: in words."""

    node: str
    namespace: str
    claim: str
    uid: str
    size: str
    pods: Sequence[Object]
    use: str


def local(cluster: Cluster, nodes: Collection[str]) -> list[Local]:
    """The bound volumes that can be used on these nodes only, by node and claim."""
    volumes = [volume for volume in _items(cluster, VOLUMES) if at(volume, "status.phase") == "Bound"]
    found = [(min(where), volume) for volume in volumes if (where := places(volume)) and where <= set(nodes)]
    pods = _items(cluster, PODS) if found else []
    return sorted((_local(node, volume, pods) for node, volume in found), key=_place)


def places(volume: Mapping[str, object]) -> set[str]:
    """The nodes that a volume names as the only ones on which it is; empty for one that is not tied to any."""
    terms = at(volume, "spec.nodeAffinity.required.nodeSelectorTerms") or ()
    named = [_named(term) for term in terms]
    return set().union(*named) if all(named) else set()


def ending(cluster: Cluster, node: str) -> list[str]:
    """The volumes on a node that are being removed, or still to be: their claims are gone or going."""
    return [
        f"{volume['metadata']['name']} is {at(volume, 'status.phase') or 'new'}"
        for volume in (cluster.look(VOLUMES) or {}).get("items") or []
        if places(volume) == {node}
        and at(volume, "spec.persistentVolumeReclaimPolicy") == "Delete"
        and at(volume, "status.phase") in ("Bound", "Released", "Failed")
    ]


def is_replica(pod: Object) -> bool:
    """Whether a StatefulSet makes it, with its claims, anew by the same name."""
    labels = pod["metadata"].get("labels") or {}
    return bool(labels.get(_REPLICA) == pod["metadata"]["name"])


def siblings(pod: Object, pods: Sequence[Object]) -> list[Object]:
    """The other replicas of its StatefulSet, as far as they are there."""

    def of(one: Object) -> tuple[str, str]:
        return one["metadata"]["namespace"], one["metadata"]["name"].rpartition("-")[0]

    return [one for one in pods if is_replica(one) and of(one) == of(pod) and name(one) != name(pod)]


def finished(pod: Object) -> bool:
    """Whether nothing of it runs any more."""
    return at(pod, "status.phase") in _FINISHED


def name(pod: Object) -> str:
    """ "openstack/openstack-galera-0"."""
    return f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"


def told(volumes: Sequence[Local]) -> str:
    """A line for each."""
    lines = [f"  {one.node}: {one.namespace}/{one.claim}, {one.size}, {one.use}" for one in volumes[:_LISTED]]
    more = [f"  and {len(volumes) - _LISTED} more"] if len(volumes) > _LISTED else []
    return "\n".join(lines + more)


def _use(pod: Object, pods: Sequence[Object]) -> str:
    if not is_replica(pod):
        return f"of pod {pod['metadata']['name']}, which nothing makes anew with a new claim"
    others = len(siblings(pod, pods))
    return f"of pod {pod['metadata']['name']}, {f'one of {others + 1} replicas' if others else 'the only replica'}"


def _local(node: str, volume: Object, pods: Sequence[Object]) -> Local:
    claim = volume["spec"]["claimRef"]
    size = str(at(volume, "spec.capacity.storage") or "of unknown size")
    users = [
        pod
        for pod in pods
        if claim["name"] in claims(pod, claim["namespace"])
        # One that runs elsewhere has a new claim of that name.
        and at(pod, "spec.nodeName") in (None, "", node)
        and not finished(pod)
    ]
    use = ", ".join(_use(pod, pods) for pod in users) or "used by no pod"
    return Local(node, claim["namespace"], claim["name"], claim["uid"], size, users, use)


def claims(pod: Object, namespace: str) -> Iterator[str]:
    """The claims in a namespace that a pod uses."""
    if pod["metadata"]["namespace"] == namespace:
        for volume in at(pod, "spec.volumes") or ():
            if "persistentVolumeClaim" in volume:
                yield volume["persistentVolumeClaim"]["claimName"]


def _named(term: Mapping[str, object]) -> set[str]:
    """The nodes that a term of a selector names; all of its expressions hold at once."""
    sets = [
        set(entry.get("values") or ())
        for entry in at(term, "matchExpressions") or ()
        if entry.get("key") in _KEYS and entry.get("operator") == "In"
    ]
    return set.intersection(*sets) if sets else set()


def _items(cluster: Cluster, path: str) -> list[Object]:
    """All, also those on their way out: a claim that is being deleted still has its data."""
    return (cluster.get(path) or {}).get("items") or []


def _place(volume: Local) -> tuple[str, str, str]:
    return volume.node, volume.namespace, volume.claim
