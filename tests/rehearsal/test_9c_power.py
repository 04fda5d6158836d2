"""``make stop`` and ``make start``: a whole lab is put to rest and comes back as it was; on the real engine, small."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.rehearsal.changing import uuids
from tests.rehearsal.conftest import Lab

pytestmark = pytest.mark.rehearsal

POLICIES = "nodenetworkconfigurationpolicies.nmstate.io"
STATES = "nodenetworkstates.nmstate.io"
PLANE = "openstackcontrolplanes.core.openstack.org"
PATIENCE = 120.0  # seconds until what must come is given up
RUNNING, RESTING = "somebodys", "stopped-by-its-user"


def power(lab: Lab, what: str, *options: str) -> list[str]:
    """The lines that it prints."""
    return lab.run("python3", "-m", "power", what, "--stack", "rehearsal", *options).stdout.splitlines()


def cloud(lab: Lab) -> dict[str, Any]:
    """What Nova knows."""
    [file] = (lab.directory / "clusters").glob("*/openstack.json")
    known: dict[str, Any] = json.loads(file.read_text())
    return known


def with_instances(lab: Lab, *instances: tuple[str, str]) -> None:
    """Let Nova have just these, by name and status."""
    [file] = (lab.directory / "clusters").glob("*/openstack.json")
    known = cloud(lab)
    [service] = known["services"].values()
    known["resources"]["server"] = {
        name: {"id": name, "name": name, "host": service["host"], "network": "", "status": status, "console": None}
        for name, status in instances
    }
    file.write_text(json.dumps(known))


def statuses(lab: Lab) -> dict[str, str]:
    """Of all instances."""
    return {one["name"]: one["status"] for one in cloud(lab)["resources"]["server"].values()}


def on(lab: Lab) -> set[str]:
    """The machines that are not off."""
    return set(lab.run("virsh", "--quiet", "list", "--name").stdout.split())


def conditions(found: Any) -> dict[str, str]:
    return {entry["type"]: entry["status"] for entry in found["status"]["conditions"]}


def policies(lab: Lab) -> set[str]:
    """Whether they are in force."""
    return {conditions(policy)["Available"] for policy in lab.kubernetes(POLICIES)["items"]}


def until(holds: Callable[[], bool], what: str) -> None:
    """Looks again until it is so."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(1)


def networks(lab: Lab) -> dict[str, Any]:
    """The devices of each node, as NMState sees them."""
    return {
        state["metadata"]["name"]: {(nic["name"], nic["type"]) for nic in state["status"]["currentState"]["interfaces"]}
        for state in lab.kubernetes(STATES)["items"]
    }


def test_a_lab_is_put_to_rest_and_comes_back_as_it_was(small: Lab) -> None:
    before, wired = uuids(small), networks(small)
    names = {node["metadata"]["name"] for node in small.kubernetes("nodes")["items"]}
    processes = small.run("sh", "-c", "cat /proc/[0-9]*/comm").stdout.split()
    assert {"etcd", "kube-apiserver"} <= set(processes)
    with_instances(small, (RUNNING, "ACTIVE"), (RESTING, "SHUTOFF"))

    # Killed somewhere on the way: the same command goes on.
    small.run("timeout", "--signal=KILL", "7", "python3", "-m", "power", "stop", "--stack", "rehearsal", expect=None)
    said = power(small, "stop")
    assert said[-1] == "Stack rehearsal is at rest. To bring it back: make start STACK=rehearsal"
    assert on(small) == set()
    small.run("sh", "-c", "for pid in $(pidof kube-apiserver etcd); do tail --pid=$pid -f /dev/null; done")
    assert power(small, "stop")[-2:] == ["off: rehearsal-master-0 rehearsal-master-1 rehearsal-master-2", said[-1]]
    assert statuses(small) == dict.fromkeys((RUNNING, RESTING), "SHUTOFF")
    planned = small.pulumi("preview", "--expect-no-changes").stdout
    assert "are all off" in planned and "make start STACK=rehearsal" in planned

    small.run("timeout", "--signal=KILL", "12", "python3", "-m", "power", "start", "--stack", "rehearsal", expect=None)
    said = power(small, "start")
    assert said[-1] == "Stack rehearsal is back."
    assert on(small) == set(before)
    nodes = {node["metadata"]["name"]: node for node in small.kubernetes("nodes")["items"]}
    assert set(nodes) == names
    assert {conditions(node)["Ready"] for node in nodes.values()} == {"True"}
    assert not [name for name, node in nodes.items() if node["spec"].get("unschedulable")]
    requests = small.kubernetes("certificatesigningrequests")["items"]
    asked = {request["spec"]["username"] for request in requests if conditions(request) == {"Approved": "True"}}
    assert {f"system:node:{name}" for name in names} <= asked
    assert statuses(small) == {RUNNING: "ACTIVE", RESTING: "SHUTOFF"}
    [plane] = small.kubernetes(PLANE, "-n", "openstack")["items"]
    assert conditions(plane)["Ready"] == "True"
    until(lambda: networks(small) == wired and policies(small) == {"True"}, "the nodes have their VLANs again")

    with_instances(small)
    assert uuids(small) == before
    assert small.steps() == []
    found = small.run("python3", "-m", "drift", "--stack", "rehearsal", expect=None).stdout
    assert found == "Stack rehearsal: nothing differs from the state.\n"
