"""LVMS: an LVMCluster is ready once every node that its classes select really has the disks they name.

Whether a machine has a disk is asked of its guest, which counts the virtio disks on its bus. Nothing is written there,
so a disk always looks blank. Source: lvm-operator, internal/controllers (lvmcluster/status.go, vgmanager/devices.go).
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from .lvms_webhook import LVM_CLUSTER, classes, paths, refusal
from .nmstate_guest import Guest, GuestAwayError
from .nodes import matches, name, tolerates
from .standin import Operation, Outcome, StandIn, View, condition
from .workloads import daemon_set
from .world import Object, World

_PROVISIONER = "topolvm.io"
_DEFAULT = "storageclass.kubernetes.io/is-default-class"
_MANAGER = {"app.kubernetes.io/name": "lvms-operator", "app.kubernetes.io/component": "vg-manager"}
_ROOT_DISK = "/dev/vda"


class LvmCluster(StandIn):
    """Volume groups on the nodes' data disks and a StorageClass for each device class."""

    kind = LVM_CLUSTER
    operator = "lvms"
    finalizer = "lvmcluster.topolvm.io"

    def inputs(self, obj: Object, world: World) -> dict[str, list[str]]:
        return _selected(obj, world)

    def act(self, obj: Object, world: World) -> Outcome:
        """Look at the disks. Facts: ``groups``, by device class and node {devices, reason}."""
        selected = _selected(obj, world)
        nodes = sorted({node for chosen in selected.values() for node in chosen})
        with ThreadPoolExecutor(max(1, len(nodes))) as pool:
            disks = dict(zip(nodes, pool.map(lambda node: _disks(node, world), nodes), strict=True))
        groups = {
            called: {node: _group(called, entry, node, disks[node]) for node in selected[called]}
            for called, entry in classes(obj).items()
        }
        empty = [f"no valid node found for device class {called}" for called, chosen in selected.items() if not chosen]
        broken = [group["reason"] for of_class in groups.values() for group in of_class.values() if group["reason"]]
        return Outcome("; ".join(empty + broken), {"groups": groups})

    def status(self, view: View, world: World) -> dict[str, Any]:
        groups: Mapping[str, Mapping[str, Any]] = view.facts.get("groups") or {}
        statuses = [
            {"name": called, "nodeStatus": [_node_status(called, node, group) for node, group in of_class.items()]}
            for called, of_class in groups.items()
            if of_class
        ]
        broken = any(group["reason"] for of_class in groups.values() for group in of_class.values())
        here = condition(
            "ResourcesAvailable",
            True,
            "ResourcesAvailable",
            "Reconciliation is complete and all the resources are available",
        )
        if view.phase == "ready":
            volumes = condition("VolumeGroupsReady", True, "VGsReady", "All the VGs are ready")
            state = "Ready"
        elif view.phase == "failed" and (broken or not groups):
            volumes = condition("VolumeGroupsReady", False, "VGsFailed", "One or more VGs are failed")
            state = "Failed"
        else:
            # Upstream too never gets further without a node: nothing has failed.
            said = "; ".join(unmet.sentence for unmet in view.unmet) or "VG readiness check is still in progress"
            volumes = condition("VolumeGroupsReady", False, "VGReadinessInProgress", said)
            state = "Progressing"
        made = {"ready": state == "Ready", "state": state, "conditions": [here, volumes]}
        return {**made, "deviceClassStatuses": statuses} if statuses else made

    def parts(self, view: View, world: World) -> list[dict[str, Any]]:
        """StorageClasses come at once, the managers of volume groups with the nodes."""
        if view.phase == "waiting":
            return []
        selected = _selected(view.obj, world)
        nodes = sorted({node for chosen in selected.values() for node in chosen})
        namespace = view.obj["metadata"]["namespace"]
        storage = [_storage_class(called, entry, world) for called, entry in classes(view.obj).items()]
        return [*storage, *daemon_set("vg-manager", namespace, _MANAGER, nodes)]

    def refuses(self, operation: Operation, obj: Object, old: Object | None, world: World) -> str | None:
        return refusal(operation, obj, old, world)

    def gone(self, obj: Object, world: World) -> str | None:
        """It waits for its volumes: a volume group is not taken from under them."""
        own = {_class_name(called) for called in classes(obj)}
        volumes = [
            name(volume)
            for volume in world.all("PersistentVolume")
            if (volume.get("spec") or {}).get("storageClassName") in own
        ]
        return f"found one or more logical volumes, waiting for deletion: {', '.join(volumes)}" if volumes else None


def _selected(cluster: Object, world: World) -> dict[str, list[str]]:
    """The nodes of each device class. Without a selector all whose taints are tolerated."""
    tolerations = (cluster.get("spec") or {}).get("tolerations") or ()
    return {
        called: [
            name(node)
            for node in world.all("Node")
            if tolerates(node, tolerations) and matches(node, entry.get("nodeSelector"))
        ]
        for called, entry in classes(cluster).items()
    }


def _disks(node: str, world: World) -> list[str] | str:
    """The node's disks; as text why they are not known."""
    try:
        return list(Guest(node, world).answer().get("disks") or ())
    except GuestAwayError as error:
        return str(error)


def _group(called: str, entry: Mapping[str, Any], node: str, disks: list[str] | str) -> dict[str, Any]:
    """One node's volume group: ``devices`` it consists of, ``reason`` why there is none."""
    where = f"error on node {node} in volume group {called}: "
    if isinstance(disks, str):
        return {"devices": [], "reason": where + disks}
    free = [disk for disk in disks if disk != _ROOT_DISK]
    wanted, optional = paths(entry), paths(entry, "optionalPaths")
    for path in wanted:
        if path not in free:
            why = "it has the operating system on it" if path == _ROOT_DISK else "the device did not exist on the host"
            there = ", ".join(disks) or "no disk"
            said = f'mandatory device path "{path}" cannot be used: {why} (this host has {there})'
            return {"devices": [], "reason": where + said}
    devices = [disk for disk in free if disk in wanted + optional] if entry.get("deviceSelector") else free
    reason = "" if devices else f"{where}the volume group {called} does not exist, and there were no available devices"
    return {"devices": devices, "reason": reason}


def _node_status(called: str, node: str, group: Mapping[str, Any]) -> dict[str, Any]:
    said = {"reason": group["reason"]} if group["reason"] else {}
    devices = {"devices": list(group["devices"])} if group["devices"] else {}
    status = "Failed" if group["reason"] else "Ready"
    policy = {"deviceDiscoveryPolicy": "Preconfigured"}
    return {"name": called, "node": node, "status": status, **policy, **said, **devices}


def _class_name(device_class: str) -> str:
    return f"lvms-{device_class}"


def _storage_class(called: str, entry: Mapping[str, Any], world: World) -> dict[str, Any]:
    own = _class_name(called)
    defaults = {
        name(other)
        for other in world.all("StorageClass.storage.k8s.io")
        if (other["metadata"].get("annotations") or {}).get(_DEFAULT) == "true"
    }
    is_default = bool(entry.get("default")) and defaults <= {own}
    annotations = {
        "description": "Provides RWO and RWOP Filesystem & Block volumes",
        _DEFAULT: "true" if is_default else "false",
    }
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": own, "annotations": annotations},
        "provisioner": _PROVISIONER,
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "WaitForFirstConsumer",
        "allowVolumeExpansion": True,
        "parameters": {
            "csi.storage.k8s.io/fstype": entry.get("fstype") or "xfs",
            "topolvm.io/device-class": called,
        },
    }


STANDINS = (LvmCluster,)
