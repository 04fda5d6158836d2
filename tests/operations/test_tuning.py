"""Forwarding is switched on in a cluster that was not installed with it, and put back as it was."""

from __future__ import annotations

import json
from typing import Any

import pytest

from operations.tuning import BEFORE
from readiness.errors import OutOfTimeError, TerminalFailureError
from tests.operations.fake_cluster import FakeCluster, Step, condition

NETWORKS = "/apis/operator.openshift.io/v1/networks"
OPERATORS = "/apis/config.openshift.io/v1/clusteroperators"


def network(cluster: FakeCluster, gateway: dict[str, Any] | None = None, kind: str = "OVNKubernetes") -> dict[str, Any]:
    ovn = {"mtu": 1400, "gatewayConfig": dict(gateway)} if gateway is not None else {"mtu": 1400}
    return cluster.add(NETWORKS, "cluster", spec={"defaultNetwork": {"type": kind, "ovnKubernetesConfig": ovn}})


def progressing(value: str, at: str) -> dict[str, Any]:
    return {**condition("Progressing", value), "lastTransitionTime": at}


def operator(cluster: FakeCluster) -> None:
    """A network operator that rolls a change out while it is asked about it."""
    state = cluster.add(OPERATORS, "network", status={"conditions": [progressing("False", "1")]})["status"]

    def rolls(world: FakeCluster) -> None:
        if ("PATCH", "cluster") not in world.writes:
            return
        now = state["conditions"][0]["lastTransitionTime"]
        state["conditions"] = [progressing("True", "2") if now == "1" else progressing("False", "3")]

    cluster.controllers.append(rolls)


def gateway(cluster: FakeCluster) -> Any:
    return cluster.objects[f"{NETWORKS}/cluster"]["spec"]["defaultNetwork"]["ovnKubernetesConfig"].get("gatewayConfig")


def note(cluster: FakeCluster) -> Any:
    return cluster.objects[f"{NETWORKS}/cluster"]["metadata"].get("annotations", {}).get(BEFORE)


@pytest.mark.parametrize("before", [None, {}, {"ipForwarding": "Restricted", "routingViaHost": False}])
def test_it_is_switched_on_rolled_out_and_put_back_as_it_was(
    cluster: FakeCluster, step: Step, before: dict[str, Any] | None
) -> None:
    network(cluster, before)
    operator(cluster)
    assert step("tune", by="lab") == {"changed": True}
    assert gateway(cluster) == {**(before or {}), "ipForwarding": "Global"}
    assert json.loads(note(cluster)) == {"by": "lab", "before": (before or {}).get("ipForwarding")}
    conditions = cluster.objects[f"{OPERATORS}/network"]["status"]["conditions"]
    assert conditions == [progressing("False", "3")], "the roll-out is over"

    assert step("untune", by="lab") == {"changed": True}
    assert gateway(cluster) == (before or {})
    assert note(cluster) is None


def test_what_was_on_already_is_left_alone_twice(cluster: FakeCluster, step: Step) -> None:
    network(cluster, {"ipForwarding": "Global"})
    assert step("tune", by="lab") == {"changed": False}
    assert step("untune", by="lab") == {"changed": False}
    assert cluster.writes == []


def test_what_another_stack_has_switched_on_is_that_stacks(cluster: FakeCluster, step: Step) -> None:
    network(cluster, {"ipForwarding": "Restricted"})
    operator(cluster)
    step("tune", by="first")
    assert step("tune", by="lab") == {"changed": False}
    assert step("untune", by="lab") == {"changed": False}
    assert gateway(cluster) == {"ipForwarding": "Global"}
    step("untune", by="first")
    assert gateway(cluster) == {"ipForwarding": "Restricted"}


def test_a_run_whose_end_was_lost_does_not_forget_what_was_there_before(cluster: FakeCluster, step: Step) -> None:
    network(cluster, {"ipForwarding": "Restricted"})
    operator(cluster)
    step("tune", by="lab")
    assert step("tune", by="lab") == {"changed": True}
    step("untune", by="lab")
    assert gateway(cluster) == {"ipForwarding": "Restricted"}


def test_what_the_owner_has_set_meanwhile_stays(cluster: FakeCluster, step: Step) -> None:
    network(cluster, {"ipForwarding": "Restricted"})
    operator(cluster)
    step("tune", by="lab")
    gateway(cluster)["ipForwarding"] = "Something"
    assert step("untune", by="lab") == {"changed": True}
    assert (gateway(cluster), note(cluster)) == ({"ipForwarding": "Something"}, None)


def test_an_operator_that_does_not_begin_is_waited_for_only_so_long(cluster: FakeCluster, step: Step) -> None:
    network(cluster)
    cluster.add(OPERATORS, "network", status={"conditions": [progressing("False", "1")]})
    assert step("tune", by="lab", settled=0.05) == {"changed": True}
    assert "ClusterOperator network: the roll-out has not begun" in step.progress


def test_one_that_never_ends_is_quoted(cluster: FakeCluster, step: Step) -> None:
    network(cluster)
    stuck = {**progressing("True", "1"), "reason": "Deploying", "message": "2 of 3 nodes"}
    cluster.add(OPERATORS, "network", status={"conditions": [stuck]})
    with pytest.raises(OutOfTimeError, match=r"Progressing is True \(Deploying: 2 of 3 nodes\)"):
        step("tune", by="lab", timeout=0.2)


def test_another_kind_of_network_is_refused_untouched(cluster: FakeCluster, step: Step) -> None:
    network(cluster, kind="OpenShiftSDN")
    with pytest.raises(TerminalFailureError, match="is OpenShiftSDN, and OpenStack needs OVNKubernetes"):
        step("tune", by="lab")
    assert cluster.writes == []
