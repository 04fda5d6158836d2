"""The daemon as the embedded host runs it, with fake machines and an own state directory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.cache import paths
from tests.cluster.fake_machines import CHECKOUT, NEWCOMER, Machines, Rehearsal

SUBSCRIPTION = "*subscriptions*.yaml"


@pytest.fixture
def machines() -> Iterator[Machines]:
    machines = Machines()
    yield machines
    machines.power_off("master")
    machines.power_off("worker")
    machines.power_off_one(NEWCOMER[1])


@pytest.fixture
def engine() -> Path:
    """The engine's directory; a test without it fails, and does not skip."""
    given = os.environ.get("RHOSO_ENGINE")
    directory = Path(given) if given else paths().root
    assert any((directory / "crds").rglob(SUBSCRIPTION)), (
        f"no definitions in {directory}; run the engine's set-up first"
    )
    return directory


@pytest.fixture
def rehearsal(tmp_path: Path, machines: Machines, engine: Path) -> Iterator[Rehearsal]:
    """Fails, and does not skip, where a program of the control plane is missing: the daemon's log then says which."""
    variables = {"REHEARSAL_DIR": str(tmp_path), "RHOSO_ENGINE": str(engine), "PYTHONPATH": str(CHECKOUT)}
    rehearsal = Rehearsal(tmp_path, machines, {**os.environ, **variables})
    rehearsal.start_daemon()
    try:
        yield rehearsal
    finally:
        rehearsal.end_daemon()
