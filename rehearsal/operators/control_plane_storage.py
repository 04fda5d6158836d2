"""What the services need of storage: classes for volumes, nodes with disks, iSCSI on the node of Cinder's volumes.

LVMS's volumes lie on one node's disk, so as many pods with a volume need as many nodes (rhoso.md, S3); a volume of
Cinder's LVM driver is reached through the daemon of its node, which only a MachineConfig switches on (traps.md 37).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .control_plane_networks import nodes
from .control_plane_services import Place, Section, places, running
from .standin import Unmet
from .world import Object, World, status_of

STORAGE_CLASSES = "StorageClass.storage.k8s.io"
LVM_CLUSTERS = "LVMCluster.lvm.topolvm.io"
MACHINE_CONFIGS = "MachineConfig.machineconfiguration.openshift.io"
INSTALL_MANIFESTS = "manifests"
"""In the installation's directory: what it was installed with, of kinds too that the cluster doesn't serve."""

_LVMS = "topolvm.io"
_LVMS_PREFIX = "lvms-"
# Each of their pods has a volume, and no two may be on one node when their disks are.
_SPREAD = ("galera", "rabbitmq", "ovn")
_CLASS_KEYS = ("storageClass", "storageClassName", "pvcStorageClass")
_ISCSI = "iscsid.service"
_ROLE = "machineconfiguration.openshift.io/role"


def unmet(spec: Section, world: World) -> Iterator[Unmet]:
    """What is missing."""
    yield from _storage_classes(spec, world)
    yield from _disks(spec, world)
    yield from _iscsi(spec, world)


def _storage_classes(spec: Section, world: World) -> Iterator[Unmet]:
    default = spec["storageClass"]
    with_volumes = {service.section: service.part for service in running(spec) if service.section in _SPREAD}
    wanted = [(default, part) for part in with_volumes.values()]
    for place in places(spec):
        wanted += [(place.value[key], place.service.part) for key in _CLASS_KEYS if place.value.get(key)]
    for name, part in wanted:
        if world.get(STORAGE_CLASSES, name) is None:
            yield Unmet(f"StorageClass {name} is missing, so its volumes stay Pending", part)


def _disks(spec: Section, world: World) -> Iterator[Unmet]:
    """More pods with a node's own disk than there are nodes with one."""
    for place in places(spec):
        replicas = place.value.get("replicas")
        if place.path[0] not in _SPREAD or not isinstance(replicas, int) or not _has_volume(place):
            continue
        name = _storage_class(place, spec)
        there = nodes_with(name, place.value.get("nodeSelector") or spec.get("nodeSelector") or {}, world)
        if there is not None and replicas > len(there):
            sentence = f"{place.name}: {replicas} pods need a node each with StorageClass {name}, {len(there)} have it"
            yield Unmet(sentence, place.service.part)


def _has_volume(place: Place) -> bool:
    """Northd and OVN's controller have none."""
    return "ovn" not in place.path or "ovnDBCluster" in place.path


def _storage_class(place: Place, spec: Section) -> str:
    persistence = place.value.get("persistence") or {}
    return str(place.value.get("storageClass") or persistence.get("storageClassName") or spec["storageClass"])


def nodes_with(name: str, selector: Mapping[str, str], world: World) -> set[str] | None:
    """The nodes that have disks of an LVMS class; None for a class that is the same everywhere."""
    storage_class = world.get(STORAGE_CLASSES, name)
    if storage_class is None or storage_class.get("provisioner") != _LVMS:
        return None
    allowed = {str(node["metadata"]["name"]) for node in nodes(world, selector)}
    ready = {
        str(entry["node"])
        for cluster in world.all(LVM_CLUSTERS)
        for device_class in status_of(cluster).get("deviceClassStatuses") or ()
        if device_class["name"] == name.removeprefix(_LVMS_PREFIX)
        for entry in device_class.get("nodeStatus") or ()
        if entry.get("status", "Ready") == "Ready"
    }
    return allowed & ready


def _iscsi(spec: Section, world: World) -> Iterator[Unmet]:
    for place in places(spec):
        config = place.value.get("customServiceConfig")
        if place.path[:3] != ("cinder", "template", "cinderVolumes") or not isinstance(config, str):
            continue
        if "LVMVolumeDriver" not in config or re.search(r"^\s*target_protocol\s*=\s*nvmet", config, re.MULTILINE):
            continue
        roles = _roles_with(_ISCSI, world)
        without = [node for node in nodes(world, place.value.get("nodeSelector") or {}) if not roles & _roles(node)]
        if without:
            name = without[0]["metadata"]["name"]
            sentence = f"{place.name}: {name} runs no {_ISCSI}; a MachineConfig of its role must enable it"
            yield Unmet(sentence, place.service.part)


def _roles_with(unit: str, world: World) -> set[str]:
    """The roles whose nodes have a unit enabled."""
    return {
        str((config["metadata"].get("labels") or {}).get(_ROLE))
        for config in [*world.all(MACHINE_CONFIGS), *_installed_with(world.directory)]
        for entry in ((config["spec"].get("config") or {}).get("systemd") or {}).get("units") or ()
        if entry["name"] == unit and entry.get("enabled")
    }


def _installed_with(directory: Path | None) -> Iterator[Mapping[str, Any]]:
    for path in sorted((directory / INSTALL_MANIFESTS).glob("*.json")) if directory is not None else ():
        manifest = json.loads(path.read_text())
        if manifest["kind"] == MACHINE_CONFIGS.partition(".")[0]:
            yield manifest


def _roles(node: Object) -> set[str]:
    labels = node["metadata"].get("labels") or {}
    return {key.partition("/")[2] for key in labels if key.startswith("node-role.kubernetes.io/")}
