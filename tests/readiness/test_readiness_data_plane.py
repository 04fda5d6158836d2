"""Storage and the data plane: LVMCluster, OpenStackDataPlaneDeployment, and that none of them is running."""

from __future__ import annotations

from typing import Any

import pytest

from readiness import spec
from readiness.errors import TerminalFailureError
from tests.readiness.fake_api import FakeApi, Run, judged, says, thing

LVM = "/apis/lvm.topolvm.io/v1alpha1/namespaces/openshift-lvm-storage/lvmclusters/lab"
LVM_CLUSTER = spec.lvm_cluster("lab", "openshift-lvm-storage")
DEPLOYMENTS = "/apis/dataplane.openstack.org/v1beta1/namespaces/openstack/openstackdataplanedeployments"
DEPLOYMENT = spec.data_plane_deployment("edpm-1", "openstack")
GIVEN_UP = says("DeploymentReady", "False", "BackoffLimitExceeded", "nodeSet: edpm error: backoff limit reached")
TRYING = says("DeploymentReady", "False", "Error", "nodeSet: edpm error: failed pods: 1")
SERVICES = {
    "edpm": [
        says("NodeSetDeploymentReady", "False", "Requested", "Deployment in progress"),
        says("ServiceBootstrapDeploymentReady"),
        says("ServiceOvnDeploymentReady", "False", "Requested", "Deployment in progress"),
    ]
}


def lvm(*conditions: dict[str, Any], **status: Any) -> dict[str, Any]:
    return {LVM: thing("lab", *conditions, **status)}


def on(node: str, status: str, reason: str = "") -> dict[str, Any]:
    return {"node": node, "name": "local", "status": status, "reason": reason}


def test_an_lvm_cluster_is_ready_when_it_says_both_ready_and_state_ready() -> None:
    assert judged(LVM_CLUSTER, lvm(ready=True, state="Ready"))[0].ready
    assert not judged(LVM_CLUSTER, lvm(ready=True, state="Degraded"))[0].ready
    assert not judged(LVM_CLUSTER, lvm(state="Ready"))[0].ready


@pytest.mark.parametrize(
    ("objects", "message"),
    [
        ({}, "not found"),
        (lvm(), "state is not set"),
        (
            lvm(
                state="Unknown",
                deviceClassStatuses=[{"name": "local", "nodeStatus": [on("w1", "Degraded"), on("w2", "")]}],
            ),
            "state is Unknown: local on w1 is Degraded; local on w2 is not set",
        ),
        (
            lvm(
                says("VolumeGroupsReady", "False", "VGsFailed", "…"),
                state="Progressing",
                deviceClassStatuses=[
                    {
                        "name": "local",
                        "nodeStatus": [
                            on("w0", "Ready"),
                            on("w1", "Failed", "no disk /dev/vdb"),
                            on("w2", "Progressing"),
                            on("w3", "Progressing"),
                        ],
                    }
                ],
            ),
            "state is Progressing: local on w1 is Failed (no disk /dev/vdb); local on w2 is Progressing (and 1 more)",
        ),
        (
            lvm(
                says("ResourcesAvailable"),
                says("VolumeGroupsReady", "False", "VGReadinessInProgress", "no valid node found"),
                state="Progressing",
            ),
            "state is Progressing: VolumeGroupsReady is False (VGReadinessInProgress: no valid node found)",
        ),
    ],
)
def test_an_lvm_cluster_says_which_volume_group_is_missing_where(objects: dict[str, Any], message: str) -> None:
    verdict = judged(LVM_CLUSTER, objects)[0]
    assert (verdict.ready, verdict.failed, verdict.message) == (False, False, message)


def test_an_lvm_cluster_that_stays_failed_ends_the_wait_and_one_that_recovers_does_not(api: FakeApi, run: Run) -> None:
    failed = lvm(
        state="Failed", deviceClassStatuses=[{"name": "local", "nodeStatus": [on("w1", "Failed", "no disk /dev/vdb")]}]
    )[LVM]
    api.script[LVM] = [failed, lvm(ready=True, state="Ready")[LVM]]
    run(LVM_CLUSTER)
    api.script[LVM] = [failed]
    with pytest.raises(TerminalFailureError, match=r"state is Failed: local on w1 is Failed \(no disk /dev/vdb\)"):
        run(spec.lvm_cluster("lab", "openshift-lvm-storage", grace=0.1), timeout=3600)


def test_a_deployment_under_way_says_at_which_service_each_node_set_is() -> None:
    objects = {f"{DEPLOYMENTS}/edpm-1": thing("edpm-1", says("Ready", "False"), nodeSetConditions=SERVICES)}
    verdict = judged(DEPLOYMENT, objects)[0]
    assert (verdict.ready, verdict.failed) == (False, False)
    assert verdict.message == "edpm: ServiceOvnDeploymentReady is False (Requested: Deployment in progress)"


def test_a_deployment_that_its_operator_has_given_up_ends_at_once(api: FakeApi, run: Run) -> None:
    api.objects[f"{DEPLOYMENTS}/edpm-1"] = thing("edpm-1", says("Ready", "False"), GIVEN_UP)
    with pytest.raises(TerminalFailureError, match=r"OpenStackDataPlaneDeployment edpm-1: .*backoff limit reached"):
        run(DEPLOYMENT, timeout=3600)


def test_an_error_that_the_operator_tries_again_is_waited_out(api: FakeApi, run: Run) -> None:
    path = f"{DEPLOYMENTS}/edpm-1"
    api.script[path] = [thing("edpm-1", TRYING), thing("edpm-1", says("Ready"), says("DeploymentReady"))]
    run(DEPLOYMENT)
    assert run.progress[-1] == "1/1 ready"


def test_a_status_about_another_generation_of_a_deployment_does_not_count() -> None:
    objects = {f"{DEPLOYMENTS}/edpm-1": thing("edpm-1", says("Ready"), generation=2, observed=1)}
    assert judged(DEPLOYMENT, objects)[0].message == "generation 2 not looked at yet (at 1)"


NONE_RUNNING = spec.no_running_deployment("openstack")


def test_deployments_that_are_done_or_given_up_are_not_running() -> None:
    objects = {
        f"{DEPLOYMENTS}/a": thing("a", deployed=True),
        f"{DEPLOYMENTS}/b": thing("b", says("Ready")),
        f"{DEPLOYMENTS}/c": thing("c", says("Ready", "False"), GIVEN_UP),
    }
    assert judged(NONE_RUNNING, objects)[0].ready
    assert judged(NONE_RUNNING, {})[0].ready, "a kind that is not served has none running"


@pytest.mark.parametrize(
    ("running", "message"),
    [
        (thing("b"), "b is running"),
        (thing("b", TRYING), "b is running"),
        (
            thing("b", nodeSetConditions=SERVICES),
            "b is running: edpm: ServiceOvnDeploymentReady is False (Requested: Deployment in progress)",
        ),
    ],
)
def test_one_running_deployment_holds_the_gate_and_is_named(running: dict[str, Any], message: str) -> None:
    objects = {f"{DEPLOYMENTS}/a": thing("a", deployed=True), f"{DEPLOYMENTS}/b": running}
    verdict = judged(NONE_RUNNING, objects)[0]
    assert (verdict.ready, verdict.failed, verdict.message) == (False, False, message)
