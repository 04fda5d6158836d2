"""Judges OpenStackDataPlaneDeployments, which run once: they end Ready, or failed for good and to be made anew.

Failed for good is exactly what the operator itself stops at: DeploymentReady False with reason BackoffLimitExceeded.
Any other error it tries again. [openstack-operator: internal/controller/dataplane, …deployment_controller.go]
"""

from __future__ import annotations

from .model import DataPlaneDeployment, NoRunningDeployment
from .paths import path
from .verdict import Found, Object, Verdict, behind, conditions, has, own_words, stale, status, there

GROUP = "dataplane.openstack.org/v1beta1"
PLURAL = "openstackdataplanedeployments"


def data_plane_deployment(check: DataPlaneDeployment, found: Found) -> list[Verdict]:
    """One verdict; while it runs, the service that each node set is at."""
    deployment = there(check.name, found.one(path(GROUP, PLURAL, check.deployment, check.namespace)))
    if isinstance(deployment, Verdict):
        return [deployment]
    generation, said = deployment["metadata"].get("generation"), conditions(status(deployment))
    if stale(generation, status(deployment)):
        return [Verdict(check.name, False, behind(generation, status(deployment)))]
    if failed_for_good(deployment):
        return [Verdict(check.name, False, own_words(said["DeploymentReady"]), failed=True)]
    if has(said.get("Ready"), "True"):
        return [Verdict(check.name, True)]
    words = _under_way(deployment) or (own_words(said["Ready"]) if "Ready" in said else "no condition Ready yet")
    return [Verdict(check.name, False, words)]


def no_running_deployment(check: NoRunningDeployment, found: Found) -> list[Verdict]:
    """One verdict; a kind that is not served yet has none running."""
    for deployment in found.all(path(GROUP, PLURAL, namespace=check.namespace)) or []:
        if not (_deployed(deployment) or failed_for_good(deployment)):
            words = _under_way(deployment)
            message = f"{deployment['metadata']['name']} is running" + (f": {words}" if words else "")
            return [Verdict(check.name, False, message)]
    return [Verdict(check.name, True)]


def failed_for_good(deployment: Object) -> bool:
    """Whether the operator has given this Deployment up."""
    return has(conditions(status(deployment)).get("DeploymentReady"), "False", "BackoffLimitExceeded")


def _deployed(deployment: Object) -> bool:
    return status(deployment).get("deployed") is True or has(conditions(status(deployment)).get("Ready"), "True")


def _under_way(deployment: Object) -> str:
    """The first service of each node set that is not done, in the operator's words."""
    told = []
    for node_set, said in sorted((status(deployment).get("nodeSetConditions") or {}).items()):
        services = [entry for entry in said if entry.get("type", "").startswith("Service")]
        first = next((entry for entry in services if not has(entry, "True")), None)
        if first is not None:
            told.append(f"{node_set}: {own_words(first)}")
    return "; ".join(told)
