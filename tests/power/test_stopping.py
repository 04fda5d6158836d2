"""What goes down before what, what keeps it from going on, and what is remembered."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from power.errors import PowerError
from power.nodes import MARK
from tests.operations.fake_cluster import JOBS, NAMESPACE
from tests.power.conftest import NODES
from tests.power.fake_lab import NAMES, FakeLab

DOWN = ["shutdown compute-0", "shutdown worker-0", *(f"shutdown master-{n}" for n in range(3))]
SIGNER = "/api/v1/namespaces/openshift-kube-apiserver-operator/secrets"


def marked(fake: FakeLab) -> set[str]:
    """The nodes that are cordoned with the mark."""
    found = {path.rpartition("/")[2]: obj for path, obj in fake.cluster.objects.items() if path.startswith(NODES)}
    return {
        name
        for name, node in found.items()
        if node["spec"].get("unschedulable") and MARK in node["metadata"].get("annotations", {})
    }


def test_computes_then_workers_then_masters_and_the_nodes_are_cordoned_before(fake: FakeLab) -> None:
    fake.stop()
    assert fake.log == DOWN
    assert set(fake.states.values()) == {"off"}
    assert marked(fake) == set(NAMES[1:])
    assert fake.said.index("off: lab-compute-0") < fake.said.index("worker-0 takes no new pods")
    assert fake.said[-1] == "off: lab-master-0 lab-master-1 lab-master-2"


def test_again_there_is_nothing_to_do(fake: FakeLab) -> None:
    fake.stop()
    before = fake.log, list(fake.cluster.writes)
    fake.stop()
    assert (fake.log, fake.cluster.writes) == before
    assert "the masters are off already" in fake.said


def test_a_node_that_somebody_else_has_cordoned_stays_that_ones(fake: FakeLab) -> None:
    fake.cluster.objects[f"{NODES}/worker-0"]["spec"]["unschedulable"] = True
    fake.stop()
    assert marked(fake) == {"master-0", "master-1", "master-2"}


def test_one_that_does_not_shut_down_is_named_and_nothing_below_it_is_touched(fake: FakeLab) -> None:
    fake.set(**{"worker-0": "deaf"})
    with pytest.raises(PowerError) as raised:
        fake.stop(shutdown=0)
    said = str(raised.value)
    assert said.startswith("lab-worker-0 did not shut down in 0 s")
    assert "virsh -c qemu:///system 'destroy lab-worker-0'. Then again: make stop STACK=lab" in said
    assert {name for name, state in fake.states.items() if state == "off"} == {"compute-0"}
    fake.set(**{"worker-0": "off"})
    fake.stop()
    assert set(fake.states.values()) == {"off"}
    assert fake.log.count("shutdown compute-0") == 1


def test_a_paused_machine_goes_on_first(fake: FakeLab) -> None:
    fake.set(**{"compute-0": "paused"})
    fake.stop()
    assert fake.log[:2] == ["resume compute-0", "shutdown compute-0"]


def test_a_dead_cluster_is_shut_down_all_the_same_and_it_is_said_what_was_not_done(fake: FakeLab) -> None:
    fake.cluster.close()
    fake.stop()
    assert fake.log == DOWN
    assert any(line.startswith("So no instance is stopped by Nova and no node is cordoned") for line in fake.said)


def test_of_a_cluster_that_is_not_the_stacks_nothing_is_stopped(fake: FakeLab) -> None:
    fake.lab = replace(fake.lab, machines=[one for one in fake.lab.machines if one.role == "compute"])
    fake.stop()
    assert (fake.log, fake.cluster.writes) == (["shutdown compute-0"], [])


def test_without_a_cluster_there_are_machines_only(fake: FakeLab) -> None:
    fake.lab = replace(fake.lab, api=None)
    fake.stop()
    assert (fake.log, fake.cluster.requests) == (DOWN, 0)


def test_instances_that_do_not_stop_keep_everything_up_unless_they_are_given_up(fake: FakeLab) -> None:
    fake.lab = replace(fake.lab, plane=(NAMESPACE, "plane"))
    fake.cluster.trouble["POST", JOBS] = [(403, "no Jobs today")]
    version = {"status": {"containerImages": {"openstackClientImage": "example.com/client"}}}
    fake.cluster.add(f"/apis/core.openstack.org/v1beta1/namespaces/{NAMESPACE}/openstackversions", "plane", **version)
    with pytest.raises(PowerError, match=r"no Jobs today(.|\n)*make stop STACK=lab WITHOUT_INSTANCES=1"):
        fake.stop()
    assert fake.log == []
    fake.stop(without_instances=True)
    assert fake.log == DOWN


@pytest.mark.parametrize(("hours", "warned"), [(3, True), (25, False)])
def test_it_warns_in_a_clusters_first_day_and_tells_until_when_it_may_rest(
    fake: FakeLab, hours: int, warned: bool
) -> None:
    made = datetime.now(UTC) - timedelta(hours=hours)
    fake.cluster.add("/api/v1/namespaces", "kube-system", metadata={"creationTimestamp": f"{made:%Y-%m-%dT%H:%M:%SZ}"})
    until = {"auth.openshift.io/certificate-not-after": "2031-01-01T00:00:00Z"}
    fake.cluster.add(SIGNER, "kube-apiserver-to-kubelet-signer", metadata={"annotations": until})
    fake.stop()
    assert any(line.startswith("warning: the cluster is not a day old") for line in fake.said) is warned
    assert any(line.startswith("the cluster may rest until 2031-01-01T00:00:00Z") for line in fake.said)
