"""The Operator Lifecycle Manager: from a Subscription over an InstallPlan to an installed ClusterServiceVersion.

Phases, conditions and what stays behind are those of operator-lifecycle-manager: a ClusterServiceVersion outlives its
Subscription, an InstallPlan that failed stays failed, with approval by hand a newer version waits as a plan.
"""

from __future__ import annotations

import hashlib
from typing import Any

from . import olm_resolution as resolution
from .olm_csv import ClusterServiceVersion
from .openstack_init import release_of as openstack_release
from .packages import ALL, MULTI, OWN, SINGLE, Package, offered, package_of, version_of
from .standin import KEEP, NOW, SINCE, StandIn, Unmet, View, condition
from .world import CSVS, Object, World, status_of

API = "operators.coreos.com/v1alpha1"
PLAN = "InstallPlan.operators.coreos.com"


class CatalogSource(StandIn):
    """Serves once its image is one that can be pulled."""

    kind = resolution.CATALOG

    def status(self, view: View, world: World) -> dict[str, Any]:
        metadata, image = view.obj["metadata"], str(view.obj["spec"].get("image", ""))
        serves = view.phase == "ready" and offered(image) is not None
        address = f"{metadata['name']}.{metadata['namespace']}.svc:50051"
        state = "READY" if serves else "TRANSIENT_FAILURE"
        return {"connectionState": {"address": address, "lastConnect": NOW, "lastObservedState": state}}


class OperatorGroup(StandIn):
    """Only says which namespaces it stands for."""

    kind = resolution.GROUP

    def status(self, view: View, world: World) -> dict[str, Any]:
        return {"lastUpdated": NOW, "namespaces": resolution.targets(view.obj)}


class Subscription(StandIn):
    """Makes the InstallPlan of what is to be installed next."""

    kind = "Subscription.operators.coreos.com"
    prunes = False  # an InstallPlan is history

    def unmet(self, obj: Object, world: World) -> list[Unmet]:
        found = resolution.resolve(obj, world)
        return [Unmet(found.message)] if found.reason else []

    def makes(self, obj: Object, world: World) -> list[dict[str, Any]]:
        csv = resolution.resolve(obj, world).csv
        known = world.get(PLAN, _plan_name(obj, csv), obj["metadata"]["namespace"])
        return [] if _csv_exists(obj, csv, world) or known is not None else [_plan(obj, csv)]

    def status(self, view: View, world: World) -> dict[str, Any]:
        spec, now = view.obj["spec"], status_of(view.obj)
        found = resolution.resolve(view.obj, world)
        catalog = resolution.catalog_of(view.obj, world)
        status: dict[str, Any] = {"lastUpdated": NOW, "conditions": [_catalog_health(view.obj, catalog)]}
        if view.phase in ("working", "waiting", "failed") and now.get("currentCSV"):
            # What is installed stays installed when nothing newer can be resolved.
            status |= {key: now[key] for key in ("currentCSV", "installedCSV", "installPlanRef", "state") if key in now}
        if found.reason:
            status["conditions"].append(condition("ResolutionFailed", True, found.reason, found.message))
        elif view.unmet or view.problem:
            said = view.problem or "; ".join(unmet.sentence for unmet in view.unmet)
            status["conditions"].append(condition("ResolutionFailed", True, resolution.PREVENTED, said))
        if view.phase != "ready":
            return status
        status["currentCSV"] = found.csv
        package = resolution.package(view.obj, world)
        installed = resolution.installed_csv(package, view.obj["metadata"]["namespace"], world) if package else None
        if installed:
            status["installedCSV"] = installed
        plan = world.get(PLAN, _plan_name(view.obj, found.csv), view.obj["metadata"]["namespace"])
        if plan is not None:
            status |= _references(plan)
            status["installPlanGeneration"] = plan["spec"].get("generation", 1)
        status["state"] = "AtLatestKnown" if installed == found.csv else "UpgradePending"
        if plan is not None and installed != found.csv:
            status["conditions"] += _plan_conditions(plan, str(spec.get("installPlanApproval", "Automatic")))
        return status


class InstallPlan(StandIn):
    """Waits for its approval, then makes the ClusterServiceVersion."""

    kind = PLAN
    retry = None

    def settled(self, obj: Object) -> bool:
        return status_of(obj).get("phase") in ("Complete", "Failed")

    def unmet(self, obj: Object, world: World) -> list[Unmet]:
        if not obj["spec"]["approved"]:
            return [Unmet("waits for approval: spec.approved is false", "RequiresApproval")]
        count = len(world.all(resolution.GROUP, obj["metadata"]["namespace"]))
        if count == 0:
            return [Unmet("no operator group found that is managing this namespace")]
        if count > 1:
            return [Unmet(f"more than one operator group(s) are managing this namespace count={count}")]
        return []

    def makes(self, obj: Object, world: World) -> list[dict[str, Any]]:
        return [_csv(name, obj) for name in obj["spec"]["clusterServiceVersionNames"]]

    def status(self, view: View, world: World) -> dict[str, Any]:
        phase = {"ready": "Complete", "failed": "Failed"}.get(view.phase, "Installing")
        if any(unmet.part == "RequiresApproval" for unmet in view.unmet):
            phase = "RequiresApproval"
        said = view.problem or "; ".join(unmet.sentence for unmet in view.unmet if not unmet.part)
        status: dict[str, Any] = {"phase": phase, "catalogSources": [], "startTime": SINCE}
        if view.phase == "ready":
            status["conditions"] = [_installed(True)]
        elif said:
            reason = "InstallComponentFailed" if view.problem else "InstallCheckFailed"
            status |= {"message": said, "conditions": [_installed(False, reason, said)]}
        return status


def _installed(value: bool, reason: str = "", message: str = "") -> dict[str, Any]:
    entry = condition("Installed", value, reason, message, lastUpdateTime=SINCE)
    return {key: text for key, text in entry.items() if text != ""}


def _plan(subscription: Object, csv: str) -> dict[str, Any]:
    approval = subscription["spec"].get("installPlanApproval", "Automatic")
    return {
        "apiVersion": API,
        "kind": "InstallPlan",
        "metadata": {
            "name": _plan_name(subscription, csv),
            "namespace": subscription["metadata"]["namespace"],
            "labels": _label(csv, subscription["metadata"]["namespace"]),
        },
        "spec": {
            "approval": approval,
            "approved": approval == "Automatic",
            "clusterServiceVersionNames": [csv],
            "generation": 1,
        },
    }


def _plan_name(subscription: Object, csv: str) -> str:
    digest = hashlib.sha256(f"{subscription['metadata'].get('uid')} {csv}".encode()).hexdigest()
    return f"install-{digest[:5]}"


def _csv(name: str, plan: Object) -> dict[str, Any]:
    known = package_of(name)
    if known is None:
        raise ValueError(f"no catalog has {name}")
    package, version = known
    namespace = plan["metadata"]["namespace"]
    names = {package.csv(one) for versions in package.channels.values() for one in versions}
    older = max((one for one in names if version_of(one) < version_of(name)), key=version_of, default=None)
    modes = [{"type": mode, "supported": mode in package.modes} for mode in (OWN, SINGLE, MULTI, ALL)]
    return {
        "apiVersion": API,
        "kind": "ClusterServiceVersion",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": _label(name, namespace),
            "annotations": {KEEP: "true"},
        },
        "spec": {
            "displayName": package.title,
            "version": version,
            "install": {"strategy": "deployment", "spec": {"deployments": _deployments(package, version)}},
            "installModes": modes,
            **({"replaces": older} if older else {}),
        },
    }


def _deployments(package: Package, version: str) -> list[dict[str, Any]]:
    """OpenStack's operator tells in its environment which OpenStack it is of; of the others nobody asks."""
    if package.key != "openstack":
        return []
    labels = {"openstack.org/operator-name": "openstack-init"}
    release = {"name": "OPENSTACK_RELEASE_VERSION", "value": openstack_release(version)}
    container = {"name": "operator", "image": f"registry.example.com/{package.name}:{version}", "env": [release]}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    return [
        {
            "name": "openstack-operator-controller-init",
            "spec": {"selector": {"matchLabels": labels}, "template": template},
        }
    ]


def _label(csv: str, namespace: str) -> dict[str, str]:
    known = package_of(csv)
    return {f"operators.coreos.com/{known[0].name}.{namespace}"[:63].rstrip(".-"): ""} if known else {}


def _csv_exists(subscription: Object, csv: str, world: World) -> bool:
    return world.get(CSVS, csv, subscription["metadata"]["namespace"]) is not None


def _references(plan: Object) -> dict[str, Any]:
    metadata = plan["metadata"]
    reference = {"apiVersion": API, "kind": "InstallPlan", "name": metadata["name"]}
    return {
        "installPlanRef": {**reference, "namespace": metadata["namespace"], "uid": metadata["uid"]},
        "installplan": {**reference, "uuid": metadata["uid"]},
    }


def _plan_conditions(plan: Object, approval: str) -> list[dict[str, Any]]:
    phase = status_of(plan).get("phase")
    if phase == "Failed":
        said = str(status_of(plan).get("message", ""))
        return [condition("InstallPlanFailed", True, "InstallComponentFailed", said)]
    if phase == "Complete":
        return []
    return [condition("InstallPlanPending", True, str(phase or "InstallPlanNotYetReconciled"))]


def _catalog_health(subscription: Object, catalog: Object | None) -> dict[str, Any]:
    spec = subscription["spec"]
    where = f"{spec['sourceNamespace']}/{spec['source']}"
    kind, found = "CatalogSourcesUnhealthy", "UnhealthyCatalogSourceFound"
    if catalog is None:
        return condition(kind, True, found, f"targeted catalogsource {where} missing")
    if offered(str(catalog["spec"].get("image", ""))) is None:
        return condition(kind, True, found, f"targeted catalogsource {where} unhealthy")
    return condition(kind, False, "AllCatalogSourcesHealthy", "all available catalogsources are healthy")


STANDINS = (CatalogSource(), OperatorGroup(), Subscription(), InstallPlan(), ClusterServiceVersion())
