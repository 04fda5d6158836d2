"""Workers that leave: refused while volumes lie there, then moved replica by replica, drained and deleted."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest

from operations import draining
from readiness.errors import ConfigurationError, OutOfTimeError, TerminalFailureError
from tests.operations.fake_cluster import FakeCluster, Object, Step, condition
from tests.operations.fake_nodes import (
    CLAIMS,
    NODES,
    PODS,
    SPACE,
    VOLUMES,
    Controllers,
    node,
    pod,
    replica,
    volume,
)

STAYS, LEAVES = {"worker-0": "192.0.2.30", "worker-1": "192.0.2.31"}, {"worker-3": "192.0.2.33"}
EVICTION = f"{PODS}/{{}}/eviction"
BUDGET = (429, "Cannot evict pod as it would violate the pod's disruption budget.")


@pytest.fixture
def lab(cluster: FakeCluster, step: Step, monkeypatch: pytest.MonkeyPatch) -> FakeCluster:
    """Three workers were in when the step ended last; galera has a replica on each."""
    monkeypatch.setenv("PULUMI_COMMAND_STDOUT", json.dumps({"nodes": {**STAYS, **LEAVES}}) + "\n")
    for name in (*STAYS, *LEAVES):
        node(cluster, name)
    for number, where in enumerate((*STAYS, *LEAVES)):
        replica(cluster, f"openstack-galera-{number}", where)
    return cluster


@pytest.fixture
def controllers(lab: FakeCluster) -> Controllers:
    return Controllers(lab, "worker-0", "worker-1")


def run(step: Step, nodes: dict[str, str] = STAYS, released: tuple[str, ...] = ("worker-3",), **more: Any) -> Object:
    return step("leave", nodes=nodes, released=list(released), **more)


def writes(lab: FakeCluster, *methods: str) -> list[tuple[str, str]]:
    return [write for write in lab.writes if not methods or write[0] in methods]


def test_volumes_there_are_listed_and_nothing_is_touched(lab: FakeCluster, step: Step) -> None:
    with pytest.raises(TerminalFailureError) as raised:
        run(step, released=("worker-2",))
    assert str(raised.value).splitlines() == [
        "worker-3 can't leave yet: volumes lie on the disk there and would go with it",
        f"  worker-3: {SPACE}/data-openstack-galera-2, 10Gi, of pod openstack-galera-2, one of 3 replicas",
        "A replica that has others gets its data back from them, one that has none loses it. Nothing was changed. To "
        "give these volumes up, add worker-3 to topology.workers.released; to keep them, put topology.workers.count "
        "back. Then run pulumi up.",
    ]
    assert lab.writes == []


def test_each_kind_of_use_is_told(lab: FakeCluster, step: Step) -> None:
    replica(lab, "alone-0", "worker-3")
    replica(lab, "registry-abc", "worker-3", claim="registry", replica=False)
    volume(lab, "pvc-unused", "worker-3", "unused", "uid-unused")
    with pytest.raises(TerminalFailureError) as raised:
        run(step, released=())
    said = str(raised.value)
    assert "data-alone-0, 10Gi, of pod alone-0, the only replica" in said
    assert "registry, 10Gi, of pod registry-abc, which nothing makes anew with a new claim" in said
    assert "unused, 10Gi, used by no pod" in said


def test_all_that_leave_are_looked_at_before_any_of_them_is_touched(lab: FakeCluster, step: Step) -> None:
    """worker-3 is given up, worker-1 is not."""
    with pytest.raises(TerminalFailureError, match=r"^worker-1 can't leave yet"):
        run(step, {"worker-0": "192.0.2.30"})
    assert lab.writes == []


def affinity(*terms: tuple[str, str, list[str]]) -> Object:
    expressions = [[{"key": key, "operator": how, "values": values}] for key, how, values in terms]
    return {"required": {"nodeSelectorTerms": [{"matchExpressions": one} for one in expressions]}}


@pytest.mark.parametrize(
    ("tied", "held"),
    [
        (affinity(("kubernetes.io/hostname", "In", ["worker-3"])), True),
        (affinity(("topology.topolvm.io/node", "In", ["worker-3"])), True),
        (affinity(("kubernetes.io/hostname", "In", ["worker-30"])), False),
        (affinity(("kubernetes.io/hostname", "In", ["worker-3", "worker-0"])), False),
        (affinity(("kubernetes.io/hostname", "In", ["worker-3"]), ("kubernetes.io/hostname", "In", ["x"])), False),
        (affinity(("kubernetes.io/hostname", "NotIn", ["worker-3"])), False),
        (affinity(("topology.kubernetes.io/zone", "In", ["worker-3"])), False),
        ({}, False),
    ],
)
def test_what_ties_a_volume_to_the_node(lab: FakeCluster, step: Step, tied: Object, held: bool) -> None:
    Controllers(lab)
    for path in [path for path in lab.objects if path.endswith("galera-2")]:
        del lab.objects[path]
    uid = lab.add(CLAIMS, "other", metadata={"namespace": SPACE})["metadata"]["uid"]
    volume(lab, "pvc-other", "worker-3", "other", uid, nodeAffinity=tied)
    if held:
        with pytest.raises(TerminalFailureError, match="other, 10Gi"):
            run(step, released=())
    else:
        run(step, released=())
        assert f"{CLAIMS}/other" in lab.objects


def test_a_volume_that_is_no_ones_holds_nobody(lab: FakeCluster, step: Step, controllers: Controllers) -> None:
    free = volume(lab, "local-pv", "worker-3", "none", "uid-none", persistentVolumeReclaimPolicy="Retain")
    free["status"]["phase"] = "Available"
    run(step)
    assert f"{VOLUMES}/local-pv" in lab.objects


def test_a_worker_leaves_step_by_step(lab: FakeCluster, step: Step, controllers: Controllers) -> None:
    pod(lab, "nova-api-7", "worker-3", replica=False)
    assert run(step) == {"nodes": STAYS}
    own = [write for write in lab.writes if write != ("PATCH", "worker-3")]
    assert own == [
        ("DELETE", "data-openstack-galera-2"),
        ("EVICT", "openstack-galera-2"),
        ("EVICT", "nova-api-7"),
        ("DELETE", "worker-3"),
    ]
    assert lab.writes[0] == ("PATCH", "worker-3"), "no new pods, first of all"
    assert lab.objects[f"{PODS}/openstack-galera-2"]["spec"]["nodeName"] == "worker-0"
    assert sorted(lab.names(NODES)) == sorted(STAYS)
    assert not [one for one in lab.objects if one.startswith(VOLUMES) and "worker-3" in json.dumps(lab.objects[one])]
    shown = [line for line in step.progress if not line.startswith(("draining", "openstack/"))]
    assert shown[0] == "worker-3 leaves: it takes no new pods"
    assert "worker-3: moving openstack/openstack-galera-2, deleting its data-openstack-galera-2 (10Gi)" in shown
    assert "openstack/openstack-galera-2 is Ready on worker-0" in step.progress
    assert shown[-1] == "deleting Node worker-3"


def test_who_leaves_once_has_left(lab: FakeCluster, step: Step, controllers: Controllers) -> None:
    run(step)
    before = list(lab.writes)
    assert run(step) == {"nodes": STAYS}
    assert lab.writes == before, "the state says so still when the run ended after the last write"


def test_without_an_earlier_output_nobody_leaves(lab: FakeCluster, step: Step, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PULUMI_COMMAND_STDOUT")
    assert run(step) == {"nodes": STAYS}
    assert lab.writes == []


def test_an_earlier_output_that_is_not_this_steps_is_a_mistake(step: Step, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_COMMAND_STDOUT", '{"members": {}}')
    with pytest.raises(ConfigurationError, match="PULUMI_COMMAND_STDOUT"):
        run(step)


def test_one_replica_at_a_time(lab: FakeCluster, step: Step, controllers: Controllers) -> None:
    """The second one's claim is there until the first one is Ready elsewhere."""
    replica(lab, "rabbitmq-server-0", "worker-3")
    seen: list[bool] = []

    def watch(cluster: FakeCluster) -> None:
        if cluster.writes and cluster.writes[-1] == ("EVICT", "openstack-galera-2") and controllers.starting:
            seen.append(f"{CLAIMS}/data-rabbitmq-server-0" in cluster.objects)

    lab.controllers.append(watch)
    run(step)
    assert seen and all(seen)
    assert writes(lab, "EVICT") == [("EVICT", "openstack-galera-2"), ("EVICT", "rabbitmq-server-0")]


def test_the_data_stays_while_a_disruption_budget_forbids_the_eviction(
    lab: FakeCluster, step: Step, controllers: Controllers
) -> None:
    lab.trouble["POST", EVICTION.format("openstack-galera-2")] = [BUDGET] * 1000
    with pytest.raises(OutOfTimeError, match="moving openstack/openstack-galera-2: Cannot evict pod"):
        run(step, timeout=0.4)
    assert writes(lab, "DELETE", "EVICT") == []
    assert f"{CLAIMS}/data-openstack-galera-2" in lab.objects


def test_a_budget_that_allows_it_later_is_waited_for(lab: FakeCluster, step: Step, controllers: Controllers) -> None:
    pod(lab, "nova-api-7", "worker-3", replica=False)
    lab.trouble["POST", EVICTION.format("openstack-galera-2")] = [BUDGET] * 2
    lab.trouble["POST", EVICTION.format("nova-api-7")] = [BUDGET] * 2
    run(step)
    told = "\n".join(step.progress)
    assert f"moving openstack/openstack-galera-2: {BUDGET[1]}" in told
    assert f"draining worker-3: 1 pods left; openstack/nova-api-7: {BUDGET[1]}" in told
    assert "does not answer" not in told


def test_a_budget_on_one_pod_doesnt_keep_the_others(lab: FakeCluster, step: Step, controllers: Controllers) -> None:
    for name in ("a-api", "b-api", "c-api"):
        pod(lab, name, "worker-3", replica=False)
    lab.trouble["POST", EVICTION.format("a-api")] = [BUDGET] * 1000
    with pytest.raises(OutOfTimeError, match="draining worker-3: 1 pods left; openstack/a-api: Cannot evict"):
        run(step, timeout=2)
    assert f"{NODES}/worker-3" in lab.objects and f"{PODS}/c-api" not in lab.objects


def test_a_replica_moves_only_while_all_others_are_there(
    lab: FakeCluster, step: Step, controllers: Controllers
) -> None:
    lab.objects[f"{PODS}/openstack-galera-0"]["status"] = {
        "phase": "Running",
        "conditions": [condition("PodScheduled"), condition("Ready", "False", "ContainersNotReady", "joining")],
    }
    with pytest.raises(OutOfTimeError, match=r"openstack-galera-0 is Running: ContainersNotReady: joining") as raised:
        run(step, timeout=0.4)
    assert writes(lab, "DELETE", "EVICT") == []
    assert "if the worker is planned again instead, it is made schedulable again" in str(raised.value)
    assert "out-of-service" not in str(raised.value)


def test_another_sets_replicas_are_not_waited_for(lab: FakeCluster, step: Step, controllers: Controllers) -> None:
    lost = replica(lab, "openstack-cell1-galera-0", "worker-0")
    lost["status"] = {"phase": "Pending", "conditions": [condition("Ready", "False")]}
    assert run(step) == {"nodes": STAYS}


def test_a_replica_that_finds_no_place_is_told(lab: FakeCluster, step: Step) -> None:
    Controllers(lab)
    why = r"openstack/openstack-galera-2: is Pending: Unschedulable: 0/3 nodes are available"
    with pytest.raises(OutOfTimeError, match=why):
        run(step, timeout=0.6)
    assert f"{NODES}/worker-3" in lab.objects


def test_the_next_run_waits_for_the_replica_that_was_under_way(
    lab: FakeCluster, step: Step, controllers: Controllers
) -> None:
    """Killed after the eviction: the claim and the volume are gone, so only the mark tells."""
    controllers.free = []
    with pytest.raises(OutOfTimeError):
        run(step, timeout=0.6)
    assert lab.objects[f"{NODES}/worker-3"]["metadata"]["annotations"] == {
        draining.MARK: "openstack/openstack-galera-2"
    }
    with pytest.raises(OutOfTimeError, match="openstack-galera-2: is Pending"):
        run(step, timeout=0.4)
    assert f"{NODES}/worker-3" in lab.objects
    del lab.objects[f"{PODS}/openstack-galera-2"]
    replica(lab, "openstack-galera-2", "worker-1")
    assert run(step) == {"nodes": STAYS}
    assert writes(lab, "EVICT") == [("EVICT", "openstack-galera-2")]


@pytest.mark.parametrize("stop", range(1, 40))
def test_it_may_be_killed_anywhere(lab: FakeCluster, step: Step, controllers: Controllers, stop: int) -> None:
    """The connection is gone after so many requests; the next run ends as one that was never stopped."""
    replica(lab, "rabbitmq-server-0", "worker-3")
    pod(lab, "nova-api-7", "worker-3", replica=False)
    end = lab.requests + stop

    class KilledError(BaseException):
        pass

    def kill(cluster: FakeCluster) -> None:
        if cluster.requests == end:
            cluster.trouble.clear()
            monkey.setattr("readiness.client.Client.request", gone)

    def gone(*_: object, **__: object) -> None:
        raise KilledError

    with pytest.MonkeyPatch.context() as monkey:
        lab.controllers.append(kill)
        with contextlib.suppress(KilledError):
            run(step)
        lab.controllers.remove(kill)
    assert run(step) == {"nodes": STAYS}
    moved = [lab.objects[f"{PODS}/{name}"]["spec"]["nodeName"] for name in ("openstack-galera-2", "rabbitmq-server-0")]
    assert set(moved) <= set(STAYS)
    assert writes(lab, "EVICT").count(("EVICT", "openstack-galera-2")) == 1
    assert sorted(lab.names(NODES)) == sorted(STAYS) and len(lab.names(VOLUMES)) == 4


def test_a_claim_of_that_name_that_is_another_is_left_alone(lab: FakeCluster, step: Step) -> None:
    """The old volume still says Bound, while the replica runs elsewhere with a new claim already."""
    del lab.objects[f"{PODS}/openstack-galera-2"]
    old = lab.objects.pop(f"{VOLUMES}/pvc-data-openstack-galera-2")
    replica(lab, "openstack-galera-2", "worker-1")
    lab.objects[f"{VOLUMES}/pvc-old"] = old
    lab.objects[f"{NODES}/worker-3"]["status"] = {"conditions": [condition("Ready", "Unknown")]}
    run(step)
    assert f"{CLAIMS}/data-openstack-galera-2" in lab.objects
    assert writes(lab, "EVICT", "DELETE") == [("DELETE", "worker-3")]
    assert "worker-3 is not Ready: its PersistentVolumes stay listed, nobody there removes them" in step.progress


def test_a_pod_that_has_come_elsewhere_by_the_same_name_is_not_evicted(
    lab: FakeCluster, step: Step, controllers: Controllers
) -> None:
    """Between the look and the eviction."""
    pod(lab, "ovn-northd-0", "worker-3")

    def moves(cluster: FakeCluster) -> None:
        there = cluster.objects[f"{PODS}/ovn-northd-0"]
        if cluster.writes[-1:] == [("EVICT", "a-api")] and there["spec"]["nodeName"] == "worker-3":
            pod(cluster, "ovn-northd-0", "worker-1")

    pod(lab, "a-api", "worker-3", replica=False)
    lab.objects[f"{PODS}/ovn-northd-0"] = lab.objects.pop(f"{PODS}/ovn-northd-0")  # the list's last
    lab.controllers.append(moves)
    run(step)
    assert lab.objects[f"{PODS}/ovn-northd-0"]["spec"]["nodeName"] == "worker-1"
    assert writes(lab, "EVICT") == [("EVICT", "openstack-galera-2"), ("EVICT", "a-api")]


def test_what_belongs_to_the_node_is_not_evicted(lab: FakeCluster, step: Step, controllers: Controllers) -> None:
    daemon = [{"kind": "DaemonSet", "name": "speaker", "controller": True, "apiVersion": "apps/v1", "uid": "u"}]
    pod(lab, "speaker-x", "worker-3", replica=False, ownerReferences=daemon)
    pod(lab, "static", "worker-3", replica=False, annotations={"kubernetes.io/config.mirror": "x"})
    done = pod(lab, "job-1", "worker-3", replica=False)
    done["status"] = {"phase": "Succeeded"}
    owned = [{"kind": "DaemonSet", "name": "other", "apiVersion": "apps/v1", "uid": "u"}]
    pod(lab, "adopted", "worker-3", replica=False, ownerReferences=owned)
    pod(lab, "elsewhere", "worker-30", replica=False)
    run(step)
    assert writes(lab, "EVICT") == [("EVICT", "openstack-galera-2"), ("EVICT", "adopted")]


def test_a_node_that_is_off_says_how_its_pods_are_ended(lab: FakeCluster, step: Step, controllers: Controllers) -> None:
    lab.objects[f"{NODES}/worker-3"]["status"] = {"conditions": [condition("Ready", "Unknown", "NodeStatusUnknown")]}
    controllers.dead.add("worker-3")
    with pytest.raises(
        OutOfTimeError, match=r"is ending on worker-3(.|\n)*oc adm taint node worker-3 node.kubernetes.io"
    ):
        run(step, timeout=0.5)


def test_the_volumes_are_gone_from_a_living_nodes_disk_before_the_node_is(
    lab: FakeCluster, step: Step, controllers: Controllers
) -> None:
    stuck = volume(lab, "pvc-stuck", "worker-3", "stuck", "uid-stuck")
    stuck["status"]["phase"] = "Failed"
    with pytest.raises(OutOfTimeError, match=r"volumes of worker-3: pvc-stuck is Failed \(1 in all\)"):
        run(step, timeout=1)
    assert f"{NODES}/worker-3" in lab.objects
    lab.objects[f"{NODES}/worker-3"]["status"] = {"conditions": [condition("Ready", "Unknown")]}
    assert run(step) == {"nodes": STAYS}


def test_a_node_that_is_gone_already_may_have_left_volumes(
    lab: FakeCluster, step: Step, controllers: Controllers
) -> None:
    del lab.objects[f"{NODES}/worker-3"]
    with pytest.raises(TerminalFailureError, match="data-openstack-galera-2"):
        run(step, released=())
    assert run(step) == {"nodes": STAYS}
    assert lab.objects[f"{PODS}/openstack-galera-2"]["spec"]["nodeName"] in STAYS


def test_two_leave_and_nothing_moves_from_one_to_the_other(
    lab: FakeCluster, step: Step, controllers: Controllers
) -> None:
    controllers.free = ["worker-0", "worker-0"]
    only = {"worker-0": "192.0.2.30"}
    assert run(step, only, released=("worker-1", "worker-3")) == {"nodes": only}
    assert lab.writes[:2] == [("PATCH", "worker-1"), ("PATCH", "worker-3")]
    assert lab.names(NODES) == ["worker-0"]


def test_a_worker_that_stays_after_all_is_in_service_again(
    lab: FakeCluster, step: Step, controllers: Controllers
) -> None:
    controllers.free = []
    with pytest.raises(OutOfTimeError):
        run(step, timeout=0.6)
    node(lab, "worker-1", spec={"unschedulable": True})
    step("join", nodes={**STAYS, **LEAVES})
    kept = lab.objects[f"{NODES}/worker-3"]
    assert "unschedulable" not in kept["spec"] and kept["metadata"]["annotations"] == {}
    assert lab.objects[f"{NODES}/worker-1"]["spec"] == {"unschedulable": True}, "an administrator's own cordon stays"


def test_the_control_plane_is_never_taken_apart(lab: FakeCluster, step: Step) -> None:
    lab.objects[f"{NODES}/worker-3"]["metadata"]["labels"] = {"node-role.kubernetes.io/master": ""}
    with pytest.raises(TerminalFailureError, match="Node worker-3 is of the control plane"):
        run(step)
    assert lab.writes == []


def test_an_eviction_that_is_refused_ends_it(lab: FakeCluster, step: Step, controllers: Controllers) -> None:
    lab.trouble["POST", EVICTION.format("openstack-galera-2")] = [(403, "pods/eviction is forbidden")]
    with pytest.raises(TerminalFailureError, match="the eviction of openstack/openstack-galera-2 is refused: pods/ev"):
        run(step)
