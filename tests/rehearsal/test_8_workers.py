"""Workers join an installed cluster and leave it, by the settings alone; nobody else is touched. In small.

The order of the tests is the life of one lab; each leaves it whole.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.rehearsal.changing import touched, up, uuids
from tests.rehearsal.conftest import SMALL, Lab

pytestmark = pytest.mark.rehearsal

TWO = {**SMALL, "workers": {"count": 2}}
PINNED = {"services": {name: {"replicas": 1} for name in ("swift", "rabbitmq")}}
"""Theirs never become fewer; the others' follow the number of workers."""
NEWCOMER = "rehearsal-worker-1"


def nodes(lab: Lab) -> dict[str, str]:
    """The cluster's nodes: name → UID."""
    return {node["metadata"]["name"]: node["metadata"]["uid"] for node in lab.kubernetes("nodes")["items"]}


def claims_on(lab: Lab, node: str) -> set[str]:
    """The claims whose volumes lie on a node."""
    found = set()
    for volume in lab.kubernetes("persistentvolumes")["items"]:
        if node in str(volume["spec"].get("nodeAffinity")) and volume["spec"].get("claimRef"):
            claim = volume["spec"]["claimRef"]
            found.add(f"{claim['namespace']}/{claim['name']}")
    return found


def volumes(lab: Lab) -> set[str]:
    """What lies in the stack's pool."""
    return set(lab.run("virsh", "--quiet", "vol-list", "rehearsal-1").stdout.split()[::2])


def ended_badly(lab: Lab, **changes: Any) -> str:
    """What ``up`` says when it fails on the changed settings; the lab's own file stays as it is."""
    done = lab.pulumi("up", "--yes", "--skip-preview", lab.configured("refused", **changes), expect=None)
    assert done.returncode != 0
    return done.stdout + done.stderr


def test_a_worker_joins_the_installed_cluster_in_the_same_up(small: Lab) -> None:
    machines, before = uuids(small), nodes(small)
    planned = touched(small, small.configured("two", topology=TWO, openstack=PINNED))
    on_host = {name for (op, name), _ in planned.items() if op == "create" and name.startswith("worker-")}
    assert on_host == {"worker-1", "worker-1-root", "worker-1-data", "worker-1-medium"}
    old = ("master-", "worker-0", "compute-", "cluster-", "networks-", "host-")
    # The host's DNS learns of its name, in place.
    assert [step for step in planned if step[1].startswith(old)] == [("update", "networks-ocp")]

    up(small, topology=TWO, openstack=PINNED)

    after = uuids(small)
    assert {name: after[name] for name in machines} == machines
    assert set(after) - set(machines) == {NEWCOMER}
    grown = nodes(small)
    assert {name: grown[name] for name in before} == before
    assert set(grown) - set(before) == {"worker-1"}
    requests = small.kubernetes("certificatesigningrequests")["items"]
    signers = sorted(item["spec"]["signerName"].rpartition("/")[2] for item in requests)
    assert signers == ["kube-apiserver-client-kubelet", "kubelet-serving"]
    assert all({c["type"] for c in item["status"]["conditions"]} == {"Approved"} for item in requests)
    policies = small.kubernetes("nodenetworkconfigurationpolicies.nmstate.io")["items"]
    assert "worker-1" in {policy["metadata"]["name"] for policy in policies}
    assert "rehearsal-worker-1-node.iso" in volumes(small)
    assert small.steps() == []


def test_a_worker_with_volumes_on_it_does_not_leave_unless_it_is_released(small: Lab) -> None:
    held = claims_on(small, "worker-1")
    assert held, "with two workers OpenStack has replicas on both"
    said = ended_badly(small, topology=SMALL)
    for claim in held:
        assert claim in said
    assert "topology.workers.released" in said and "worker-1" in said
    assert NEWCOMER in uuids(small)
    assert "worker-1" in nodes(small)


def test_a_released_worker_is_drained_and_removed_and_nobody_else_is_touched(small: Lab) -> None:
    machines, before = uuids(small), nodes(small)
    released = {"count": 1, "released": ["worker-1"]}
    up(small, topology={**SMALL, "workers": released})

    after = uuids(small)
    assert after == {name: uuid for name, uuid in machines.items() if name != NEWCOMER}
    assert nodes(small) == {name: uid for name, uid in before.items() if name != "worker-1"}
    assert claims_on(small, "worker-1") == set()
    assert not [name for name in volumes(small) if "worker-1" in name]
    assert small.steps() == []


def test_the_next_one_of_that_name_is_a_new_machine(small: Lab) -> None:
    """Nothing is kept of the one before: not its Node, not its requests, not its ISO."""
    gone = uuids(small)
    up(small, topology={**SMALL, "workers": {"count": 2, "released": []}})
    assert "worker-1" in nodes(small)
    assert set(uuids(small)) - set(gone) == {NEWCOMER}
    assert small.steps() == []


def test_a_replica_that_can_not_go_keeps_its_worker(small: Lab) -> None:
    free = {"services": {name: {"replicas": 2} for name in ("swift", "rabbitmq")}}
    up(small, openstack=free)
    machines, before = uuids(small), nodes(small)
    said = ended_badly(small, topology={**SMALL, "workers": {"count": 1, "released": ["worker-1"]}}, openstack=PINNED)
    assert "SwiftStorage does not support scale-in" in said
    assert (uuids(small), nodes(small)) == (machines, before)
    assert claims_on(small, "worker-1"), "nothing was drained"
    # What does not depend on its leaving was done already, and is put back.
    up(small, openstack=free)
    assert (uuids(small), nodes(small)) == (machines, before)
    assert small.steps() == []
