"""Step ``approve``: lets OLM install one pinned version of an operator, and nothing else.

A Subscription with ``installPlanApproval: Manual`` gets an InstallPlan for what OLM would install next. Before anything
is installed that is ``startingCSV``; afterwards it is whatever OLM's upgrade graph has next, which need not be what was
asked for. So the plan is looked for by the version in it (operator-framework/api, installplan_types.go).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from operations.cluster import Cluster, NotYetError, Object, at
from operations.document import Keys
from readiness import spec
from readiness.errors import TerminalFailureError
from readiness.olm import GROUP, TROUBLE
from readiness.verdict import conditions, has, own_words, status

_SETTLED = 30.0
"""Seconds for which OLM must hold on to another version: after a change of the channel it needs a moment."""


def run(keys: Keys, cluster: Cluster) -> dict[str, Any]:
    """Input: ``namespace``, ``subscription``, ``csv`` ("openstack-operator.v1.0.7"), optional ``settled`` (seconds).
    Output: ``csv``, once its InstallPlan is complete."""
    approval = _Approval(
        cluster,
        keys.text("namespace"),
        keys.text("subscription"),
        keys.text("csv"),
        keys.number_or("settled", _SETTLED),
    )
    keys.done()
    cluster.until(f"InstallPlan of {approval.csv}", approval.look)
    return {"csv": approval.csv}


class _Approval:
    def __init__(self, cluster: Cluster, namespace: str, subscription: str, csv: str, settled: float) -> None:
        self.csv = csv
        self._cluster = cluster
        self._namespace = namespace
        self._subscription = subscription
        self._settled = settled
        self._other: tuple[str, float] | None = None  # the version that OLM offers instead, and since when

    def look(self) -> None:
        """Return when the plan is complete; approve it on the way."""
        subscription = self._cluster.look(spec.path(GROUP, "subscriptions", self._subscription, self._namespace))
        if subscription is None:
            raise NotYetError(f"Subscription {self._subscription} not found")
        self._refuse_older(subscription)
        plan = self._plan(subscription)
        if plan is not None:
            self._follow(plan)
        elif at(subscription, "status.installedCSV") != self.csv:
            self._refuse_another(subscription)
            raise NotYetError(_words(subscription) or "OLM has made none yet")

    def _plan(self, subscription: Object) -> Object | None:
        """The newest InstallPlan with the version that belongs to the Subscription."""
        plans = self._cluster.look(spec.path(GROUP, "installplans", None, self._namespace)) or {}
        current = at(subscription, "status.installPlanRef.name")
        wanted = [
            plan
            for plan in plans.get("items") or []
            if self.csv in (at(plan, "spec.clusterServiceVersionNames") or ())
            and (plan["metadata"]["name"] == current or self._owned(plan))
        ]
        return max(wanted, key=lambda plan: (at(plan, "metadata.creationTimestamp") or "", _name(plan)), default=None)

    def _owned(self, plan: Mapping[str, Any]) -> bool:
        owners = at(plan, "metadata.ownerReferences") or ()
        return any(owner["kind"] == "Subscription" and owner["name"] == self._subscription for owner in owners)

    def _follow(self, plan: Object) -> None:
        name, phase = _name(plan), at(plan, "status.phase")
        if phase == "Complete":
            return
        said = _failure(plan)
        if phase == "Failed":
            raise TerminalFailureError(
                f"InstallPlan {name} of {self.csv} failed: {said or 'no explanation'}. OLM does not repeat it: remove "
                f"the cause, then delete InstallPlan {name} in namespace {self._namespace}, and run pulumi up again."
            )
        if not at(plan, "spec.approved"):
            self._cluster.say(f"approving InstallPlan {name}: {', '.join(plan['spec']['clusterServiceVersionNames'])}")
            path = spec.path(GROUP, "installplans", name, self._namespace)
            self._cluster.patch(f"InstallPlan {name}", path, {"spec": {"approved": True}})
            raise NotYetError(f"InstallPlan {name} is approved")
        raise NotYetError(f"InstallPlan {name} is {phase or 'not looked at yet'}{': ' + said if said else ''}")

    def _refuse_older(self, subscription: Object) -> None:
        """An operator is never exchanged for an older one, whose plan may still be there, complete."""
        installed = at(subscription, "status.installedCSV")
        if installed and _numbers(installed) > _numbers(self.csv):
            raise TerminalFailureError(
                f"{installed} is installed, which is newer than {self.csv}: an older one could not read its data. "
                f"Set openstack.version to {_version(installed)}, or raise generation to build the lab anew."
            )

    def _refuse_another(self, subscription: Object) -> None:
        """OLM is at rest with another version, and has been for a while."""
        state, offered = at(subscription, "status.state"), at(subscription, "status.currentCSV")
        if state not in ("AtLatestKnown", "UpgradePending") or not offered or offered == self.csv:
            self._other = None
            return
        if self._other is None or self._other[0] != offered:
            self._other = (offered, time.monotonic())
        if time.monotonic() - self._other[1] < self._settled:
            raise NotYetError(f"OLM offers {offered}")
        raise TerminalFailureError(
            f"OLM offers {offered}, not {self.csv} (Subscription {self._subscription} in namespace {self._namespace}, "
            f"channel {at(subscription, 'spec.channel') or 'default'}): set openstack.version to {_version(offered)}, "
            "or to one that the channel leads to from what is installed "
            f"({at(subscription, 'status.installedCSV') or 'nothing'})."
        )


def _words(subscription: Object) -> str:
    """What OLM says is in the way, in its own words."""
    said = conditions(status(subscription))
    return "; ".join(own_words(said[trouble]) for trouble in TROUBLE if has(said.get(trouble), "True"))


def _failure(plan: Object) -> str:
    said = [own_words(one) for one in conditions(status(plan)).values() if has(one, "False")]
    return "; ".join(said) or str(status(plan).get("message") or "")


def _name(plan: Mapping[str, Any]) -> str:
    return str(plan["metadata"]["name"])


def _numbers(csv: str) -> tuple[int, ...]:
    """What versions are compared by; what follows a ``-`` tells rebuilds of one version apart."""
    return tuple(int(part) for part in _version(csv).partition("-")[0].split(".") if part.isdigit())


def _version(csv: str) -> str:
    """ "openstack-operator.v1.0.7" → "1.0.7"."""
    return csv.partition(".v")[2] or csv
