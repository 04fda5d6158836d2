"""OpenStackVersion: a fresh lab, a minor update with its waits, and what its webhook refuses."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from rehearsal.operators import version
from tests.rehearsal_operators.openstack_lab import NAMESPACE, PLANE, VERSION, Lab, csv, lab

STAND_IN = version.STANDINS[0]
NODE_SET = "dataplane.openstack.org/v1beta1", "OpenStackDataPlaneNodeSet"
SERVICES = ["bootstrap", "ovn", "nova"]


def updatable(node_sets: tuple[str, ...] = ("computes",)) -> Lab:
    """A lab that runs, and whose operator is of a newer version."""
    made = lab().settle()
    for name in node_sets:
        made.put(_data_plane("OpenStackDataPlaneNodeSet", name, {"services": SERVICES}))
    made.drop("ClusterServiceVersion.operators.coreos.com", "openstack-operator.v1.0.7", "openstack-operators")
    made.put(csv("openstack", "1.0.16"))
    return made.settle()


def started(made: Lab) -> Lab:
    """Its update has been asked for."""
    spec = {**made.get(VERSION)["spec"], "targetVersion": "18.0.16"}
    made.put({**made.get(VERSION), "spec": spec})
    return made.settle()


def deploy(made: Lab, name: str, *services: str, node_set: str = "computes", ready: bool = True) -> Lab:
    """A deployment that is over."""
    spec = {"nodeSets": [node_set], **({"servicesOverride": list(services)} if services else {})}
    state = {"type": "Ready", "status": "True" if ready else "False", "message": ""}
    made.put({**_data_plane("OpenStackDataPlaneDeployment", name, spec), "status": {"conditions": [state]}})
    return made.settle()


def _data_plane(kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    metadata = {"name": name, "namespace": NAMESPACE}
    return {"apiVersion": NODE_SET[0], "kind": kind, "metadata": metadata, "spec": spec}


def waits_for(made: Lab) -> str:
    """The step that is going on."""
    found = [
        kind
        for kind, entry in made.conditions(VERSION).items()
        if kind != "Ready" and entry["status"] == "False" and entry["reason"] == "Requested"
    ]
    assert len(found) == 1, made.conditions(VERSION)
    return found[0]


def test_a_fresh_lab_runs_the_operators_version() -> None:
    made = lab().settle()
    status = made.get(VERSION)["status"]
    assert made.get(VERSION)["spec"] == {"targetVersion": "18.0.7"}
    assert status["availableVersion"] == status["deployedVersion"] == "18.0.7"
    assert [(entry["type"], entry["status"]) for entry in status["conditions"]] == [
        ("Ready", "True"),
        ("Initialized", "True"),
    ]
    assert status["containerImages"]["openstackClientImage"].endswith("/openstack-openstack-client-rhel9:18.0.7")
    assert set(status["containerImageVersionDefaults"]) == {"18.0.7"}


def test_it_is_not_deployed_before_the_control_plane_is() -> None:
    made = lab()
    made.phases["OpenStackControlPlane"] = "working"
    made.settle()
    assert made.is_ready(VERSION)
    assert "deployedVersion" not in made.get(VERSION)["status"]


def test_custom_images_take_the_place_of_the_versions() -> None:
    made = lab().settle()
    custom = {"novaAPIImage": "mine:1", "cinderVolumeImages": {"lvm": "mine:2"}}
    made.put({**made.get(VERSION), "spec": {"targetVersion": "18.0.7", "customContainerImages": custom}})
    images = made.settle().get(VERSION)["status"]["containerImages"]
    assert images["novaAPIImage"] == "mine:1"
    assert images["cinderVolumeImages"]["lvm"] == "mine:2"
    assert images["cinderVolumeImages"]["default"].endswith("cinder-volume-rhel9:18.0.7")


def test_a_newer_operator_offers_its_version_and_changes_nothing() -> None:
    made = updatable()
    status = made.get(VERSION)["status"]
    assert (status["availableVersion"], status["deployedVersion"]) == ("18.0.16", "18.0.7")
    assert made.conditions(VERSION)["MinorUpdateAvailable"]["message"] == "update available"
    assert made.is_ready(VERSION)
    assert made.get(VERSION)["spec"] == {"targetVersion": "18.0.7"}
    assert made.get(PLANE)["status"]["deployedVersion"] == "18.0.7"
    assert set(status["containerImageVersionDefaults"]) == {"18.0.7", "18.0.16"}


def test_nothing_is_offered_while_the_operators_are_being_replaced() -> None:
    made = lab().settle()
    made.drop("ClusterServiceVersion.operators.coreos.com", "openstack-operator.v1.0.7", "openstack-operators")
    made.put(csv("openstack", "1.0.16"))
    made.phases["OpenStack"] = "working"
    made.settle()
    assert made.get(VERSION)["status"]["availableVersion"] == "18.0.7"
    made.phases.clear()
    assert made.settle().get(VERSION)["status"]["availableVersion"] == "18.0.16"


@pytest.mark.parametrize("last", [[("update-services",), ("update-system",)], [("update-system", "update-services")]])
def test_a_minor_update_step_by_step(last: list[tuple[str, ...]]) -> None:
    made = started(updatable())
    assert waits_for(made) == "MinorUpdateOVNDataplane"
    plane = made.get(PLANE)["status"]
    assert (plane["deployedOVNVersion"], plane["deployedVersion"]) == ("18.0.16", "18.0.7")
    assert plane["containerImages"]["ovnControllerImage"].endswith(":18.0.16")
    assert plane["containerImages"]["novaAPIImage"].endswith(":18.0.7")
    assert "MinorUpdateAvailable" not in made.conditions(VERSION)

    deploy(made, "ovn", "ovn")
    assert waits_for(made) == "MinorUpdateDataplane"
    plane = made.get(PLANE)["status"]
    assert plane["deployedVersion"] == "18.0.16"
    assert plane["containerImages"]["novaAPIImage"].endswith(":18.0.16")
    assert made.get(VERSION)["status"]["deployedVersion"] == "18.0.7"

    for number, services in enumerate(last):
        assert waits_for(made) == "MinorUpdateDataplane"
        deploy(made, f"last-{number}", *services)
    assert made.is_ready(VERSION)
    assert made.get(VERSION)["status"]["deployedVersion"] == "18.0.16"
    assert set(made.conditions(VERSION)) == {"Ready", "Initialized"}


def test_the_last_step_is_seen_before_the_conditions_go() -> None:
    made = deploy(started(updatable()), "ovn", "ovn")
    spec = {"nodeSets": ["computes"], "servicesOverride": ["update"]}
    state = {"type": "Ready", "status": "True", "message": ""}
    made.put({**_data_plane("OpenStackDataPlaneDeployment", "last", spec), "status": {"conditions": [state]}})
    made.round()
    assert made.conditions(VERSION)["MinorUpdateDataplane"]["status"] == "True"
    assert made.get(VERSION)["status"]["deployedVersion"] == "18.0.16"


def test_each_step_waits_for_its_own_part() -> None:
    made = updatable()
    made.phases["OpenStackControlPlane"] = "working"
    started(made)
    assert waits_for(made) == "MinorUpdateOVNControlplane"
    assert made.message() == "OpenStackControlPlane OVN in progress"
    assert made.conditions(PLANE)["OpenStackControlPlaneNovaReady"]["status"] == "True"
    made.phases.clear()
    made.settle()
    made.phases["OpenStackControlPlane"] = "working"
    deploy(made, "ovn", "ovn")
    assert made.message() == "OpenStackControlPlane Client in progress"
    assert waits_for(made).startswith("MinorUpdateRabbitMQ")
    assert made.conditions(VERSION)["MinorUpdateDataplane"]["status"] == "Unknown"


def test_deployments_that_do_not_count() -> None:
    made = deploy(updatable(), "early", "ovn")
    started(made)
    assert waits_for(made) == "MinorUpdateOVNDataplane", "a deployment from before the update"
    deploy(made, "failed", "ovn", ready=False)
    deploy(made, "other", "nova")
    assert waits_for(made) == "MinorUpdateOVNDataplane"
    deploy(made, "whole")
    assert waits_for(made) == "MinorUpdateDataplane", "a whole deployment has run ovn too"
    deploy(made, "half", "update-services")
    assert waits_for(made) == "MinorUpdateDataplane"


def test_every_node_set_is_updated() -> None:
    made = started(updatable(("computes", "more")))
    deploy(made, "ovn", "ovn")
    assert waits_for(made) == "MinorUpdateOVNDataplane"
    deploy(made, "ovn-more", "ovn", node_set="more")
    deploy(made, "last", "update")
    assert waits_for(made) == "MinorUpdateDataplane"
    assert deploy(made, "last-more", "update", node_set="more").is_ready(VERSION)


def test_without_computes_the_control_plane_is_all() -> None:
    assert started(updatable(())).get(VERSION)["status"]["deployedVersion"] == "18.0.16"


def test_a_step_that_was_done_stays_done() -> None:
    made = started(updatable())
    deploy(made, "ovn", "ovn")
    made.drop("IPAddressPool.metallb.io", "internalapi", "metallb-system")
    made.settle()
    assert made.conditions(VERSION)["MinorUpdateControlplane"]["status"] == "True"
    deploy(made, "last", "update")
    assert made.get(VERSION)["status"]["deployedVersion"] == "18.0.7", "the control plane is not ready"


def test_what_the_webhook_refuses() -> None:
    made = updatable()
    world, obj = made.world(), copy.deepcopy(made.get(VERSION))
    assert STAND_IN.refuses("CREATE", {**obj, "spec": {}}, None, world) is None
    assert "18.0.7 must equal available version" in (STAND_IN.refuses("CREATE", obj, None, world) or "")
    for target, allowed in [("18.0.16", True), ("18.0.7", True), ("18.0.99", False)]:
        new = {**obj, "spec": {"targetVersion": target}}
        why = STAND_IN.refuses("UPDATE", new, obj, world)
        assert (why is None) == allowed, why
    other = {**obj, "metadata": {**obj["metadata"], "name": "other"}, "spec": {}}
    assert "Only one OpenStackVersion" in (STAND_IN.refuses("CREATE", other, None, world) or "")
    made.drop(*VERSION)
    assert "that of the OpenStackControlPlane" in (STAND_IN.refuses("CREATE", other, None, made.world()) or "")
