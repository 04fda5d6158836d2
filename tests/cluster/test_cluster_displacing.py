"""Two installations at one address, found in the same round: whichever is looked at first."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from rehearsal.cluster import daemon as module
from rehearsal.cluster.daemon import Daemon
from rehearsal.cluster.install import Install

NEW = "11111111-0000-0000-0000-000000000000"


class FakeCluster:
    """Its machines answer if it is the newer one."""

    def __init__(self, install: Install, _engine: Path | None, _log: Callable[[str], None]) -> None:
        self.install = install
        self.phase = "waiting"

    def all_answer(self) -> bool:
        return self.install.id == NEW

    def start(self, _stopping: Callable[[], bool]) -> None:
        self.phase = "running"

    def remove(self, _why: str) -> None:
        shutil.rmtree(self.install.directory)


@pytest.mark.parametrize("old", ["00000000-0000-0000-0000-000000000000", "22222222-0000-0000-0000-000000000000"])
def test_the_one_that_is_displaced_is_not_looked_at_any_more(
    old: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for identity in (old, NEW):
        (tmp_path / identity).mkdir()
        known = {"id": identity, "cluster_name": "lab", "base_domain": "example.com", "api_vip": "127.0.0.5"}
        known |= {"machine_network": "127.0.0.0/8", "rendezvous_ip": "127.0.0.20"}
        (tmp_path / identity / "install.json").write_text(json.dumps({**known, "hosts": [], "created": 0}))
    monkeypatch.setattr(module, "Cluster", FakeCluster)
    Daemon(tmp_path, None, lambda _: None)._round()
    assert [path.name for path in tmp_path.iterdir()] == [NEW]
