"""Deployments and DaemonSets as they look once all of their pods run; nobody here makes pods from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .objects import IMAGE, pod
from .standin import condition


def deployment(name: str, namespace: str, labels: Mapping[str, str], replicas: int = 1) -> list[dict[str, Any]]:
    """A Deployment that is Available, with its pods."""
    counts = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), replicas)
    conditions = [
        condition("Available", True, "MinimumReplicasAvailable", "Deployment has minimum availability."),
        condition("Progressing", True, "NewReplicaSetAvailable", f'ReplicaSet "{name}" has successfully progressed.'),
    ]
    status = {"observedGeneration": 1, **counts, "conditions": conditions}
    made = _workload("Deployment", name, namespace, labels, {"replicas": replicas}, status)
    return [made, *(pod(f"{name}-{number}", namespace, labels) for number in range(replicas))]


def daemon_set(name: str, namespace: str, labels: Mapping[str, str], on: Iterable[str]) -> list[dict[str, Any]]:
    """A DaemonSet with a ready pod on each of the nodes ``on``."""
    on = list(on)
    counts = ("currentNumberScheduled", "desiredNumberScheduled", "numberReady", "numberAvailable")
    status = {
        "observedGeneration": 1,
        "numberMisscheduled": 0,
        "updatedNumberScheduled": len(on),
        **dict.fromkeys(counts, len(on)),
    }
    made = _workload("DaemonSet", name, namespace, labels, {}, status)
    pods = [pod(f"{name}-{node}", namespace, labels, node) for node in on]
    for one in pods:
        # By this a drain knows that it must leave them. Its uid is what the server gives it (writer.py).
        one["metadata"]["ownerReferences"] = [
            {"apiVersion": "apps/v1", "kind": "DaemonSet", "name": name, "controller": True}
        ]
    return [made, *pods]


def _workload(
    kind: str, name: str, namespace: str, labels: Mapping[str, str], spec: dict[str, Any], status: dict[str, Any]
) -> dict[str, Any]:
    template = {"metadata": {"labels": dict(labels)}, "spec": {"containers": [{"name": "main", "image": IMAGE}]}}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace, "labels": dict(labels)},
        "spec": {**spec, "selector": {"matchLabels": dict(labels)}, "template": template},
        "status": status,
    }
