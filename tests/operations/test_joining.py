"""Workers that join: their two requests are approved, and nobody else's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from operations.certificates import BOOTSTRAPPER, CLIENT
from readiness.errors import ConfigurationError, OutOfTimeError, TerminalFailureError
from tests.operations.fake_cluster import FakeCluster, Object, Step, condition
from tests.operations.fake_nodes import NODES, REQUESTS, STARTING, Machine, approved, node, request
from tests.operations.fake_requests import client, encoded, pem, serving, subject

STAYS = {"worker-0": "192.0.2.30"}
PLANNED = {**STAYS, "worker-3": "192.0.2.33"}


@pytest.fixture
def lab(cluster: FakeCluster) -> FakeCluster:
    node(cluster, "worker-0")
    return cluster


def run(step: Step, nodes: dict[str, str] = PLANNED, **more: Any) -> Object:
    return step("join", nodes=nodes, **more)


def refused(step: Step, why: str, nodes: dict[str, str] = PLANNED) -> None:
    """Nothing is approved, and the end of the time says why."""
    with pytest.raises(OutOfTimeError, match=why):
        run(step, nodes, timeout=0.2)
    assert step.cluster.writes == []


def test_everyone_in_is_nothing_to_do(lab: FakeCluster, step: Step) -> None:
    assert run(step, STAYS) == {"nodes": STAYS}
    assert (lab.writes, step.progress) == ([], ["every planned node is Ready"])


def test_a_new_worker_is_let_in_and_awaited(lab: FakeCluster, step: Step) -> None:
    Machine(lab, "worker-3", "192.0.2.33")
    assert run(step) == {"nodes": PLANNED}
    assert lab.writes == [("PATCH", "csr-worker-3-client"), ("PATCH", "csr-worker-3-serving")]
    [entry] = lab.objects[f"{REQUESTS}/csr-worker-3-client"]["status"]["conditions"]
    assert (entry["type"], entry["status"], entry["reason"]) == ("Approved", "True", "PlannedNode")
    told = "\n".join(step.progress)
    assert "approving csr-worker-3-client: kubernetes.io/kube-apiserver-client-kubelet for worker-3" in told
    assert "Node worker-3: NotReady: KubeletNotReady: no CNI configuration file" in told
    assert step.progress[-1] == "Ready: worker-3"
    assert len(step.progress) == len(set(step.progress)), "one line per change"


def test_several_join_at_once(lab: FakeCluster, step: Step) -> None:
    planned = {**STAYS, **{f"worker-{number}": f"192.0.2.{30 + number}" for number in (3, 4, 30)}}
    for name in ("worker-3", "worker-4", "worker-30"):
        Machine(lab, name, planned[name])
    assert run(step, planned) == {"nodes": planned}
    assert len(lab.writes) == 6


def test_a_machine_at_another_address_is_not_served_for(lab: FakeCluster, step: Step) -> None:
    Machine(lab, "worker-3", "192.0.2.99")
    with pytest.raises(OutOfTimeError, match=r"asks for the name 192\.0\.2\.99, where worker-3, 192\.0\.2\.33 may be"):
        run(step, timeout=0.5)
    assert lab.writes == [("PATCH", "csr-worker-3-client")]


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        (client("worker-30"), "no certificate request yet"),
        (client("worker-4"), "no certificate request yet"),
        (client("worker-3", signerName="kubernetes.io/kube-apiserver-client"), "no certificate request yet"),
        (client("worker-3", username="system:admin"), "csr-1 is not approved: system:admin asks for it"),
        (
            client("worker-3", request=encoded(pem(subject("system:node:worker-3", "system:masters")))),
            "csr-1 is not approved: its subject is system:node:worker-3 of system:masters",
        ),
        (
            client("worker-3", request=encoded(pem(subject("system:node:worker-3"), ["kubernetes"]))),
            "csr-1 is not approved: it asks for the name kubernetes",
        ),
    ],
)
def test_no_other_request_is_approved(lab: FakeCluster, step: Step, spec: Object, why: str) -> None:
    request(lab, "csr-1", spec)
    refused(step, why)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (condition("Denied", reason="Suspicious", message="who are you"), "Denied: Suspicious: who are you"),
        (condition("Failed", reason="SignerFailed"), "Failed: SignerFailed"),
    ],
)
def test_what_was_denied_or_failed_stays_so(lab: FakeCluster, step: Step, said: Object, why: str) -> None:
    request(lab, "csr-1", client("worker-3"), said)
    refused(step, f"csr-1 is not approved: {why}, no Node yet")


def test_what_is_approved_already_is_not_approved_again(lab: FakeCluster, step: Step) -> None:
    request(lab, "csr-1", client("worker-3"), condition("Approved"))
    refused(step, "approved csr-1, not issued yet, no Node yet")


def test_a_ready_nodes_name_lets_nobody_in(lab: FakeCluster, step: Step) -> None:
    """Whoever has the bootstrap token, and asks to be a worker that is there already."""
    request(lab, "csr-1", client("worker-0"))
    request(lab, "csr-2", serving("worker-0", "192.0.2.30"))
    Machine(lab, "worker-3", "192.0.2.33")
    run(step)
    assert not approved(lab, "csr-1") and not approved(lab, "csr-2")


def test_a_node_that_became_ready_while_the_run_was_interrupted_gets_its_serving_certificate(
    lab: FakeCluster, step: Step, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_COMMAND_STDOUT", json.dumps({"nodes": STAYS}))
    node(lab, "worker-3")
    request(lab, "csr-client", client("worker-3"))
    request(lab, "csr-serving", serving("worker-3", "192.0.2.33"))
    request(lab, "csr-other", serving("worker-0", "192.0.2.30"))
    run(step)
    assert lab.writes == [("PATCH", "csr-serving")]


def test_ready_is_not_in_before_the_serving_certificate_is(lab: FakeCluster, step: Step) -> None:
    request(lab, "csr-1", client("worker-3"))

    def comes_up(cluster: FakeCluster) -> None:
        if approved(cluster, "csr-1") and "worker-3" not in cluster.names(NODES):
            node(cluster, "worker-3")

    lab.controllers.append(comes_up)
    with pytest.raises(OutOfTimeError, match="is Ready, its serving certificate: not asked for yet"):
        run(step, timeout=0.5)


def test_a_node_that_only_reboots_needs_no_certificate(lab: FakeCluster, step: Step) -> None:
    rebooting = node(lab, "worker-3", STARTING)
    looks = lab.requests

    def comes_up(cluster: FakeCluster) -> None:
        if cluster.requests > looks + 6:
            rebooting["status"] = {"conditions": [condition("Ready")]}

    lab.controllers.append(comes_up)
    assert run(step) == {"nodes": PLANNED}
    assert lab.writes == []


def test_only_the_newest_request_is_of_this_boot(lab: FakeCluster, step: Step) -> None:
    for name in ("csr-z", "csr-a"):
        request(lab, name, client("worker-3"))
    with pytest.raises(OutOfTimeError, match="approved csr-a, not issued yet, no Node yet"):
        run(step, timeout=0.3)
    assert lab.writes == [("PATCH", "csr-a")]


def test_a_bad_request_doesnt_keep_the_good_one_out(lab: FakeCluster, step: Step) -> None:
    request(lab, "csr-0", client("worker-3", username="system:admin"))
    Machine(lab, "worker-3", "192.0.2.33")
    request(lab, "csr-9", client("worker-3", request="rubbish", username="system:node:worker-3"))
    run(step)
    assert not approved(lab, "csr-0") and not approved(lab, "csr-9")


def test_a_request_that_another_takes_the_place_of_is_looked_at_again(lab: FakeCluster, step: Step) -> None:
    """Between the look and the approval; what is approved is what was read."""
    request(lab, "csr-1", client("worker-3"))
    replaced = [False]

    def swap(cluster: FakeCluster) -> None:
        if cluster.requests > 3 and not replaced[0]:
            replaced[0] = True
            request(cluster, "csr-1", client("worker-3", request=encoded(pem(subject("system:admin")))))

    lab.controllers.append(swap)
    with pytest.raises(OutOfTimeError, match="no certificate request yet"):
        run(step, timeout=0.5)
    assert replaced == [True] and not approved(lab, "csr-1")
    assert any("csr-1 has changed meanwhile" in line for line in step.progress)


def test_a_permission_that_lacks_ends_it(lab: FakeCluster, step: Step) -> None:
    request(lab, "csr-1", client("worker-3"))
    lab.trouble["PATCH", f"{REQUESTS}/csr-1/approval"].append((403, "not permitted to approve requests with this"))
    with pytest.raises(TerminalFailureError, match="the approval of csr-1 is refused: not permitted to approve"):
        run(step)


def test_time_that_is_over_says_what_was_seen_of_each(lab: FakeCluster, step: Step) -> None:
    planned = {**STAYS, **{f"worker-{number}": f"192.0.2.{30 + number}" for number in range(3, 9)}}
    request(lab, "csr-4", client("worker-4"), condition("Approved"))
    node(lab, "worker-5", STARTING)
    with pytest.raises(OutOfTimeError) as raised:
        run(step, planned, timeout=0.2)
    assert str(raised.value).splitlines()[1:] == [
        "  Node worker-3: no certificate request yet",
        "  Node worker-4: approved csr-4, not issued yet, no Node yet",
        "  Node worker-5: NotReady: KubeletNotReady: no CNI configuration file",
        "  Node worker-6: no certificate request yet",
        "  Node worker-7: no certificate request yet",
        "  Node worker-8: no certificate request yet",
    ]


def test_an_answer_that_was_lost_does_no_harm(lab: FakeCluster, step: Step) -> None:
    Machine(lab, "worker-3", "192.0.2.33")
    lab.trouble["PATCH", f"{REQUESTS}/csr-worker-3-client/approval"].append("lost")
    assert run(step) == {"nodes": PLANNED}
    assert lab.writes.count(("PATCH", "csr-worker-3-client")) == 1


@pytest.mark.parametrize(
    ("nodes", "said"), [({}, "no node is planned"), ({"worker-0": "here"}, "planned at here, which is no address")]
)
def test_a_list_that_cant_be_meant_is_a_mistake(step: Step, nodes: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        run(step, nodes)


def test_the_requesters_are_openshifts() -> None:
    assert BOOTSTRAPPER == "system:serviceaccount:openshift-machine-config-operator:node-bootstrapper"
    assert client("x")["signerName"] == CLIENT
