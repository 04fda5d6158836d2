"""Objects that several operators make: pods, Services with endpoints; as they look once everything in them runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .standin import KEEP, SINCE, condition

IMAGE = "registry.invalid/rehearsal/stand-in"  # nobody pulls it: the nodes have no kubelet


def pod(name: str, namespace: str, labels: Mapping[str, str], node: str = "", ready: bool = True) -> dict[str, Any]:
    """A running pod and its status, for :meth:`.standin.StandIn.parts`; ``node``: where it runs."""
    spec: dict[str, Any] = {
        "containers": [{"name": "main", "image": IMAGE}],
        "automountServiceAccountToken": False,
        "tolerations": [{"operator": "Exists"}],
        # There is no kubelet that would report the end of one that is deleted or evicted.
        "terminationGracePeriodSeconds": 0,
    }
    if node:
        spec["nodeName"] = node
    waiting = {"waiting": {"reason": "ContainerCreating"}}
    container = {
        "name": "main",
        "image": IMAGE,
        "imageID": IMAGE,
        "ready": ready,
        "restartCount": 0,
        "started": ready,
        "state": {"running": {"startedAt": SINCE}} if ready else waiting,
    }
    names = ("PodScheduled", "Initialized", "ContainersReady", "Ready")
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": dict(labels)},
        "spec": spec,
        "status": {
            "phase": "Running" if ready else "Pending",
            "conditions": [condition(kind, ready or not kind.endswith("Ready")) for kind in names],
            "containerStatuses": [container],
        },
    }


def service(
    name: str, namespace: str, selector: Mapping[str, str], port: int, target: int, addresses: list[str] | None = None
) -> list[dict[str, Any]]:
    """A Service, and the Endpoints and EndpointSlice that a controller would give it.

    ``addresses``: of its ready pods, by default one; [] is a Service behind which nothing answers.
    """
    ready = ["10.128.0.10"] if addresses is None else addresses
    metadata = {"name": name, "namespace": namespace}
    subset = {"addresses": [{"ip": ip} for ip in ready], "ports": [{"port": target, "protocol": "TCP"}]}
    slice_labels = {"kubernetes.io/service-name": name, "endpointslice.kubernetes.io/managed-by": "rehearsal"}
    return [
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": metadata,
            "spec": {
                "selector": dict(selector),
                "ports": [{"port": port, "targetPort": target, "protocol": "TCP"}],
            },
        },
        {"apiVersion": "v1", "kind": "Endpoints", "metadata": metadata, "subsets": [subset] if ready else []},
        {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {**metadata, "name": f"{name}-rehearsal", "labels": slice_labels},
            "addressType": "IPv4",
            "endpoints": [{"addresses": [ip], "conditions": {"ready": True}} for ip in ready],
            "ports": [{"name": "", "port": target, "protocol": "TCP"}],
        },
    ]


def namespace(name: str) -> dict[str, Any]:
    """A namespace that an operator makes for what it runs; it stays when the operator goes."""
    labels = {"pod-security.kubernetes.io/enforce": "privileged"}
    annotations = {KEEP: "true"}
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": name, "labels": labels, "annotations": annotations},
    }
