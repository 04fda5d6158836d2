"""What fills a new control plane, against a server that has only just heard of a definition."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from rehearsal.cluster import contents
from rehearsal.cluster.install import Host, Install
from rehearsal.cluster.kube import Kube


class JustMade:
    """Lists one definition: first with null conditions, as the server does at once after the creation."""

    def __init__(self) -> None:
        self.asked = 0

    def request(self, *_arguments: object) -> dict[str, Any]:
        self.asked += 1
        conditions = None if self.asked == 1 else [{"type": "Established", "status": "True"}]
        return {"items": [{"metadata": {"name": "netconfigs.example.com"}, "status": {"conditions": conditions}}]}


def test_a_definition_without_conditions_yet_is_waited_for() -> None:
    server = JustMade()
    contents._wait_established(cast(Kube, server), ["netconfigs.example.com"])
    assert server.asked == 2


class Recorder:
    """Takes everything and keeps the objects that were applied whole."""

    def __init__(self) -> None:
        self.applied: list[dict[str, Any]] = []

    def request(self, *_arguments: object) -> dict[str, Any]:
        return {"gitVersion": "v1.31.0", "items": []}

    def apply(self, made: dict[str, Any], subresource: str = "") -> None:
        if not subresource:
            self.applied.append(made)


def registered(*roles: str) -> dict[str, tuple[set[str], list[str]]]:
    """Role labels and taints of each node of a cluster of such machines."""
    hosts = tuple(Host(f"{role}-{n}", role, "52:54:00:00:00:00", "192.0.2.1") for n, role in enumerate(roles))
    install = Install("id", Path(), "lab", "example.com", "192.0.2.5", "192.0.2.0/24", "192.0.2.1", hosts, 0)
    server = Recorder()
    contents.fill(cast(Kube, server), install, [])
    prefix = "node-role.kubernetes.io/"
    return {
        made["metadata"]["name"]: (
            {label.removeprefix(prefix) for label in made["metadata"]["labels"] if label.startswith(prefix)},
            [f"{taint['key'].removeprefix(prefix)}:{taint['effect']}" for taint in made["spec"].get("taints", [])],
        )
        for made in server.applied
        if made["kind"] == "Node"
    }


def test_beside_workers_masters_are_tainted_and_are_no_workers() -> None:
    assert registered("master", "worker") == {
        "master-0": ({"master", "control-plane"}, ["master:NoSchedule"]),
        "worker-1": ({"worker"}, []),
    }


@pytest.mark.parametrize("count", [3, 5])
def test_without_workers_masters_are_workers_too_and_everything_may_run_there(count: int) -> None:
    found = registered(*["master"] * count)
    assert len(found) == count
    assert list(found.values()) == [({"master", "control-plane", "worker"}, [])] * count
