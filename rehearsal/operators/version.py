"""OpenStackVersion: which version runs, which could, and the steps from one to the other (rhoso.md, S8 and §4.22).

Source: openstack-operator 18.0-fr2, controllers/core/openstackversion_controller.go and openstackversion_webhook.go;
the steps between MinorUpdateOVNDataplane and MinorUpdateControlplane are those of later releases. As there, the
conditions of an update are gone again as soon as the new version counts as deployed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from .control_plane_conditions import Condition, done, in_progress, summed_up, unknown
from .control_plane_services import condition_type
from .openstack_init import release
from .standin import Operation, StandIn, View, observed
from .version_images import images
from .world import Object, World, is_true, status_of

KIND = "OpenStackVersion.core.openstack.org"
CONTROL_PLANES = "OpenStackControlPlane.core.openstack.org"
NODE_SETS = "OpenStackDataPlaneNodeSet.dataplane.openstack.org"
DEPLOYMENTS = "OpenStackDataPlaneDeployment.dataplane.openstack.org"

INITIALIZED, AVAILABLE = "Initialized", "MinorUpdateAvailable"
OVN_CONTROL_PLANE, OVN_DATA_PLANE = "MinorUpdateOVNControlplane", "MinorUpdateOVNDataplane"
CONTROL_PLANE, DATA_PLANE = "MinorUpdateControlplane", "MinorUpdateDataplane"
_BETWEEN = ("RabbitMQ", "MariaDB", "Memcached", "Keystone")

_UPDATES = (("update",), ("update-services", "update-system"))
"""What brings a node to another version: one service up to FR2, two from FR3 on."""


class OpenStackVersion(StandIn):
    """Works for nobody: it only tells how far the others are."""

    kind = KIND
    operator = "openstack"

    def status(self, view: View, world: World) -> dict[str, Any]:
        obj = view.obj
        old = status_of(obj)
        available = release(world) or old.get("availableVersion")
        target = obj["spec"].get("targetVersion") or available
        known = {**(old.get("containerImageVersionDefaults") or {})}
        if available:
            known[available] = images(available)
        status = {**observed(obj), **_versions(available, old.get("deployedVersion"))}
        if known:
            status["containerImageVersionDefaults"] = known
        if target not in known:
            return {**status, "conditions": summed_up([in_progress(INITIALIZED, "in progress")])}
        status["containerImages"] = _chosen(obj, known[target])
        conditions = [done(INITIALIZED, "completed")]

        plane = world.get(CONTROL_PLANES, obj["metadata"]["name"], obj["metadata"]["namespace"])
        deployed = old.get("deployedVersion")
        updated = True
        if deployed and deployed != target:
            steps = list(_steps(obj, plane, target, world))
            conditions += steps
            updated = all(step["status"] == "True" for step in steps)
        if updated and is_true(plane, "Ready") and status_of(plane or {}).get("deployedVersion") == target:
            status["deployedVersion"] = deployed = target
        if updated and deployed and available != deployed:
            conditions.append(done(AVAILABLE, "update available"))
        return {**status, "conditions": summed_up(conditions)}

    def refuses(self, operation: Operation, obj: Object, old: Object | None, world: World) -> str | None:
        target, metadata = (obj.get("spec") or {}).get("targetVersion"), obj["metadata"]
        if operation == "DELETE" or metadata.get("deletionTimestamp"):
            return None
        available = release(world)
        if operation == "CREATE":
            if target and target != available:
                return f"TargetVersion: Forbidden: Invalid value: {target} must equal available version."
            others = [item for item in world.all(KIND, metadata["namespace"]) if _name(item) != metadata["name"]]
            if others:
                return "Forbidden: Only one OpenStackVersion instance is supported at this time."
            planes = [_name(item) for item in world.all(CONTROL_PLANES, metadata["namespace"])]
            if planes and metadata["name"] not in planes:
                return f"metadata.name: Forbidden: must be that of the OpenStackControlPlane, {planes[0]}."
            return None
        recorded = status_of(old or obj).get("containerImageVersionDefaults") or {}
        if target and target != available and target not in recorded:
            return (
                f"TargetVersion: Forbidden: Invalid value: {target} "
                "must be in the list of current or previous available versions."
            )
        return None


def stage(obj: Object, world: World) -> tuple[str, str | None]:
    """What the control plane ``obj`` is to be brought to: "all" of it or only its "ovn", and to which version."""
    version = world.get(KIND, obj["metadata"]["name"], obj["metadata"]["namespace"])
    target = ((version or {}).get("spec") or {}).get("targetVersion") or release(world)
    deployed = status_of(obj).get("deployedVersion")
    if deployed in (None, target) or is_true(version, OVN_DATA_PLANE):
        return "all", target
    return "ovn", target


def _versions(available: str | None, deployed: str | None) -> dict[str, str]:
    told = {"availableVersion": available, "deployedVersion": deployed}
    return {key: value for key, value in told.items() if value}


def _chosen(obj: Object, defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The images of the version, with those that its spec gives in their place."""
    custom = obj["spec"].get("customContainerImages") or {}
    single = {key: value for key, value in defaults.items() if key not in ("cinderVolumeImage", "manilaShareImage")}
    volumes = {**(custom.get("cinderVolumeImages") or {}), "default": defaults["cinderVolumeImage"]}
    shares = {**(custom.get("manilaShareImages") or {}), "default": defaults["manilaShareImage"]}
    return {**single, **custom, "cinderVolumeImages": volumes, "manilaShareImages": shares}


def _steps(obj: Object, plane: Object | None, target: str | None, world: World) -> Iterator[Condition]:
    """The conditions of a running update: those that hold, the one that is waited for, and those not started.

    A step that was done stays done until the update is over.
    """
    at = {entry["type"]: entry.get("lastTransitionTime") for entry in _true_conditions(obj)}
    new = status_of(plane or {})
    is_new = new.get("deployedVersion") == target
    checks: list[tuple[str, Callable[[], bool]]] = [
        (OVN_CONTROL_PLANE, lambda: new.get("deployedOVNVersion") == target and is_true(plane, condition_type("OVN"))),
        (OVN_DATA_PLANE, lambda: _deployed(obj, [("ovn",)], at.get(OVN_CONTROL_PLANE), world)),
        *((f"MinorUpdate{part}", _up(plane, part, is_new)) for part in _BETWEEN),
        (CONTROL_PLANE, lambda: is_new and is_true(plane, "Ready")),
        (DATA_PLANE, lambda: _deployed(obj, _UPDATES, at.get(CONTROL_PLANE), world)),
    ]
    started = True
    for kind, check in checks:
        if started and (kind in at or check()):
            yield done(kind, "completed")
            # Its time is not known before it is written, and the next step counts from it.
            started = kind in at
        elif started:
            yield in_progress(kind, "in progress")
            started = False
        else:
            yield unknown(kind, "not started")


def _up(plane: Object | None, part: str, is_new: bool) -> Callable[[], bool]:
    kind = condition_type("KeystoneAPI" if part == "Keystone" else part)
    return lambda: is_new and is_true(plane, kind)


def _deployed(obj: Object, ways: Sequence[Sequence[str]], since: str | None, world: World) -> bool:
    """Whether every node set had one of the ``ways``, each a list of services, in deployments since a moment.

    One that has no OVN at all needs none of its.
    """
    node_sets = world.all(NODE_SETS, obj["metadata"]["namespace"])
    if ("ovn",) in ways:
        node_sets = [item for item in node_sets if "ovn" in (item["spec"].get("services") or ())]
    return all(any(set(way) <= _services_since(item, since, world) for way in ways) for item in node_sets)


def _services_since(node_set: Object, since: str | None, world: World) -> set[str]:
    """What finished deployments of the node set, made since then, have run on it."""
    name, namespace = node_set["metadata"]["name"], node_set["metadata"]["namespace"]
    found: set[str] = set()
    for deployment in world.all(DEPLOYMENTS, namespace):
        spec, made = deployment["spec"], deployment["metadata"].get("creationTimestamp")
        if name in spec["nodeSets"] and is_true(deployment, "Ready") and since and _moment(made) >= _moment(since):
            found |= set(spec.get("servicesOverride") or node_set["spec"].get("services") or ())
    return found


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _true_conditions(obj: Object) -> Iterator[Mapping[str, Any]]:
    return (entry for entry in status_of(obj).get("conditions") or () if entry["status"] == "True")


def _name(obj: Object) -> str:
    return str(obj["metadata"]["name"])


STANDINS = (OpenStackVersion(),)
