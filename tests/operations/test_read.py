"""Values are read once they are there."""

from __future__ import annotations

import pytest

from readiness.errors import ConfigurationError, OutOfTimeError
from tests.operations.fake_cluster import FakeCluster, Step

VERSIONS = "/apis/core.openstack.org/v1beta1/namespaces/openstack/openstackversions"
IMAGE = {"path": f"{VERSIONS}/controlplane", "field": "status.containerImages.openstackClientImage"}


def test_each_value_comes_back_under_its_key(cluster: FakeCluster, step: Step) -> None:
    images = {"openstackClientImage": "registry.example.com/client:1", "others": ["a"]}
    cluster.add(VERSIONS, "controlplane", status={"containerImages": images})
    others = {"path": IMAGE["path"], "field": "status.containerImages.others"}
    assert step("read", fields={"client": IMAGE, "others": others}) == {
        "client": "registry.example.com/client:1",
        "others": ["a"],
    }


def test_it_waits_for_the_object_and_then_for_the_field(cluster: FakeCluster, step: Step) -> None:
    def controller(world: FakeCluster) -> None:
        if world.requests == 2:
            world.add(VERSIONS, "controlplane", status={"containerImages": {"openstackClientImage": ""}})
        if world.requests == 4:
            world.objects[IMAGE["path"]]["status"]["containerImages"]["openstackClientImage"] = "client"

    cluster.controllers.append(controller)
    assert step("read", fields={"client": IMAGE}) == {"client": "client"}
    assert [line.rpartition(": ")[2] for line in step.progress] == [
        "not found",
        "status.containerImages.openstackClientImage is not set",
    ]


def test_when_time_is_up_the_field_is_named(cluster: FakeCluster, step: Step) -> None:
    cluster.add(VERSIONS, "controlplane", status={})
    with pytest.raises(OutOfTimeError, match="openstackClientImage is not set; that was all in 0 s"):
        step("read", timeout=0.1, fields={"client": IMAGE})


def test_a_key_that_nobody_knows_is_refused(cluster: FakeCluster, step: Step) -> None:
    with pytest.raises(ConfigurationError, match=r"fields\.client has unknown keys: pathh"):
        step("read", fields={"client": {**IMAGE, "pathh": "x"}})
