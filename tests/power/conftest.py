"""A fake lab for each test, with its virsh first on PATH."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from power import machines
from tests.operations.fake_cluster import FakeCluster, condition, conditions
from tests.power.fake_lab import NAMES, FakeLab

READY = conditions(condition("Ready"))
NODES = "/api/v1/nodes"


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeLab]:
    cluster = FakeCluster(tmp_path)
    made = FakeLab.of(tmp_path, cluster)
    for name in NAMES[1:]:
        cluster.add(NODES, name, spec={}, status=READY)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    monkeypatch.setattr(machines, "_POLL", 0.01)
    yield made
    cluster.close()
