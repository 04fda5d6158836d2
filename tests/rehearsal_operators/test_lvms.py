"""LVMS' stand-in: the disks must really be there, and its webhook refuses what upstream's refuses."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from manifests import operator_init
from rehearsal.cluster.install import Host
from rehearsal.operators.lvms import LvmCluster
from rehearsal.operators.standin import Operation, View
from rehearsal.operators.world import World
from tests.rehearsal_operators.nodes import csv, guests, hosts, world

NAMESPACE = "openshift-lvm-storage"


def cluster(**changes: Any) -> dict[str, Any]:
    """The program's LVMCluster; ``changes`` are of its one device class, None takes a field away."""
    obj = deepcopy(operator_init.lvm_cluster())
    obj["metadata"] |= {"uid": "1", "generation": 1}
    [device_class] = obj["spec"]["storage"]["deviceClasses"]
    device_class |= changes
    for key in [key for key, value in changes.items() if value is None]:
        del device_class[key]
    return obj


@pytest.fixture
def machines() -> list[Host]:
    """Three masters and two workers."""
    return hosts()


@pytest.fixture
def here(tmp_path: Path, machines: list[Host]) -> World:
    """Their cluster, LVMS installed."""
    return world(tmp_path, machines, csv("lvms", NAMESPACE))


def view(obj: dict[str, Any], here: World) -> View:
    """Where it stands after the work was done once."""
    outcome = LvmCluster().act(obj, here)
    return View(obj, "failed" if outcome.problem else "ready", problem=outcome.problem, facts=outcome.facts)


def test_it_is_ready_when_every_worker_has_its_disk(machines: list[Host], here: World) -> None:
    """A volume group on each, none on masters: their taint is not tolerated, and they lack the label."""
    with guests(machines):
        standing = view(cluster(), here)
    status = LvmCluster().status(standing, here)
    assert (status["ready"], status["state"]) == (True, "Ready")
    [device_class] = status["deviceClassStatuses"]
    assert device_class["name"] == "local-storage"
    assert [(node["node"], node["status"], node["devices"]) for node in device_class["nodeStatus"]] == [
        ("worker-0", "Ready", ["/dev/vdb"]),
        ("worker-1", "Ready", ["/dev/vdb"]),
    ]


def test_its_storage_class_is_the_default_one_and_named_after_the_device_class(here: World) -> None:
    """It is there before the volume groups are."""
    parts = LvmCluster().parts(View(cluster(), "working"), here)
    [storage] = [part for part in parts if part["kind"] == "StorageClass"]
    assert storage["metadata"]["name"] == "lvms-local-storage"
    assert storage["metadata"]["annotations"]["storageclass.kubernetes.io/is-default-class"] == "true"
    assert storage["volumeBindingMode"] == "WaitForFirstConsumer"
    managers = {part["spec"]["nodeName"] for part in parts if part["kind"] == "Pod"}
    assert managers == {"worker-0", "worker-1"}


def test_another_default_class_stays_the_only_one(tmp_path: Path, machines: list[Host]) -> None:
    """Upstream leaves it alone too."""
    annotations = {"storageclass.kubernetes.io/is-default-class": "true"}
    other = {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass"}
    taken = world(tmp_path, machines, {**other, "metadata": {"name": "other", "annotations": annotations}})
    [storage, *_] = LvmCluster().parts(View(cluster(), "ready"), taken)
    assert storage["metadata"]["annotations"]["storageclass.kubernetes.io/is-default-class"] == "false"


def test_a_worker_without_the_disk_fails_it_and_is_named(machines: list[Host], here: World) -> None:
    """The others are ready all the same."""
    with guests(machines) as running:
        running.says["worker-1"]["disks"].pop()
        standing = view(cluster(), here)
    status = LvmCluster().status(standing, here)
    assert (status["ready"], status["state"]) == (False, "Failed")
    good, bad = status["deviceClassStatuses"][0]["nodeStatus"]
    assert good["status"] == "Ready"
    assert bad["status"] == "Failed"
    assert 'mandatory device path "/dev/vdb" cannot be used: the device did not exist on the host' in bad["reason"]
    assert "worker-1" in standing.problem


@pytest.mark.parametrize(
    ("selector", "reason"),
    [
        ({"paths": ["/dev/vda"]}, "it has the operating system on it"),
        ({"paths": ["/dev/vdb", "/dev/vdc"]}, 'mandatory device path "/dev/vdc"'),
        ({"optionalPaths": ["/dev/vdc"]}, "there were no available devices"),
    ],
)
def test_disks_that_cannot_be_taken(machines: list[Host], here: World, selector: Any, reason: str) -> None:
    """The path and why."""
    with guests(machines):
        assert reason in view(cluster(deviceSelector=selector), here).problem


@pytest.mark.parametrize("selector", [{"optionalPaths": ["/dev/vdb", "/dev/vdc"]}, None])
def test_disks_that_may_be_there_or_are_found(machines: list[Host], here: World, selector: Any) -> None:
    """One optional path is enough, and without a selector every disk but the first is taken."""
    with guests(machines):
        standing = view(cluster(deviceSelector=selector), here)
    [device_class] = LvmCluster().status(standing, here)["deviceClassStatuses"]
    assert device_class["nodeStatus"][0]["devices"] == ["/dev/vdb"]


def test_a_worker_that_does_not_answer_is_said(here: World) -> None:
    """Nobody is switched on."""
    assert "worker-0 does not answer" in view(cluster(), here).problem


def test_without_a_node_it_is_never_ready(machines: list[Host], here: World) -> None:
    """Nothing has failed, so the state is not Failed."""
    term = {"matchExpressions": [{"key": "node-role.kubernetes.io/storage", "operator": "Exists"}]}
    with guests(machines):
        standing = view(cluster(nodeSelector={"nodeSelectorTerms": [term]}), here)
    status = LvmCluster().status(standing, here)
    assert (status["ready"], status["state"]) == (False, "Progressing")
    assert standing.problem == "no valid node found for device class local-storage"


def test_masters_take_part_where_they_are_schedulable(tmp_path: Path) -> None:
    """A compact lab."""
    machines = hosts(masters=3, workers=0)
    selected = LvmCluster().inputs(cluster(), world(tmp_path, machines))
    assert selected == {"local-storage": ["master-0", "master-1", "master-2"]}


def test_it_goes_when_its_volumes_are_gone(tmp_path: Path, machines: list[Host], here: World) -> None:
    """Volumes of other classes don't matter."""
    kind = {"apiVersion": "v1", "kind": "PersistentVolume"}
    own = {**kind, "metadata": {"name": "own"}, "spec": {"storageClassName": "lvms-local-storage"}}
    other = {**kind, "metadata": {"name": "other"}, "spec": {"storageClassName": "other"}}
    assert LvmCluster().gone(cluster(), here) is None
    assert LvmCluster().gone(cluster(), world(tmp_path, machines, other)) is None
    assert "own" in (LvmCluster().gone(cluster(), world(tmp_path, machines, own, other)) or "")


def refused(operation: Operation, obj: dict[str, Any], here: World, old: dict[str, Any] | None = None) -> str:
    """The webhook's words, "" when it allows it."""
    return LvmCluster().refuses(operation, obj, old, here) or ""


def test_the_programs_own_is_allowed(here: World) -> None:
    """Also when it is applied again."""
    assert refused("CREATE", cluster(), here) == ""
    assert refused("UPDATE", cluster(), here, cluster()) == ""
    assert refused("DELETE", cluster(), here, cluster()) == ""


def test_it_must_lie_beside_its_operator_and_be_the_only_one(tmp_path: Path, machines: list[Host], here: World) -> None:
    """Two rules for the making only."""
    elsewhere = cluster()
    elsewhere["metadata"]["namespace"] = "openshift-storage"
    assert f'only supported within namespace "{NAMESPACE}"' in refused("CREATE", elsewhere, here)
    taken = world(tmp_path, machines, csv("lvms", NAMESPACE), cluster())
    second = cluster()
    second["metadata"]["name"] = "second"
    assert "duplicate LVMClusters are not allowed" in refused("CREATE", second, taken)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"deviceSelector": {"paths": []}}, "either paths or optionalPaths must be specified"),
        ({"deviceSelector": {"paths": ["vdb"]}}, "must be an absolute path"),
        ({"deviceSelector": {"paths": ["/dev/vdb"], "optionalPaths": ["/dev/vdb"]}}, "at multiple places"),
    ],
)
def test_a_class_that_makes_no_sense_is_refused(here: World, changes: dict[str, Any], message: str) -> None:
    """When it is made and when it is changed."""
    assert message in refused("CREATE", cluster(**changes), here)
    assert message in refused("UPDATE", cluster(**changes), here, cluster())


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ({"name": "b", "default": True, "deviceSelector": {"paths": ["/dev/vdc"]}}, "only one default deviceClass"),
        ({"name": "b"}, "for b deviceClass(es)"),
        ({"name": "b", "deviceSelector": {"paths": ["/dev/vdb"]}}, "overlaps in two different"),
    ],
)
def test_two_classes_must_not_meet(here: World, second: dict[str, Any], message: str) -> None:
    """Paths are compared among classes with the same node selector."""
    obj = cluster()
    [first] = obj["spec"]["storage"]["deviceClasses"]
    obj["spec"]["storage"]["deviceClasses"] = [first, {**second, "nodeSelector": first["nodeSelector"]}]
    assert message in refused("CREATE", obj, here)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"thinPoolConfig": None}, "ThinPoolConfig can not be changed"),
        ({"thinPoolConfig": {"name": "other", "sizePercent": 90, "overprovisionRatio": 10}}, "ThinPoolConfig.Name"),
        ({"thinPoolConfig": {"name": "thin-pool", "sizePercent": 80, "overprovisionRatio": 10}}, "SizePercent"),
        ({"nodeSelector": None}, "NodeSelector can not be changed"),
        (
            {"deviceSelector": {"paths": ["/dev/vdb"], "forceWipeDevicesAndDestroyAllData": True}},
            "ForceWipeDevicesAndDestroyAllData can not be changed",
        ),
        ({"deviceSelector": {"paths": ["/dev/vdb"], "optionalPaths": ["/dev/vdc"]}}, "device paths can not be added"),
    ],
)
def test_what_is_fixed_once_it_is_made(here: World, changes: dict[str, Any], message: str) -> None:
    """Allowed when it is made so."""
    assert refused("CREATE", cluster(**changes), here) == ""
    assert message in refused("UPDATE", cluster(**changes), here, cluster())


def test_what_may_be_changed(here: World) -> None:
    """A path more, and how much is promised of the pool."""
    more = cluster(
        deviceSelector={"paths": ["/dev/vdb", "/dev/vdc"]},
        thinPoolConfig={"name": "thin-pool", "sizePercent": 90, "overprovisionRatio": 20},
    )
    assert refused("UPDATE", more, here, cluster()) == ""
