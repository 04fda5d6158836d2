"""Nodes and what runs on them, for the pure tests: as an installation and its operators leave them."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rehearsal.cluster import contents
from rehearsal.cluster.install import Host
from rehearsal.operators.nmstate_policy import HANDLER, NAMESPACE
from rehearsal.operators.objects import pod
from rehearsal.operators.world import CSV_NAMES, World
from tests.rehearsal_operators.fake_guests import FakeGuests

_NUMBERS = itertools.count(1)
INSTALLATION = "11111111-2222-3333-4444-555555555555"


def hosts(masters: int = 3, workers: int = 2) -> list[Host]:
    """Machines with addresses that no other test of this process or of another one has."""
    network = f"127.{next(_NUMBERS) % 90 + 10}.{os.getpid() % 250}"
    roles = [("master", number) for number in range(masters)] + [("worker", number) for number in range(workers)]
    return [
        Host(f"{role}-{number}", role, f"52:00:00:00:00:{10 + index}", f"{network}.{10 + index}")
        for index, (role, number) in enumerate(roles)
    ]


def nodes(machines: list[Host]) -> list[dict[str, Any]]:
    """Their Nodes; masters are schedulable where there are no workers."""
    compact = all(host.role == "master" for host in machines)
    return [contents.node(host, schedulable=compact or host.role != "master") for host in machines]


def handlers(machines: list[Host]) -> list[dict[str, Any]]:
    """NMState's handler on each of them."""
    return [pod(f"nmstate-handler-{host.hostname}", NAMESPACE, HANDLER, host.hostname) for host in machines]


def csv(key: str, namespace: str, version: str = "4.18.0", phase: str = "Succeeded") -> dict[str, Any]:
    """An installed operator."""
    return {
        "apiVersion": "operators.coreos.com/v1alpha1",
        "kind": "ClusterServiceVersion",
        "metadata": {"name": f"{CSV_NAMES[key]}.v{version}", "namespace": namespace},
        "status": {"phase": phase},
    }


@contextmanager
def guests(machines: list[Host]) -> Iterator[FakeGuests]:
    """The machines switched on, until the block ends."""
    running = FakeGuests(INSTALLATION, machines)
    try:
        yield running
    finally:
        running.close()


def world(directory: Path, machines: list[Host], *objects: dict[str, Any]) -> World:
    """That installation's cluster with the nodes and these objects."""
    return World([*nodes(machines), *objects], machines, directory / INSTALLATION)
