"""Operators: what OLM says of a Subscription and its ClusterServiceVersion, and when that is the end."""

from __future__ import annotations

from typing import Any

import pytest

from readiness import spec, wait
from readiness.errors import OutOfTimeError, TerminalFailureError
from tests.readiness.fake_api import FakeApi, Run, judged, says, thing

NS = "openstack-operators"
OLM = f"/apis/operators.coreos.com/v1alpha1/namespaces/{NS}"
SUBSCRIPTION = f"{OLM}/subscriptions/openstack-operator"
V7, V16 = "openstack-operator.v1.0.7", "openstack-operator.v1.0.16"


def csv(version: str, **status: Any) -> dict[str, Any]:
    return {f"{OLM}/clusterserviceversions/{version}": thing(version, **status)}


def subscription(*conditions: dict[str, Any], **status: Any) -> dict[str, Any]:
    return {SUBSCRIPTION: thing("openstack-operator", *conditions, **status)}


def test_an_operator_is_ready_when_its_current_csv_is_installed_and_succeeded() -> None:
    objects = {**subscription(currentCSV=V16, installedCSV=V16), **csv(V16, phase="Succeeded")}
    verdict = judged(spec.csv("openstack-operator", NS), objects)[0]
    assert (verdict.ready, verdict.name) == (True, "Subscription openstack-operator")


def test_a_pinned_csv_is_ready_while_a_newer_one_waits_for_approval() -> None:
    pending = says("InstallPlanPending", "True", "RequiresApproval")
    objects = {**subscription(pending, currentCSV=V16, installedCSV=V7), **csv(V7, phase="Succeeded")}
    assert judged(spec.csv("openstack-operator", NS, V7), objects)[0].ready
    assert not judged(spec.csv("openstack-operator", NS), objects)[0].ready


@pytest.mark.parametrize(
    ("objects", "message"),
    [
        ({}, "not found"),
        (subscription(), "OLM has not chosen a version yet"),
        (
            subscription(says("ResolutionFailed", "True", "ConstraintsNotSatisfiable", "no operators found in x")),
            "ResolutionFailed is True (ConstraintsNotSatisfiable: no operators found in x); "
            "OLM has not chosen a version yet",
        ),
        (
            subscription(
                says("CatalogSourcesUnhealthy", "False", "AllCatalogSourcesHealthy", "all are healthy"),
                says("InstallPlanPending", "True", "RequiresApproval"),
                currentCSV=V16,
            ),
            f"InstallPlanPending is True (RequiresApproval); {V16} is not installed yet",
        ),
        (subscription(currentCSV=V16, installedCSV=V7), f"{V16} is not installed yet, {V7} is"),
        (subscription(currentCSV=V16, installedCSV=V16), "not found"),
        ({**subscription(currentCSV=V16, installedCSV=V16), **csv(V16)}, f"{V16} is not looked at yet"),
        (
            {
                **subscription(currentCSV=V16, installedCSV=V16),
                **csv(V16, phase="Pending", reason="RequirementsNotMet", message="cert-manager is missing"),
            },
            f"{V16} is Pending (RequirementsNotMet: cert-manager is missing)",
        ),
    ],
)
def test_what_olm_is_at_is_told_in_its_own_words(objects: dict[str, Any], message: str) -> None:
    verdict = judged(spec.csv("openstack-operator", NS), objects)[0]
    assert (verdict.ready, verdict.failed, verdict.message) == (False, False, message)


def test_a_csv_on_its_way_out_is_not_ready() -> None:
    objects = {**subscription(currentCSV=V7, installedCSV=V7), **csv(V7, phase="Succeeded")}
    objects[f"{OLM}/clusterserviceversions/{V7}"]["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    verdict = judged(spec.csv("openstack-operator", NS), objects)[0]
    assert (verdict.name, verdict.message) == (f"Subscription openstack-operator: {V7}", "is being deleted")


def test_an_installed_csv_that_is_not_the_pinned_one_is_not_ready() -> None:
    objects = {**subscription(currentCSV=V16, installedCSV=V16), **csv(V16, phase="Succeeded")}
    verdict = judged(spec.csv("openstack-operator", NS, V7), objects)[0]
    assert (verdict.ready, verdict.message) == (False, f"{V7} is not installed yet, {V16} is")


def test_a_failed_csv_that_olm_mends_only_waits(api: FakeApi, run: Run) -> None:
    api.objects.update(subscription(currentCSV=V7, installedCSV=V7))
    failed = thing(V7, phase="Failed", reason="UnsupportedOperatorGroup", message="OwnNamespace is not supported")
    api.script[f"{OLM}/clusterserviceversions/{V7}"] = [failed, failed, thing(V7, phase="Succeeded")]
    run(spec.csv("openstack-operator", NS))
    assert run.progress == [
        f"0/1 ready, waiting for Subscription openstack-operator: {V7} is Failed "
        "(UnsupportedOperatorGroup: OwnNamespace is not supported)",
        "1/1 ready",
    ]


def test_a_csv_that_stays_failed_ends_the_wait_with_its_message(api: FakeApi, run: Run) -> None:
    api.objects.update(subscription(currentCSV=V7, installedCSV=V7))
    api.objects.update(csv(V7, phase="Failed", reason="InstallCheckFailed", message="install timeout"))
    with pytest.raises(TerminalFailureError, match=r"is Failed \(InstallCheckFailed: install timeout\)"):
        run(spec.csv("openstack-operator", NS, grace=0.1), timeout=3600)
    assert api.requests[SUBSCRIPTION] >= 2, "it was looked at again before it was given up"


def test_a_failed_install_plan_that_nobody_mends_ends_the_wait(api: FakeApi, run: Run) -> None:
    failed = says("InstallPlanFailed", "True", "InstallComponentFailed", "bundle unpacking timed out")
    api.objects.update(subscription(failed, currentCSV=V7))
    with pytest.raises(TerminalFailureError, match="bundle unpacking timed out"):
        run(spec.csv("openstack-operator", NS, grace=0.1), timeout=3600)


@pytest.mark.parametrize("between", [(503, "away"), thing(V7, phase="Installing")])
def test_a_failure_lasts_only_while_nothing_else_is_seen(
    api: FakeApi, run: Run, monkeypatch: pytest.MonkeyPatch, between: Any
) -> None:
    """Over all this goes on for several times the grace, but no failure is seen twice running."""
    monkeypatch.setattr(wait, "LONGEST_PAUSE", 0.02)
    api.objects.update(subscription(currentCSV=V7, installedCSV=V7))
    answers = [thing(V7, phase="Failed"), between] * 15
    api.script[f"{OLM}/clusterserviceversions/{V7}"] = [*answers, thing(V7, phase="Succeeded")]
    run(spec.csv("openstack-operator", NS, grace=0.1))
    assert run.progress[-1] == "1/1 ready"


def test_out_of_time_within_the_grace_says_what_had_failed(api: FakeApi, run: Run) -> None:
    api.objects.update(subscription(currentCSV=V7, installedCSV=V7))
    api.objects.update(csv(V7, phase="Failed", message="install timeout"))
    with pytest.raises(OutOfTimeError, match="install timeout"):
        run(spec.csv("openstack-operator", NS, grace=3600), timeout=0.2)
