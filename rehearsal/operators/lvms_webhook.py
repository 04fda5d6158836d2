"""What LVMS' webhook says to an LVMCluster (lvm-operator, api/v1alpha1/lvmcluster_webhook.go)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .nodes import name
from .standin import Operation
from .world import CSV_NAMES, CSVS, Object, World

LVM_CLUSTER = "LVMCluster.lvm.topolvm.io"
_THIN_POOL_FIXED = ("name", "sizePercent", "chunkSizeCalculationPolicy", "chunkSize")


def refusal(operation: Operation, obj: Object, old: Object | None, world: World) -> str | None:
    """Why the operation is not allowed; None when it is."""
    if operation == "CREATE":
        return _misplaced(obj, world) or _malformed(obj)
    if operation == "UPDATE" and old is not None:
        return _malformed(obj) or next(_changes(classes(old), classes(obj)), None)
    return None


def classes(cluster: Object) -> dict[str, Mapping[str, Any]]:
    """The device classes by name, in their order."""
    listed = ((cluster.get("spec") or {}).get("storage") or {}).get("deviceClasses") or ()
    return {entry["name"]: entry for entry in listed}


def paths(device_class: Mapping[str, Any], kind: str = "paths") -> list[str]:
    """Its device paths; ``kind`` may be ``optionalPaths``."""
    return list((device_class.get("deviceSelector") or {}).get(kind) or ())


def _misplaced(obj: Object, world: World) -> str | None:
    own = {
        csv["metadata"]["namespace"]
        for csv in world.all(CSVS)
        if name(csv).partition(".v")[0] == CSV_NAMES["lvms"] and "olm.copiedFrom" not in _labels(csv)
    }
    if own and obj["metadata"]["namespace"] not in own:
        where = ", ".join(sorted(own))
        return f'creating LVMCluster is only supported within namespace "{where}": invalid namespace was supplied'
    existing = world.all(LVM_CLUSTER, obj["metadata"]["namespace"])
    if existing:
        return (
            f'LVMCluster exists at "{existing[0]["metadata"]["namespace"]}/{name(existing[0])}": duplicate LVMClusters '
            "are not allowed, remove the old LVMCluster or work with the existing instance"
        )
    return None


def _malformed(obj: Object) -> str | None:
    found = classes(obj)
    if sum(bool(entry.get("default")) for entry in found.values()) > 1:
        return "only one default deviceClass is allowed"
    without = [called for called, entry in found.items() if not entry.get("deviceSelector")]
    for entry in found.values():
        if entry.get("deviceSelector") is not None and not (paths(entry) or paths(entry, "optionalPaths")):
            return "either paths or optionalPaths must be specified when DeviceSelector is specified"
    if len(found) > 1 and without:
        return (
            "path list should not be empty when there are multiple deviceClasses. Please specify device path(s) under "
            f"deviceSelector.paths for {','.join(without)} deviceClass(es)"
        )
    taken: dict[tuple[str, str], str] = {}
    for called, entry in found.items():
        for path in paths(entry) + paths(entry, "optionalPaths"):
            if not path.startswith("/dev/"):
                return f"path {path} must be an absolute path to the device"
            key = str(entry.get("nodeSelector")), path
            if taken.get(key) == called:
                return f"error: device path {path} is specified at multiple places in deviceClass {called}"
            if key in taken:
                return f"error: device path {path} overlaps in two different deviceClasss {taken[key]} and {called}"
            taken[key] = called
    return None


def _changes(old: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """What is changed that must not be."""
    for called in old.keys() & new.keys():
        before, after = old[called], new[called]
        pool, new_pool = before.get("thinPoolConfig"), after.get("thinPoolConfig")
        if (pool is None) != (new_pool is None):
            yield "ThinPoolConfig can not be changed"
        for field in _THIN_POOL_FIXED:
            if pool and new_pool and pool.get(field) != new_pool.get(field):
                yield f"ThinPoolConfig.{field[0].upper()}{field[1:]} is invalid: ThinPoolConfig can not be changed"
        if before.get("nodeSelector") != after.get("nodeSelector"):
            yield "NodeSelector can not be changed"
        wipe = "forceWipeDevicesAndDestroyAllData"
        if (before.get("deviceSelector") or {}).get(wipe) != (after.get("deviceSelector") or {}).get(wipe):
            yield "ForceWipeDevicesAndDestroyAllData can not be changed"
        for kind in ("paths", "optionalPaths"):
            if paths(after, kind) and not paths(before, kind):
                yield "device paths can not be added after a device class has been initialized"


def _labels(obj: Object) -> Mapping[str, str]:
    found: Mapping[str, str] = obj["metadata"].get("labels") or {}
    return found
