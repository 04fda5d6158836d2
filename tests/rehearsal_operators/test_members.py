"""Machines that join or leave: what the operators' stand-ins make of them."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from manifests import operator_init
from rehearsal.cluster import contents
from rehearsal.cluster.install import Host, Install
from rehearsal.cluster.kube import Kube
from rehearsal.operators.lvms import LvmCluster
from rehearsal.operators.nmstate import Nmstate
from rehearsal.operators.nmstate_guest import Guest, GuestAwayError
from rehearsal.operators.standin import View
from rehearsal.operators.watch import Store
from rehearsal.operators.workloads import daemon_set
from rehearsal.operators.world import World
from rehearsal.operators.writer import Writer
from tests.rehearsal_operators.nodes import INSTALLATION, guests, hosts, nodes

OWNER = {"apiVersion": "example.com/v1", "kind": "Toy", "metadata": {"name": "one", "namespace": "lab", "uid": "1"}}


@pytest.fixture
def machines() -> list[Host]:
    """Three masters and three workers; the last one is not the installation's."""
    return hosts(workers=3)


def store(directory: Path, machines: list[Host]) -> Store:
    """The snapshot of a cluster that was installed on these."""
    network = "127.0.0.0/8"
    directory = directory / INSTALLATION
    directory.mkdir()
    install = Install(INSTALLATION, directory, "lab", "example.com", "127.0.0.5", network, "", tuple(machines), 0)
    return Store(install)


def test_a_joined_machine_is_asked_and_one_that_left_is_not(tmp_path: Path, machines: list[Host]) -> None:
    *installed, newcomer = machines
    seen = store(tmp_path, installed)
    with guests(machines):
        with pytest.raises(GuestAwayError, match="no machine of this installation is called worker-2"):
            Guest("worker-2", seen.world())
        members = [vars(host) for host in machines if host.hostname != "worker-0"]
        (tmp_path / INSTALLATION / "members.json").write_text(json.dumps({"hosts": members}))
        node = contents.node(newcomer, schedulable=True)
        node["metadata"]["resourceVersion"] = "1"
        seen.put(node)
        assert Guest("worker-2", seen.world()).answer()["hostname"] == "worker-2"
        with pytest.raises(GuestAwayError, match="no machine of this installation is called worker-0"):
            Guest("worker-0", seen.world())


def on(parts: list[dict[str, Any]]) -> set[str]:
    """The nodes on which pods of daemon sets run."""
    return {part["spec"]["nodeName"] for part in parts if part["kind"] == "Pod" and part["spec"].get("nodeName")}


def joining(host: Host, *, ready: bool) -> dict[str, Any]:
    """Its Node as the control plane's stand-in makes it."""
    return {**contents.node(host, schedulable=True), "status": contents.node_status(host, "v1.31.0", ready=ready)}


@pytest.mark.parametrize("ready", [False, True])
def test_what_runs_on_every_worker_comes_with_the_node_once_it_is_ready(machines: list[Host], ready: bool) -> None:
    *installed, newcomer = machines
    world = World([*nodes(installed), joining(newcomer, ready=ready)], machines)
    cluster = deepcopy(operator_init.lvm_cluster())
    handler = {"apiVersion": "nmstate.io/v1", "kind": "NMState", "metadata": {"name": "nmstate"}}
    for parts in (LvmCluster().parts(View(cluster, "ready"), world), Nmstate().makes(handler, world)):
        assert ("worker-2" in on(parts)) == ready
        assert {"worker-0", "worker-1"} <= on(parts)


class Applied:
    """An API server that keeps what is applied."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Any]] = {}

    def apply(self, made: dict[str, Any], subresource: str = "", manager: str = "") -> dict[str, Any]:
        if not subresource:
            self.objects[made["metadata"]["name"]] = {**made, "metadata": {**made["metadata"], "uid": "of-the-server"}}
        return self.objects[made["metadata"]["name"]]


def test_pods_of_a_daemon_set_are_owned_by_it_so_that_a_drain_leaves_them() -> None:
    server = Applied()
    writer = Writer(cast(Kube, server), cast(Store, SimpleNamespace(put=lambda _: None)))
    workload, pod = daemon_set("speaker", "lab", {"app": "metallb"}, ["worker-0"])
    assert not writer.part(pod, OWNER, World()), "there is no daemon set yet whose it could be"
    assert writer.part(workload, OWNER, World())
    assert writer.part(pod, OWNER, World([server.objects["speaker"]]))
    [owner] = server.objects["speaker-worker-0"]["metadata"]["ownerReferences"]
    assert (owner["kind"], owner["name"], owner["uid"], owner["controller"]) == (
        "DaemonSet",
        "speaker",
        "of-the-server",
        True,
    )


def test_a_pod_ends_at_once_for_no_kubelet_would_say_that_it_has() -> None:
    [_, pod] = daemon_set("speaker", "lab", {}, ["worker-0"])
    assert pod["spec"]["terminationGracePeriodSeconds"] == 0
