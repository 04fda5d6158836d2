"""What an installation leaves in a fresh API server: namespaces, custom resource definitions, nodes, "complete"."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from .install import Host, Install
from .kube import Kube, KubeError

# Those that later layers put something into; the API server makes default, kube-public and kube-node-lease itself.
NAMESPACES = (
    "kube-system",
    "openshift-config",
    "openshift-ingress",
    "openshift-marketplace",
    "openshift-monitoring",
    "openshift-network-operator",
    "openshift-operators",
)
# infra-operator's API groups. Definitions of the other operators come with the operators.
CRD_GROUPS = frozenset(
    f"{group}.openstack.org" for group in ("network", "memcached", "rabbitmq", "redis", "topology", "instanceha")
)
ESTABLISHED_SECONDS = 30.0
KUBELET_REASONS = {
    "MemoryPressure": ("False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    "DiskPressure": ("False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    "PIDPressure": ("False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    "Ready": ("True", "KubeletReady", "kubelet is posting ready status"),
}


class ContentError(Exception):
    """The fresh API server did not take what an installation puts there."""


def fill(kube: Kube, install: Install, crds: list[dict[str, Any]]) -> None:
    """Apply everything but the mark of :func:`complete`. Repeatable. Raises KubeError, OSError or ContentError."""
    for crd in crds:
        kube.apply(crd)
    for name in NAMESPACES:
        kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    version = str(kube.request("GET", "/version")["gitVersion"])
    # Without compute replicas the installer makes the masters schedulable (mastersSchedulable of the Scheduler).
    compact = len(install.masters) == len(install.hosts)
    for host in install.hosts:
        made = node(host, schedulable=compact or host.role != "master")
        kube.apply(made)
        kube.apply({**made, "spec": {}, "status": node_status(host, version)}, "status")
    _wait_established(kube, [crd["metadata"]["name"] for crd in crds])


def complete(kube: Kube) -> None:
    """Set ConfigMap kube-system/bootstrap, last of all: whoever sees it sees the rest."""
    metadata = {"name": "bootstrap", "namespace": "kube-system"}
    kube.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"status": "complete"}})


def load_crds(directory: Path) -> list[dict[str, Any]]:
    """The custom resource definitions of CRD_GROUPS in the YAML files under ``directory``, in file order.

    Raises ContentError for a file that is not YAML.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's is ten times as fast, where it was built
    found = []
    for path in sorted(directory.rglob("*.yaml")):
        text = path.read_text()
        # A look before the parse: OpenStackControlPlane's file alone takes a second.
        if any(f"group: {group}" in text for group in CRD_GROUPS):
            try:
                found += [document for document in yaml.load_all(text, loader) if _wanted(document)]
            except yaml.YAMLError as error:
                raise ContentError(f"{path} is not YAML: {error}") from error
    return found


def node(host: Host, *, schedulable: bool) -> dict[str, Any]:
    """A Node object without status, as kubelet and machine-config-operator leave it.

    Schedulable masters have the label of workers too, and no taint (machine-config-operator pkg/controller/node).
    """
    roles = {"master", "control-plane"} if host.role == "master" else {host.role}
    roles |= {"worker"} if schedulable else set()
    labels = {f"node-role.kubernetes.io/{role}": "" for role in sorted(roles)}
    labels |= {
        "kubernetes.io/hostname": host.hostname,
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/os": "linux",
        "node.openshift.io/os_id": "rhel",
    }
    spec = {} if schedulable else {"taints": [{"key": "node-role.kubernetes.io/master", "effect": "NoSchedule"}]}
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": host.hostname, "labels": labels}, "spec": spec}


def node_status(host: Host, version: str) -> dict[str, Any]:
    """The status of a healthy node; capacity is that of the program's default machines, not of the small guest."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    capacity = {"cpu": "8", "memory": "24576Mi", "pods": "250", "ephemeral-storage": "117187500Ki"}
    return {
        "addresses": [
            {"type": "InternalIP", "address": host.ip},
            {"type": "Hostname", "address": host.hostname},
        ],
        "capacity": capacity,
        "allocatable": capacity,
        "conditions": [
            {
                "type": kind,
                "status": status,
                "reason": reason,
                "message": message,
                "lastHeartbeatTime": now,
                "lastTransitionTime": now,
            }
            for kind, (status, reason, message) in KUBELET_REASONS.items()
        ],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
        "nodeInfo": {
            "architecture": "amd64",
            "operatingSystem": "linux",
            "osImage": "Red Hat Enterprise Linux CoreOS (stand-in of the rehearsal)",
            "kernelVersion": "5.14.0",
            "kubeletVersion": version,
            "kubeProxyVersion": version,
            "containerRuntimeVersion": "cri-o://1.31",
            "bootID": "",
            "machineID": "",
            "systemUUID": "",
        },
    }


def _wanted(document: object) -> bool:
    if not isinstance(document, dict) or document.get("kind") != "CustomResourceDefinition":
        return False
    return document["spec"]["group"] in CRD_GROUPS


def _wait_established(kube: Kube, names: list[str]) -> None:
    deadline = time.monotonic() + ESTABLISHED_SECONDS
    while missing := set(names).difference(_established(kube)):
        if time.monotonic() > deadline:
            raise ContentError(f"not established after {ESTABLISHED_SECONDS:.0f} s: {', '.join(sorted(missing))}")
        time.sleep(0.1)


def _established(kube: Kube) -> Iterator[str]:
    try:
        listed = kube.request("GET", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions")
    except KubeError as error:
        raise ContentError(f"cannot list custom resource definitions: {error}") from error
    for item in listed["items"]:
        # A definition that was just made has null conditions, not none.
        told = (item.get("status") or {}).get("conditions") or ()
        conditions = {entry["type"]: entry["status"] for entry in told}
        if conditions.get("Established") == "True":
            yield item["metadata"]["name"]
