"""NMState's stand-in: who gets a handler, which nodes a policy is for, and what its status says."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.cache import CHECKOUT
from rehearsal.cluster.install import Host
from rehearsal.operators import nmstate_policy
from rehearsal.operators.nmstate import Nmstate, NmstateState
from rehearsal.operators.nmstate_crds import CRDS, HANDLERS
from rehearsal.operators.nmstate_policy import NmstatePolicy
from rehearsal.operators.standin import KEEP, View
from rehearsal.operators.world import World, status_of
from tests.rehearsal_operators.fake_guests import FakeGuests
from tests.rehearsal_operators.nodes import guests, handlers, hosts, world

UPSTREAM = CHECKOUT.parent / "shared" / "crds" / "nmstate"


def policy(selector: dict[str, str] | None = None, generation: int = 1, base: str = "ens4") -> dict[str, Any]:
    """VLAN 20 on ``base`` for the nodes that the selector takes."""
    address = {"ip": "172.17.0.10", "prefix-length": 24}
    vlan = {
        "name": "internalapi",
        "type": "vlan",
        "vlan": {"base-iface": base, "id": 20},
        "ipv4": {"enabled": True, "address": [address]},
    }
    return {
        "apiVersion": "nmstate.io/v1",
        "kind": "NodeNetworkConfigurationPolicy",
        "metadata": {"name": "policy", "uid": "1", "generation": generation},
        "spec": {"nodeSelector": selector or {}, "desiredState": {"interfaces": [vlan]}},
    }


WORKER_0 = {"kubernetes.io/hostname": "worker-0"}


@pytest.fixture
def machines() -> list[Host]:
    """Three masters and two workers."""
    return hosts()


@pytest.fixture
def running(machines: list[Host]) -> Iterator[FakeGuests]:
    """The same, switched on."""
    with guests(machines) as switched_on:
        yield switched_on


@pytest.fixture
def here(tmp_path: Path, machines: list[Host]) -> World:
    """Their cluster, with a handler on every node."""
    return world(tmp_path, machines, *handlers(machines))


def true(status: Any) -> list[tuple[str, str, str]]:
    """Type, reason and message of the conditions that are True."""
    return [(c["type"], c["reason"], c["message"]) for c in status["conditions"] if c["status"] in (True, "True")]


def told(stand_in: NmstatePolicy, obj: dict[str, Any], here: World) -> tuple[Any, list[dict[str, Any]]]:
    """Do the work once; status and enactments afterwards, as the runner would have them."""
    outcome = stand_in.act(obj, here)
    view = View(obj, "failed" if outcome.problem else "ready", problem=outcome.problem, facts=outcome.facts)
    return stand_in.status(view, here), stand_in.parts(view, here)


def test_a_policy_is_applied_to_the_nodes_that_it_selects(running: FakeGuests, here: World) -> None:
    """The VLAN is on that node's guest afterwards, and on no other."""
    status, enactments = told(NmstatePolicy(), policy(WORKER_0), here)
    assert true(status) == [("Available", "SuccessfullyConfigured", "1/1 nodes successfully configured")]
    assert {name for name, says in running.says.items() if len(says["nics"]) > 2} == {"worker-0"}
    [enactment] = enactments
    assert enactment["metadata"]["name"] == "worker-0.policy"
    assert enactment["metadata"]["labels"] == {"nmstate.io/policy": "policy", "nmstate.io/node": "worker-0"}
    assert true(enactment["status"]) == [("Available", "SuccessfullyConfigured", "successfully reconciled")]
    assert enactment["status"]["desiredState"] == policy()["spec"]["desiredState"]


def test_a_policy_that_fails_on_one_of_two_nodes_says_where_and_why(running: FakeGuests, here: World) -> None:
    """Degraded; the enactments tell the nodes apart."""
    running.says["worker-1"]["nics"].pop()
    status, enactments = told(NmstatePolicy(), policy({"node-role.kubernetes.io/worker": ""}), here)
    assert true(status) == [("Degraded", "FailedToConfigure", "1/2 nodes failed to configure")]
    good, bad = enactments
    assert [entry[0] for entry in true(good["status"])] == ["Available"]
    [(kind, reason, message)] = true(bad["status"])
    assert (kind, reason) == ("Failing", "FailedToConfigure")
    assert "on node worker-1 at desired state apply" in message
    assert "VLAN interface internalapi has base-iface ens4, which does not exist; this node has ens3" in message


def test_what_a_node_refused_is_final_until_the_policy_changes(running: FakeGuests, here: World) -> None:
    """As upstream's handler, which gives up; a new generation is tried."""
    stand_in = NmstatePolicy()
    bad = policy(WORKER_0, base="enp6s0")
    first = stand_in.act(bad, here)
    assert "enp6s0" in first.problem
    running.says["worker-0"]["nics"][1]["name"] = "enp6s0"
    assert stand_in.act(bad, here) == first
    assert not stand_in.act({**bad, "metadata": {**bad["metadata"], "generation": 2}}, here).problem


def test_the_guests_own_refusal_is_the_policys_problem(running: FakeGuests, here: World) -> None:
    """What only the kernel knows."""
    obj = policy(WORKER_0)
    obj["spec"]["desiredState"]["interfaces"][0]["mtu"] = 9000
    assert "Numerical result out of range" in NmstatePolicy().act(obj, here).problem


def test_a_node_that_was_configured_and_is_off_does_not_fail_the_policy(running: FakeGuests, here: World) -> None:
    """It gets everything again when it is back: what it was given is lost."""
    stand_in = NmstatePolicy()
    assert not stand_in.act(policy(WORKER_0), here).problem
    running.switch_off("worker-0")
    assert not stand_in.act(policy(WORKER_0), here).problem
    running.switch_on("worker-0")
    assert len(running.says["worker-0"]["nics"]) == 2
    assert not stand_in.act(policy(WORKER_0), here).problem
    assert len(running.says["worker-0"]["nics"]) == 3


def test_a_node_that_never_answered_is_waited_for(
    running: FakeGuests, here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its silence is not final."""
    monkeypatch.setattr(nmstate_policy, "AWAY_PAUSE", 0.0)
    running.switch_off("worker-0")
    returned = threading.Event()
    pauses = []

    def pause(_: float) -> None:
        pauses.append(1)
        if len(pauses) == 2:
            running.switch_on("worker-0")
            returned.set()

    monkeypatch.setattr("rehearsal.operators.nmstate_policy.time.sleep", pause)
    assert not NmstatePolicy().act(policy(WORKER_0), here).problem
    assert returned.is_set()
    running.switch_off("worker-0")
    monkeypatch.setattr(nmstate_policy, "AWAY_SECONDS", 0.0)
    stand_in = NmstatePolicy()
    assert "worker-0 does not answer" in stand_in.act(policy(WORKER_0), here).problem
    running.switch_on("worker-0")
    assert not stand_in.act(policy(WORKER_0), here).problem


def test_a_policy_for_no_node_is_ignored(running: FakeGuests, here: World) -> None:
    """It looks done, so the reason matters."""
    status, enactments = told(NmstatePolicy(), policy({"kubernetes.io/hostname": "worker-9"}), here)
    assert true(status) == [("Ignored", "NoMatchingNode", "Policy does not match any node")]
    assert enactments == []


def test_only_nodes_with_a_handler_count(running: FakeGuests, machines: list[Host], tmp_path: Path) -> None:
    """An NMState may leave nodes out."""
    some = world(tmp_path, machines, *handlers(machines[:4]))
    assert NmstatePolicy().inputs(policy({"node-role.kubernetes.io/worker": ""}), some) == ["worker-0"]


def test_without_handlers_nothing_happens_to_policies(machines: list[Host], tmp_path: Path) -> None:
    """There is nobody who would write a status."""
    bare = world(tmp_path, machines)
    unmet = NmstatePolicy().unmet(policy(), bare)
    assert [one.sentence for one in unmet] == ["no node runs NMState's handler"]
    view = View(policy(), "waiting", tuple(unmet))
    assert NmstatePolicy().status(view, bare) is None
    assert NmstatePolicy().parts(view, bare) == []


def test_a_policy_at_work_says_so(here: World) -> None:
    """The other conditions are unknown, for nobody knows yet."""
    view = View(policy(WORKER_0), "working")
    status = NmstatePolicy().status(view, here)
    assert status is not None
    assert true(status) == [("Progressing", "ConfigurationProgressing", "Policy is progressing 0/1 nodes finished")]
    assert {c["type"] for c in status["conditions"] if c["status"] == "Unknown"} == {"Available", "Degraded"}


def nmstate(**spec: Any) -> dict[str, Any]:
    """The cluster's NMState."""
    metadata = {"name": "nmstate", "uid": "2", "generation": 1, "creationTimestamp": "2026-01-01T00:00:00Z"}
    return {"apiVersion": "nmstate.io/v1", "kind": "NMState", "metadata": metadata, "spec": spec}


def made(obj: dict[str, Any], here: World) -> dict[str, list[dict[str, Any]]]:
    """What it brings, by kind."""
    found: dict[str, list[dict[str, Any]]] = {}
    for part in Nmstate().makes(obj, here):
        found.setdefault(part["kind"], []).append(part)
    return found


def test_nmstate_brings_handlers_webhook_and_the_other_kinds(here: World) -> None:
    """A handler on masters too; the kinds stay for good; nodes' states only once their kind is served."""
    parts = made(nmstate(), here)
    on = {pod["spec"].get("nodeName") for pod in parts["Pod"] if "handler" in pod["metadata"]["name"]}
    assert on == {"master-0", "master-1", "master-2", "worker-0", "worker-1"}
    assert [crd["metadata"]["name"].partition(".")[0] for crd in parts["CustomResourceDefinition"]] == [
        "nodenetworkconfigurationpolicies",
        "nodenetworkconfigurationenactments",
        "nodenetworkstates",
    ]
    assert all(KEEP in crd["metadata"]["annotations"] for crd in parts["CustomResourceDefinition"])
    [webhook] = parts["Deployment"]
    assert webhook["metadata"]["name"] == "nmstate-webhook"
    assert ("Available", "MinimumReplicasAvailable") in [entry[:2] for entry in true(webhook["status"])]
    assert "NodeNetworkState" not in parts


def test_states_come_when_their_kind_is_served(tmp_path: Path, machines: list[Host]) -> None:
    """One for each node with a handler."""
    served = [{**crd, "status": {"conditions": [{"type": "Established", "status": "True"}]}} for crd in HANDLERS]
    parts = made(nmstate(nodeSelector={"node-role.kubernetes.io/worker": ""}), world(tmp_path, machines, *served))
    assert [state["metadata"]["name"] for state in parts["NodeNetworkState"]] == ["worker-0", "worker-1"]
    assert "CustomResourceDefinition" not in parts


def test_a_nodes_state_is_what_its_guest_says(running: FakeGuests, here: World) -> None:
    """The last one stays while the node is silent; what a policy did is a reason to look again."""
    stand_in = NmstateState()
    state = {"apiVersion": "nmstate.io/v1beta1", "kind": "NodeNetworkState", "metadata": {"name": "worker-0"}}
    facts = stand_in.act(state, here).facts
    status = stand_in.status(View(state, "ready", facts=facts), here)
    assert status is not None
    assert [entry["name"] for entry in status["currentState"]["interfaces"]] == ["ens3", "ens4"]
    assert stand_in.status(View(state, "failed", problem="away", facts={}), here) is None
    _, enactments = told(NmstatePolicy(), policy(WORKER_0), here)
    after = World([*here.all("Node"), *enactments], here.hosts, here.directory)
    assert stand_in.inputs(state, after) != stand_in.inputs(state, here)
    assert status_of(enactments[0])


@pytest.mark.parametrize("own", [*CRDS, *HANDLERS], ids=lambda crd: crd["spec"]["names"]["kind"])
def test_own_definitions_agree_with_upstreams(own: dict[str, Any]) -> None:
    """Names, versions and every field of ours is upstream's."""
    if not UPSTREAM.is_dir():
        pytest.skip("needs ../shared/crds/nmstate, upstream's definitions")
    spec = own["spec"]
    upstream = yaml.safe_load((UPSTREAM / f"nmstate.io_{spec['names']['plural']}.yaml").read_text())
    assert own["metadata"]["name"] == upstream["metadata"]["name"]
    assert (spec["group"], spec["scope"], spec["names"]) == tuple(
        upstream["spec"][key] for key in ("group", "scope", "names")
    )
    versions = {entry["name"]: entry for entry in upstream["spec"]["versions"]}
    assert [entry["name"] for entry in spec["versions"]] == list(versions)
    for entry in spec["versions"]:
        theirs = versions[entry["name"]]
        assert (entry["served"], entry["storage"]) == (theirs["served"], theirs["storage"])
        assert entry["subresources"] == theirs["subresources"]
        compare(entry["schema"]["openAPIV3Schema"], theirs["schema"]["openAPIV3Schema"], entry["name"])


def compare(own: dict[str, Any], theirs: dict[str, Any], path: str) -> None:
    """Types agree; where ours lists fields it lists all of theirs, unless it says that it takes any."""
    assert own.get("type") == theirs.get("type"), path
    assert own.get("format") == theirs.get("format") or theirs.get("format") == "int64", path
    if "properties" in own:
        assert set(own["properties"]) == set(theirs.get("properties", {})), path
        for key, schema in own["properties"].items():
            compare(schema, theirs["properties"][key], f"{path}.{key}")
    for key in ("items", "additionalProperties"):
        if isinstance(own.get(key), dict) and isinstance(theirs.get(key), dict):
            compare(own[key], theirs[key], f"{path}.{key}")
