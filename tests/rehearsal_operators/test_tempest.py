"""Tempest: its conditions say that it ended, its pod how."""

from __future__ import annotations

from typing import Any

import pytest

from manifests import tempest
from rehearsal.operators.standin import Unmet, View
from rehearsal.operators.tempest import Tempest
from tests.lab import settings
from tests.rehearsal_operators.lab_objects import Object, objects, served, world

TEMPEST = Tempest()
CLASS: Object = {
    "apiVersion": "storage.k8s.io/v1",
    "kind": "StorageClass",
    "metadata": {"name": settings().openstack.storage.storage_class},
}


def suite() -> Object:
    """The lab's Tempest."""
    return served(tempest.render(settings()))


def sentences(**more: Any) -> list[str]:
    return [need.sentence for need in TEMPEST.unmet(suite(), world(CLASS, **more))]


@pytest.mark.parametrize(
    ("without", "said"),
    [
        (f"StorageClass/{CLASS['metadata']['name']}", "storageclass.storage.k8s.io"),
        ("NetworkAttachmentDefinition/ctlplane", "network-attachment-definition ctlplane not found"),
        ("ConfigMap/openstack-config", "ConfigMap openstack-config not found"),
        ("Secret/openstack-config-secret", "Secret openstack-config-secret not found"),
    ],
)
def test_whatever_is_missing_is_named(without: str, said: str) -> None:
    assert sentences() == []
    [sentence] = sentences(without=[without])
    assert said in sentence


def phases(view: View) -> tuple[str, str]:
    """Ready's status, and the pod's phase."""
    there = world(CLASS)
    [ready] = [entry for entry in TEMPEST.status(view, there)["conditions"] if entry["type"] == "Ready"]
    [pod] = TEMPEST.parts(view, there)
    assert pod["metadata"]["labels"]["instanceName"] == "tempest"
    return ready["status"], pod["status"]["phase"]


def test_ready_means_ended_and_the_pod_tells_how() -> None:
    assert phases(View(suite(), "working")) == ("False", "Running")
    assert phases(View(suite(), "ready")) == ("True", "Succeeded")
    assert phases(View(suite(), "failed", problem="tests failed", facts={"code": 1})) == ("True", "Failed")
    assert TEMPEST.parts(View(suite(), "waiting", (Unmet("x"),)), world()) == []


def test_the_lab_s_own_selection_passes_and_a_service_that_is_off_fails_it() -> None:
    assert TEMPEST.act(suite(), world(CLASS)).problem == ""
    [plane] = [item for item in objects() if item["kind"] == "OpenStackControlPlane"]
    plane["spec"]["glance"] = {"enabled": False}
    assert "no endpoint for glance" in TEMPEST.act(suite(), world(plane)).problem
    assert "is not Ready" in TEMPEST.act(suite(), world(plane | {"status": {}})).problem


def test_what_is_no_regular_expression_fails_it() -> None:
    broken = suite()
    broken["spec"]["tempestRun"]["includeList"] = "tempest.api.("
    assert "is no regular expression" in TEMPEST.act(broken, world(CLASS)).problem
