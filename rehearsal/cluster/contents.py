"""What an installation leaves in a fresh API server: definitions, namespaces, OpenShift's own objects, nodes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from . import pacing
from .definitions import OPENSHIFT
from .install import Host, Install
from .kube import Kube, KubeError
from .openshift import own_objects

# Those that later layers put something into; the API server makes default, kube-public and kube-node-lease itself.
NAMESPACES = (
    "kube-system",
    "openshift-config",
    "openshift-ingress",
    "openshift-machine-config-operator",
    "openshift-marketplace",
    "openshift-monitoring",
    "openshift-network-operator",
    "openshift-operators",
)
# OLM's groups, NetworkAttachmentDefinition's, cluster-network-operator's. Those of operators come with the operators.
CRD_GROUPS = frozenset({"operators.coreos.com", "k8s.cni.cncf.io", "operator.openshift.io"})
ESTABLISHED_SECONDS = 30.0
# A kubelet asks for its certificates as the first until it has one of its own, then as a member of the second.
BOOTSTRAPPER = {"kind": "ServiceAccount", "name": "node-bootstrapper", "namespace": "openshift-machine-config-operator"}
NODES = {"kind": "Group", "name": "system:nodes", "apiGroup": "rbac.authorization.k8s.io"}
KUBELET_REASONS = {
    "MemoryPressure": ("False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    "DiskPressure": ("False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    "PIDPressure": ("False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    "Ready": ("True", "KubeletReady", "kubelet is posting ready status"),
}
KUBELET_NOT_READY = (
    "False",
    "KubeletNotReady",
    "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady",
)
# What the cluster itself writes into each condition of a node whose kubelet is silent.
KUBELET_UNHEARD = {
    "status": "Unknown",
    "reason": "NodeStatusUnknown",
    "message": "Kubelet stopped posting node status.",
}


class ContentError(Exception):
    """The fresh API server did not take what an installation puts there."""


def fill(kube: Kube, install: Install, crds: list[dict[str, Any]]) -> None:
    """Apply everything but the mark of :func:`complete`. Repeatable. Raises KubeError, OSError or ContentError."""
    definitions = [*crds, *OPENSHIFT]
    for crd in definitions:
        kube.apply(crd)
    for name in NAMESPACES:
        kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    for role, subject in (("system:node-bootstrapper", BOOTSTRAPPER), ("system:node", NODES)):
        kube.apply(_bound(role, subject))
    if (slowed := pacing.config_map(install.directory.parent.parent)) is not None:
        kube.apply(slowed)
    version = str(kube.request("GET", "/version")["gitVersion"])
    # Without compute replicas the installer makes the masters schedulable (mastersSchedulable of the Scheduler).
    compact = len(install.masters) == len(install.hosts)
    for host in install.hosts:
        made = node(host, schedulable=compact or host.role != "master")
        kube.apply(made)
        kube.apply({**made, "spec": {}, "status": node_status(host, version)}, "status")
    _wait_established(kube, [crd["metadata"]["name"] for crd in definitions])
    served = {crd["spec"]["group"] for crd in definitions}
    for obj in _own_objects(install):
        if obj["apiVersion"].partition("/")[0] in served:
            status = obj.pop("status", None)
            kube.apply(obj)
            if status is not None:
                kube.apply({**obj, "status": status}, "status")


def _bound(role: str, subject: dict[str, str]) -> dict[str, Any]:
    """A ClusterRoleBinding. The API server runs without the authorizer of nodes, which would need no second one."""
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": f"rehearsal:{role}"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
        "subjects": [subject],
    }


def _own_objects(install: Install) -> list[dict[str, Any]]:
    try:
        return own_objects(install)
    except ValueError as error:
        raise ContentError(str(error)) from error


def complete(kube: Kube) -> None:
    """Set ConfigMap kube-system/bootstrap, last of all: whoever sees it sees the rest."""
    metadata = {"name": "bootstrap", "namespace": "kube-system"}
    kube.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"status": "complete"}})


def load_crds(directory: Path, groups: frozenset[str] = CRD_GROUPS) -> list[dict[str, Any]]:
    """The custom resource definitions of these API groups in the YAML files under ``directory``, in file order.

    Raises ContentError for a file that is not YAML.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's is ten times as fast, where it was built
    found = []
    for path in sorted(directory.rglob("*.yaml")):
        text = path.read_text()
        # A look before the parse: OpenStackControlPlane's file alone takes a second.
        if any(f"group: {group}" in text for group in groups):
            try:
                found += [document for document in yaml.load_all(text, loader) if _is_of(document, groups)]
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


def node_status(host: Host, version: str, *, ready: bool = True) -> dict[str, Any]:
    """The status of a healthy node, or of one without a network yet; capacity is that of the program's default
    machines, not of the small guest."""
    reasons = KUBELET_REASONS if ready else {**KUBELET_REASONS, "Ready": KUBELET_NOT_READY}
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
            for kind, (status, reason, message) in reasons.items()
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


def _is_of(document: object, groups: frozenset[str]) -> bool:
    if not isinstance(document, dict) or document.get("kind") != "CustomResourceDefinition":
        return False
    return document["spec"]["group"] in groups


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
