"""Judges what OLM did with a Subscription: neither it nor its ClusterServiceVersion has a Ready condition.

Ready (rhoso.md §S1): ``status.installedCSV`` is the wanted one and that ClusterServiceVersion's ``status.phase`` is
Succeeded. Failed is not the end at once: OLM tries again when, say, the OperatorGroup was mended or a slow Deployment
came up after all.
"""

from __future__ import annotations

from .model import Csv
from .paths import path
from .verdict import Found, Object, Verdict, conditions, has, own_words, reasoned, status, there

GROUP = "operators.coreos.com/v1alpha1"

# A Subscription's conditions are there in case of trouble ("abnormal-true"), most telling first. [operator-framework
# api, pkg/operators/v1alpha1/subscription_types.go]
TROUBLE = (
    "InstallPlanFailed",
    "BundleUnpackFailed",
    "ResolutionFailed",
    "CatalogSourcesUnhealthy",
    "InstallPlanMissing",
    "InstallPlanPending",
    "BundleUnpacking",
)


def csv(check: Csv, found: Found) -> list[Verdict]:
    """One verdict; a pinned ``check.csv`` may be older than what the channel offers."""
    subscription = there(check.name, found.one(path(GROUP, "subscriptions", check.subscription, check.namespace)))
    if isinstance(subscription, Verdict):
        return [subscription]
    said = status(subscription)
    installed, wanted = said.get("installedCSV"), check.csv or said.get("currentCSV")
    if not wanted or installed != wanted:
        return [_not_installed(check, subscription, wanted)]
    where = path(GROUP, "clusterserviceversions", wanted, check.namespace)
    version = there(f"{check.name}: {wanted}", found.one(where))
    if isinstance(version, Verdict):
        return [version]
    phase = status(version).get("phase")
    if phase == "Succeeded":
        return [Verdict(check.name, True)]
    why = reasoned(status(version))
    message = f"{wanted} is {phase or 'not looked at yet'}" + (f" ({why})" if why else "")
    return [Verdict(check.name, False, message, failed=phase == "Failed", grace=check.grace)]


def _not_installed(check: Csv, subscription: Object, wanted: str | None) -> Verdict:
    installed = status(subscription).get("installedCSV")
    said = conditions(status(subscription))
    trouble = next((said[type] for type in TROUBLE if has(said.get(type), "True")), None)
    if wanted is None:
        message = "OLM has not chosen a version yet"
    else:
        message = f"{wanted} is not installed yet" + (f", {installed} is" if installed else "")
    if trouble is not None:
        message = f"{own_words(trouble)}; {message}"
    # A failed InstallPlan stays failed until somebody deletes it; a resolution is tried again all the time.
    return Verdict(check.name, False, message, failed=has(said.get("InstallPlanFailed"), "True"), grace=check.grace)
