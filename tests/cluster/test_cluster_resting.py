"""A cluster whose masters are shut down comes back with them and with what it knew; its nodes wait for certificates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rehearsal.cluster.kube import Kube
from rehearsal.cluster.signing_requests import PATH
from tests.cluster.fake_machines import NODES, Rehearsal
from tests.cluster.test_cluster_daemon import addresses_of_loopback, processes_in
from tests.cluster.test_cluster_joining_daemon import approve, requests_of

pytestmark = pytest.mark.rehearsal

NAMES = {name for name, _, _ in NODES}
KEPT = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "kept", "namespace": "default"}, "data": {}}
LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"


def in_phase(rehearsal: Rehearsal, phase: str) -> None:
    rehearsal.eventually(phase, lambda: rehearsal.status("first").get("phase") == phase)


def readiness(kube: Kube) -> dict[str, str]:
    """The Ready condition's status of every node."""
    found: list[dict[str, Any]] = kube.request("GET", "/api/v1/nodes")["items"]
    return {
        node["metadata"]["name"]: next(c["status"] for c in node["status"]["conditions"] if c["type"] == "Ready")
        for node in found
    }


def approve_all(kube: Kube) -> None:
    for request in requests_of(kube):
        if not request["status"].get("conditions"):
            approve(kube, request)


@pytest.fixture
def directory(rehearsal: Rehearsal) -> Path:
    """A cluster that serves, on machines that libvirt knows, in their first start."""
    made = rehearsal.install("first")
    rehearsal.define("master")
    rehearsal.machines.boot("first", start="one")
    in_phase(rehearsal, "running")
    rehearsal.eventually("known starts", (made / "returning.json").exists)
    return made


def test_it_rests_with_its_masters_and_comes_back_with_them_until_they_are_gone(
    rehearsal: Rehearsal, directory: Path
) -> None:
    rehearsal.kube("first").apply(KEPT)
    rehearsal.machines.power_off("worker")
    rehearsal.machines.power_off("master")
    in_phase(rehearsal, "resting")
    assert processes_in(directory) == []
    assert "127.0.0.5/" not in addresses_of_loopback()

    rehearsal.machines.boot("first", without=("worker-9", "master-2"), start="two")
    in_phase(rehearsal, "running")
    kube = rehearsal.kube("first")
    assert kube.request("GET", "/api/v1/namespaces/default/configmaps/kept")["metadata"]["name"] == "kept"
    assert readiness(kube) == dict.fromkeys(NAMES, "Unknown")
    absent = {"worker-9", "master-2"}
    rehearsal.eventually("requests", lambda: len(requests_of(kube)) == len(NAMES - absent))
    assert readiness(kube) == dict.fromkeys(NAMES, "Unknown"), "nobody has approved anything"

    def all_but_the_absent() -> bool:
        approve_all(kube)
        return {name for name, ready in readiness(kube).items() if ready == "True"} == NAMES - absent

    rehearsal.eventually("Ready", all_but_the_absent)
    taken = {request["spec"]["username"] for request in requests_of(kube)}
    assert {f"system:node:{name}" for name in NAMES - absent} < taken

    rehearsal.machines.power_off("worker")
    rehearsal.machines.power_off("master")
    in_phase(rehearsal, "resting")
    rehearsal.undefine_all()
    rehearsal.eventually("directory removed", lambda: not directory.exists())


def test_machines_that_were_only_paused_are_ready_at_once(rehearsal: Rehearsal, directory: Path) -> None:
    rehearsal.machines.power_off("master")
    in_phase(rehearsal, "resting")
    rehearsal.machines.boot("first", start="one")
    in_phase(rehearsal, "running")
    kube = rehearsal.kube("first")
    rehearsal.eventually("Ready", lambda: readiness(kube) == dict.fromkeys(NAMES, "True"))
    assert kube.request("GET", PATH)["items"] == []


def test_kubelets_renew_their_leases_while_their_machines_answer(rehearsal: Rehearsal, directory: Path) -> None:
    kube = rehearsal.kube("first")

    def leases() -> dict[str, str]:
        return {item["metadata"]["name"]: item["spec"]["renewTime"] for item in kube.request("GET", LEASES)["items"]}

    rehearsal.eventually("leases", lambda: leases().keys() == NAMES)
    rehearsal.machines.power_off_one("127.0.0.30")
    seen = leases()
    others = NAMES - {"worker-0"}
    rehearsal.eventually("renewed", lambda: all(leases()[name] > seen[name] for name in others))
    assert leases()["worker-0"] == seen["worker-0"]
