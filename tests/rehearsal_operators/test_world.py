"""What a stand-in sees."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.operators.world import World, is_true, kind_of


def made(api_version: str, kind: str, name: str, namespace: str | None = None, **more: Any) -> dict[str, Any]:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {}), **more.pop("metadata", {})}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **more}


def csv(name: str, phase: str, namespace: str = "openstack-operators") -> dict[str, Any]:
    return made("operators.coreos.com/v1alpha1", "ClusterServiceVersion", name, namespace, status={"phase": phase})


def test_kinds_are_said_with_their_group_and_core_kinds_bare() -> None:
    assert kind_of(made("v1", "Secret", "a")) == "Secret"
    assert kind_of(made("batch/v1", "Job", "a")) == "Job.batch"
    assert kind_of(made("network.openstack.org/v1beta1", "NetConfig", "a")) == "NetConfig.network.openstack.org"


def test_objects_are_found_by_name_namespace_and_labels() -> None:
    first = made("v1", "Pod", "a", "one", metadata={"labels": {"app": "x", "tier": "y"}})
    second, third = made("v1", "Pod", "a", "two"), made("v1", "Node", "a")
    world = World([second, third, first])
    assert world.get("Pod", "a", "one") is first
    assert world.get("Pod", "a") is None, "a namespaced object is not found without its namespace"
    assert world.get("Node", "a") is third
    assert world.all("Pod") == [first, second]
    assert world.all("Pod", "two") == [second]
    assert world.all("Pod", labels={"app": "x"}) == [first]
    assert world.all("Pod", labels={"app": "z"}) == []
    assert world.all("Job.batch") == []


def test_a_definition_serves_once_it_is_established() -> None:
    def crd(status: str) -> dict[str, Any]:
        conditions = [{"type": "Established", "status": status}]
        kind = "CustomResourceDefinition"
        return made("apiextensions.k8s.io/v1", kind, "toys.example.com", status={"conditions": conditions})

    assert World([crd("True")]).serves("toys.example.com")
    assert not World([crd("False")]).serves("toys.example.com")
    assert not World().serves("toys.example.com")


@pytest.mark.parametrize(
    ("found", "version"),
    [
        ([], None),
        ([csv("openstack-operator.v1.0.7", "Installing")], None),
        ([csv("openstack-operator.v1.0.7", "Succeeded")], "1.0.7"),
        ([csv("openstack-operator.v1.0.7", "Replacing"), csv("openstack-operator.v1.0.16", "Installing")], None),
        ([csv("openstack-operator.v1.0.7", "Replacing"), csv("openstack-operator.v1.0.16", "Succeeded")], "1.0.16"),
        ([csv("metallb-operator.v4.18.0", "Succeeded", "metallb-system")], None),
    ],
)
def test_an_operator_runs_in_the_version_that_has_succeeded(found: list[dict[str, Any]], version: str | None) -> None:
    world = World(found)
    assert world.version("openstack") == version
    assert world.installed("openstack") == (version is not None)


def test_an_object_without_status_or_condition_is_nothing() -> None:
    assert not is_true(None, "Ready")
    assert not is_true(made("v1", "Pod", "a", status=None), "Ready")
    assert not is_true(made("v1", "Pod", "a", status={"conditions": None}), "Ready")


def test_a_world_without_directory_has_no_api_server() -> None:
    with pytest.raises(ValueError, match="made without a directory"):
        World().kube()
