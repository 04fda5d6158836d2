"""A fake cluster for each test, and a step on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.operations.fake_cluster import FakeCluster, Step


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[FakeCluster]:
    fake = FakeCluster(tmp_path)
    yield fake
    fake.close()


@pytest.fixture
def step(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> Step:
    monkeypatch.delenv("PULUMI_COMMAND_STDOUT", raising=False)
    return Step(cluster)
