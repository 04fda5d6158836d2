"""What OLM is told of the operators: which there are, and how a version is pinned."""

from __future__ import annotations

from typing import Any

from manifests import operators
from tests.lab import settings


def of(key: str, **openstack: Any) -> list[dict[str, Any]]:
    """Everything that OLM is told of one operator, for the seed lab with other settings of OpenStack."""
    [operator] = [each for each in operators.operators(settings(openstack=openstack)) if each.key == key]
    return operators.render(operator)


def test_a_pinned_version_is_installed_by_hand_and_any_other_by_itself() -> None:
    spec = of("openstack", version="1.0.16")[-1]["spec"]
    assert (spec["startingCSV"], spec["installPlanApproval"]) == ("openstack-operator.v1.0.16", "Manual")
    newest = of("openstack")[-1]["spec"]
    assert ("startingCSV" in newest, newest["installPlanApproval"]) == (False, "Automatic")


def test_the_subscription_is_the_last_of_every_operator_and_has_its_group() -> None:
    for operator in operators.operators(settings()):
        *before, subscription = operators.render(operator)
        assert subscription["kind"] == "Subscription"
        assert [item["kind"] for item in before] == ["Namespace", "OperatorGroup"]
        assert {item["metadata"].get("namespace", item["metadata"]["name"]) for item in before} == {operator.namespace}


def test_metrics_bring_an_operator_into_a_namespace_that_openshift_has() -> None:
    metrics = {"services": {"telemetry": {"metrics": True}}}
    [subscription] = of("observability", **metrics)
    assert subscription["kind"] == "Subscription"
    assert subscription["metadata"]["namespace"] == "openshift-operators"
    assert subscription["spec"]["name"] == "cluster-observability-operator"
    without = {operator.key for operator in operators.operators(settings())}
    assert {operator.key for operator in operators.operators(settings(openstack=metrics))} - without == {
        "observability"
    }
