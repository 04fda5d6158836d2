"""ClusterServiceVersions: one version of an operator, from Pending to Succeeded, and what it brings."""

from __future__ import annotations

from typing import Any

from rehearsal.cluster.kube import Kube, KubeError

from .crds import define
from .olm_resolution import group_problem
from .packages import Package, package_of, version_of
from .standin import NOW, SINCE, Outcome, StandIn, Unmet, View
from .world import CSVS, Object, World

_API = "operators.coreos.com/v1alpha1"
# The way to each phase: (phase, reason, message), as operators/olm/operator.go sets them.
_PENDING = ("Pending", "RequirementsUnknown", "requirements not yet checked")
_INSTALL_READY = ("InstallReady", "AllRequirementsMet", "all requirements found, attempting install")
_INSTALLING = ("Installing", "InstallSucceeded", "waiting for install components to report healthy")
_SUCCEEDED = ("Succeeded", "InstallSucceeded", "install strategy completed with no errors")


class ClusterServiceVersion(StandIn):
    """Its work is to bring the definitions; everything else of the operator is there once that is done."""

    kind = CSVS

    def unmet(self, obj: Object, world: World) -> list[Unmet]:
        known = package_of(obj["metadata"]["name"])
        if known is None:
            return [Unmet("one or more requirements couldn't be found", "RequirementsNotMet")]
        package, _ = known
        problem = group_problem(package, obj["metadata"]["namespace"], world)
        if problem is not None:
            return [Unmet(problem[1], problem[0])]
        newer = _newer(package, obj, world)
        if newer is not None:
            return [Unmet(f"being replaced by csv: {newer}", "BeingReplaced")]
        return []

    def act(self, obj: Object, world: World) -> Outcome:
        known = package_of(obj["metadata"]["name"])
        assert known is not None  # else it is unmet
        package, version = known
        define(package.crds(version), world)
        kube = world.kube()
        for other in world.all(CSVS, obj["metadata"]["namespace"]):
            found = package_of(other["metadata"]["name"])
            if found is not None and found[0].key == package.key and other["metadata"]["uid"] != obj["metadata"]["uid"]:
                _delete(kube, other)
        return Outcome()

    def makes(self, obj: Object, world: World) -> list[dict[str, Any]]:
        known = package_of(obj["metadata"]["name"])
        return known[0].objects(obj["metadata"]["namespace"], known[1]) if known is not None else []

    def status(self, view: View, world: World) -> dict[str, Any]:
        way = [_PENDING, _INSTALL_READY, _INSTALLING]
        if view.phase == "ready":
            way.append(_SUCCEEDED)
        elif view.phase == "failed":
            way.append(("Failed", "InstallComponentFailed", f"install strategy failed: {view.problem}"))
        elif view.phase == "waiting":
            unmet = view.unmet[0]
            phase = {"": "Pending", "RequirementsNotMet": "Pending", "BeingReplaced": "Replacing"}
            way = [_PENDING, (phase.get(unmet.part, "Failed"), unmet.part or "RequirementsNotMet", unmet.sentence)]
        phase_now, reason, message = way[-1]
        times = {"lastTransitionTime": SINCE, "lastUpdateTime": SINCE}
        return {
            "phase": phase_now,
            "reason": reason,
            "message": message,
            "lastTransitionTime": NOW,
            "lastUpdateTime": NOW,
            "conditions": [{"phase": step, "reason": why, "message": said, **times} for step, why, said in way],
        }


def _newer(package: Package, obj: Object, world: World) -> str | None:
    """Another ClusterServiceVersion of the same operator in the namespace, of a higher version."""
    metadata = obj["metadata"]
    names = [
        other["metadata"]["name"]
        for other in world.all(CSVS, metadata["namespace"])
        if (found := package_of(other["metadata"]["name"])) is not None and found[0].key == package.key
    ]
    newest = max(names, key=version_of, default=metadata["name"])
    return newest if version_of(newest) > version_of(metadata["name"]) else None


def _delete(kube: Kube, csv: Object) -> None:
    metadata = csv["metadata"]
    try:
        resource = kube.resource_of(_API, "ClusterServiceVersion")
        kube.request("DELETE", resource.path(metadata["namespace"], metadata["name"]))
    except KubeError as error:
        if error.status != 404:
            raise
