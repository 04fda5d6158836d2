"""The StatefulSets of a control plane: databases, message buses, OVN's databases and Swift's disks, each with volumes.

Names of sets and claims are as ``kubectl get pods,pvc`` shows them where upstream's operators run (mariadb-operator,
rabbitmq-cluster-operator, ovn-operator's PVCSuffixEtcOVN, swift-operator).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .control_plane_services import Section, condition_type, running
from .objects import IMAGE
from .world import Object, World, is_true

STATEFUL_SETS = "StatefulSet.apps"
_SIZE = "10Gi"  # rabbitmq-cluster-operator's and swift-operator's, where nothing is said


@dataclass(frozen=True)
class _Set:
    """``part``: the service that it is of; ``section``: what the spec says of it; ``claim``: its claims' first word."""

    part: str
    name: str
    claim: str
    section: Section
    storage_class: str | None = None
    size: str = _SIZE


def parts(obj: Object, world: World) -> list[dict[str, Any]]:
    """Those whose service is up; and those that are there stay, whatever befalls their service."""
    namespace = obj["metadata"]["namespace"]
    return [
        _stateful_set(made, obj["spec"], namespace)
        for made in _sets(obj["spec"])
        if is_true(obj, condition_type(made.part)) or world.get(STATEFUL_SETS, made.name, namespace)
    ]


def _sets(spec: Section) -> Iterator[_Set]:
    sections = {service.section for service in running(spec)}
    if "galera" in sections:
        for name, section in _at(spec, "galera", "templates").items():
            yield _own(_Set("MariaDB", f"{name}-galera", "mysql-db", section))
    if "rabbitmq" in sections:
        for name, section in _at(spec, "rabbitmq", "templates").items():
            kept = section.get("persistence") or {}
            size = kept.get("storage") or _SIZE
            yield _Set("RabbitMQ", f"{name}-server", "persistence", section, kept.get("storageClassName"), size)
    if "ovn" in sections:
        for name, section in _at(spec, "ovn", "template", "ovnDBCluster").items():
            database = str(section.get("dbType", "NB")).lower()
            yield _own(_Set("OVN", f"ovsdbserver-{database}", f"{name}-etc-ovn", section))
    if "swift" in sections:
        yield _own(_Set("Swift", "swift-storage", "swift", _at(spec, "swift", "template", "swiftStorage")))


def _own(made: _Set) -> _Set:
    """With the class and the size that its section names."""
    section = made.section
    size = section.get("storageRequest") or _SIZE
    return _Set(made.part, made.name, made.claim, section, section.get("storageClass"), size)


def _stateful_set(made: _Set, spec: Section, namespace: str) -> dict[str, Any]:
    labels = {"app.kubernetes.io/name": made.name}
    selector = made.section.get("nodeSelector") or spec.get("nodeSelector") or {}
    template = {
        "metadata": {"labels": labels},
        "spec": {"containers": [{"name": "main", "image": IMAGE}], "nodeSelector": dict(selector)},
    }
    claim = {
        "metadata": {"name": made.claim},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": made.storage_class or spec["storageClass"],
            "resources": {"requests": {"storage": made.size}},
        },
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": made.name, "namespace": namespace, "labels": labels},
        "spec": {
            "replicas": made.section.get("replicas", 1),
            "serviceName": made.name,
            "podManagementPolicy": "Parallel",
            "selector": {"matchLabels": labels},
            "template": template,
            "volumeClaimTemplates": [claim],
        },
    }


def _at(spec: Section, *path: str) -> Mapping[str, Any]:
    found: Section = spec
    for key in path:
        found = found.get(key) or {}
    return found
