"""Policies are ready when the nodes say so of this generation; NICs when name and MAC are the planned pair."""

from __future__ import annotations

from typing import Any

import pytest

from readiness import spec
from readiness.errors import TerminalFailureError
from tests.readiness.fake_api import FakeApi, Run, judged, says, thing

NNCP = "/apis/nmstate.io/v1/nodenetworkconfigurationpolicies"
NNCE = "/apis/nmstate.io/v1beta1/nodenetworkconfigurationenactments"
NNS = "/apis/nmstate.io/v1beta1/nodenetworkstates/worker-0"
MAC, OTHER = "52:be:ef:00:00:0a", "52:be:ef:00:00:0b"
CONFIGURED = says("Available", "True", "SuccessfullyConfigured", "1/1 nodes successfully configured")
DEGRADED = says("Degraded", "True", "FailedToConfigure", "1/1 nodes failed to configure")
IGNORED = says("Ignored", "True", "NoMatchingNode", "Policy does not match any node")


def policy(*conditions: dict[str, Any], generation: int = 1) -> dict[str, Any]:
    return {f"{NNCP}/osp": thing("osp", *conditions, generation=generation)}


def enactment(*conditions: dict[str, Any], node: str = "worker-0", of: str = "osp", at: int = 1) -> dict[str, Any]:
    obj = thing(f"{node}.{of}", *conditions, policyGeneration=at)
    obj["metadata"]["labels"] = {"nmstate.io/policy": of, "nmstate.io/node": node}
    return {f"{NNCE}/{node}.{of}": obj}


def test_policies_are_ready_when_their_nodes_are_configured_and_cost_two_requests(api: FakeApi, run: Run) -> None:
    for i in range(10):
        name = f"worker-{i}"
        api.objects[f"{NNCP}/{name}"] = thing(name, CONFIGURED)
        api.objects.update(enactment(says("Available"), node=name, of=name))
    assert run(spec.policies(f"worker-{i}" for i in range(10))) == "layer ready: 10 conditions true"
    assert api.requests == {NNCP: 1, NNCE: 1}


def test_a_failed_policy_ends_at_once_with_nmstates_own_error(api: FakeApi, run: Run) -> None:
    story = "error reconciling on node worker-0: nmstatectl set --no-commit: '" + "log " * 900
    story += "NmstateError: InvalidArgument: Ethernet interface enp9s0 does not exist\n'"
    api.objects.update(policy(DEGRADED, says("Available", "False", "FailedToConfigure")))
    api.objects.update(enactment(says("Failing", "True", "FailedToConfigure", story)))
    with pytest.raises(TerminalFailureError) as ended:
        run(spec.policies(["osp"], grace=3600), timeout=3600)
    assert "NNCP osp: worker-0.osp failed: NmstateError: InvalidArgument: Ethernet interface enp9s0" in str(ended.value)


def test_a_long_report_of_nmstate_is_quoted_from_its_end_in_bounded_length() -> None:
    failing = says("Failing", "True", "FailedToConfigure", "x" * 5000 + " rolled back: no default gateway")
    verdict = judged(spec.policies(["osp"]), {**policy(DEGRADED), **enactment(failing)})[0]
    assert verdict.message.endswith("rolled back: no default gateway")
    assert len(verdict.message) < 300


def test_a_node_that_tries_again_is_waited_for() -> None:
    retrying = says("Failing", "True", "Retrying", "failed to reconcile. Retrying 2/5")
    verdict = judged(spec.policies(["osp"]), {**policy(DEGRADED), **enactment(retrying)})[0]
    assert (verdict.failed, verdict.message) == (False, "worker-0.osp: Failing (failed to reconcile. Retrying 2/5)")


@pytest.mark.parametrize(
    ("condition", "old"),
    [
        (CONFIGURED, says("Available")),
        (DEGRADED, says("Failing", "True", "FailedToConfigure", "old story")),
    ],
)
def test_what_was_said_of_an_older_generation_counts_neither_way(
    condition: dict[str, Any], old: dict[str, Any]
) -> None:
    verdict = judged(spec.policies(["osp"]), {**policy(condition, generation=2), **enactment(old, at=1)})[0]
    assert (verdict.ready, verdict.failed) == (False, False)
    assert verdict.message.endswith("generation 2 is not being configured yet")


def test_a_policy_that_configured_no_node_is_not_ready_whatever_it_says() -> None:
    """ "0/1 nodes successfully configured, 1 nodes ignored due to NotReady state" is Available too."""
    verdict = judged(spec.policies(["osp"]), policy(CONFIGURED))[0]
    assert (verdict.ready, verdict.message) == (False, "no node has begun to configure it")


def test_one_node_of_several_that_is_not_done_holds_the_gate() -> None:
    waiting = says("Pending", "True", "MaxUnavailableLimitReached", "Waiting for progressing nodes to finish")
    objects = {**policy(CONFIGURED), **enactment(says("Available")), **enactment(waiting, node="worker-1")}
    verdict = judged(spec.policies(["osp"]), objects)[0]
    assert verdict.message == "worker-1.osp: Pending (Waiting for progressing nodes to finish)"


def test_enactments_of_another_policy_do_not_count() -> None:
    verdict = judged(spec.policies(["osp"]), {**policy(CONFIGURED), **enactment(says("Available"), of="a.osp")})[0]
    assert not verdict.ready


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ([], "no condition Available yet"),
        ([says("Available", "Unknown", "ConfigurationProgressing")], "Available is Unknown (ConfigurationProgressing)"),
        ([says("Available", "True", "NoMatchingNode")], "Available is True (NoMatchingNode)"),
    ],
)
def test_the_policy_itself_must_say_that_it_is_configured(conditions: list[dict[str, Any]], message: str) -> None:
    verdict = judged(spec.policies(["osp"]), {**policy(*conditions), **enactment(says("Available"))})[0]
    assert (verdict.ready, verdict.failed, verdict.message) == (False, False, message)


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (IGNORED, r"NNCP osp: Ignored is True \(NoMatchingNode: Policy does not match any node\): its nodeSelector"),
        (says("Available", "True", "NoMatchingNode"), r"NNCP osp: Available is True \(NoMatchingNode\): its nodeSel"),
        (DEGRADED, r"NNCP osp: Degraded is True \(FailedToConfigure: 1/1 nodes failed to configure\)"),
    ],
)
def test_a_policy_that_no_node_takes_up_is_a_failure_when_that_lasts(
    api: FakeApi, run: Run, condition: dict[str, Any], message: str
) -> None:
    api.objects.update(policy(condition))
    with pytest.raises(TerminalFailureError, match=message):
        run(spec.policies(["osp"], grace=0.1), timeout=3600)
    assert api.requests[NNCP] >= 2, "it was looked at again before it was given up"


def state(*interfaces: dict[str, Any]) -> dict[str, Any]:
    return {NNS: {"metadata": {"name": "worker-0"}, "status": {"currentState": {"interfaces": list(interfaces)}}}}


def nic(name: str, mac: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": "ethernet", "mac-address": mac, **more}


def test_nics_are_compared_without_regard_to_case_and_one_verdict_each() -> None:
    objects = state(nic("enp1s0", OTHER.upper()), nic("enp2s0", MAC.upper()))
    verdicts = judged(spec.interfaces("worker-0", {"enp1s0": OTHER, "enp2s0": MAC}), objects)
    assert [(verdict.name, verdict.ready) for verdict in verdicts] == [
        ("worker-0 enp1s0", True),
        ("worker-0 enp2s0", True),
    ]


def test_a_nic_in_a_bond_is_known_by_its_permanent_mac() -> None:
    objects = state(nic("enp2s0", OTHER, **{"permanent-mac-address": MAC}))
    assert judged(spec.interfaces("worker-0", {"enp2s0": MAC}), objects)[0].ready


@pytest.mark.parametrize(
    ("there", "words"),
    [
        ([nic("ens4", MAC)], f"the plan has MAC {MAC} at enp2s0, but that MAC is at ens4"),
        (
            [nic("enp2s0", OTHER), nic("enp3s0", MAC)],
            f"the plan has MAC {MAC} at enp2s0, but that MAC is at enp3s0, and enp2s0 has {OTHER}",
        ),
        ([nic("enp2s0", OTHER)], f"the plan has MAC {MAC} at enp2s0, but no NIC has that MAC, and enp2s0 has {OTHER}"),
        (
            [nic("ens4", MAC), {"name": "br-ex", "type": "ovs-bridge", "mac-address": MAC}],
            f"the plan has MAC {MAC} at enp2s0, but that MAC is at ens4",
        ),
    ],
)
def test_a_wrong_pair_of_name_and_mac_ends_at_once(
    api: FakeApi, run: Run, there: list[dict[str, Any]], words: str
) -> None:
    api.objects.update(state(*there))
    with pytest.raises(TerminalFailureError) as ended:
        run(spec.interfaces("worker-0", {"enp2s0": MAC}), timeout=3600)
    assert f"worker-0 enp2s0: {words}: a policy would configure the wrong NIC" in str(ended.value)


def test_a_vlan_on_the_right_nic_with_the_same_mac_is_no_contradiction() -> None:
    objects = state({"name": "internalapi", "type": "vlan", "mac-address": MAC}, nic("enp2s0", MAC))
    assert judged(spec.interfaces("worker-0", {"enp2s0": MAC}), objects)[0].ready


def test_a_state_that_is_not_there_yet_is_waited_for(api: FakeApi, run: Run) -> None:
    api.script[NNS] = [None, state()[NNS], state(nic("enp2s0", MAC))[NNS]]
    run(spec.interfaces("worker-0", {"enp2s0": MAC}))
    assert run.progress == [
        "0/1 ready, waiting for worker-0 enp2s0: no NodeNetworkState yet",
        f"0/1 ready, waiting for worker-0 enp2s0: the plan has MAC {MAC} at enp2s0, and the node has neither yet",
        "1/1 ready",
    ]


def routed(*nics: dict[str, Any], by: str) -> dict[str, Any]:
    """A node whose default route leads over a NIC."""
    objects = state(*nics)
    route = {"destination": "0.0.0.0/0", "next-hop-address": "192.0.2.1", "next-hop-interface": by}
    objects[NNS]["status"]["currentState"]["routes"] = {"running": [route]}
    return objects


def test_a_nic_that_is_known_by_its_name_alone_is_ready_when_nothing_hangs_on_it() -> None:
    objects = routed(nic("ens3", OTHER), nic("ens4", MAC), by="ens3")
    assert judged(spec.interfaces("worker-0", {"ens4": ""}), objects)[0].ready
    assert not judged(spec.interfaces("worker-0", {"ens4": ""}), state())[0].failed


@pytest.mark.parametrize(
    ("objects", "words"),
    [
        (routed(nic("ens4", MAC), by="ens4"), "carries the node's default route: a policy would cut the node off"),
        (state(nic("ens4", MAC, controller="br-ex")), "is a port of br-ex: a policy would cut the node off"),
        (state(nic("ens3", MAC), nic("eno1", OTHER)), "the node has no such NIC; it has eno1, ens3"),
    ],
)
def test_a_nic_by_name_that_is_in_use_or_not_there_ends_at_once(
    api: FakeApi, run: Run, objects: dict[str, Any], words: str
) -> None:
    api.objects.update(objects)
    with pytest.raises(TerminalFailureError) as ended:
        run(spec.interfaces("worker-0", {"ens4": ""}), timeout=3600)
    assert f"worker-0 ens4: {words}" in str(ended.value)
