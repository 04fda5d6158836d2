"""The daemon as the embedded host runs it, with fake machines and an own state directory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.fake_machines import CHECKOUT, Machines, Rehearsal

NETCONFIG = "*netconfigs*.yaml"


@pytest.fixture
def machines() -> Iterator[Machines]:
    machines = Machines()
    yield machines
    machines.power_off("master")
    machines.power_off("worker")


@pytest.fixture
def engine(tmp_path: Path) -> Path:
    """The engine's directory; one without upstream's definitions is completed from the test data beside the project."""
    given = os.environ.get("RHOSO_ENGINE")
    found = Path(given) if given else None
    if found is not None and any((found / "crds").rglob(NETCONFIG)):
        return found
    beside = CHECKOUT.parent / "shared" / "crds" / "fr4"
    assert any(beside.glob(NETCONFIG)), "RHOSO_ENGINE holds no NetConfig definition; run the engine's set-up first"
    completed = tmp_path / "engine"
    completed.mkdir()
    (completed / "crds").symlink_to(beside)
    if found is not None:
        (completed / "bin").symlink_to(found / "bin")
    return completed


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
