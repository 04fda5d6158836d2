"""The pace of a rehearsal reaches the stand-ins, and no operator is there before it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from rehearsal import pace
from rehearsal.cluster import contents, pacing
from rehearsal.cluster.install import Host, Install
from rehearsal.cluster.kube import Kube
from rehearsal.operators import faults
from rehearsal.operators.catalogue import REGISTRY
from rehearsal.operators.world import World
from tests.cluster.test_cluster_contents import Recorder


def filled(state: Path) -> list[dict[str, Any]]:
    """What is applied to a fresh cluster of the rehearsal in this directory."""
    hosts = (Host("master-0", "master", "52:54:00:00:00:00", "192.0.2.1"),)
    directory = state / "clusters" / "id"
    install = Install("id", directory, "lab", "example.com", "192.0.2.5", "192.0.2.0/24", "192.0.2.1", hosts, 0)
    server = Recorder()
    contents.fill(cast(Kube, server), install, [])
    return server.applied


def test_a_cluster_is_filled_with_the_pace_that_the_rehearsal_asks_for(tmp_path: Path) -> None:
    pace.write(tmp_path, pace.scaled(0.05))

    found = [made for made in filled(tmp_path) if made["metadata"]["name"] == "rehearsal-pace"]
    assert found == [pacing.config_map(tmp_path)]
    assert found[0]["data"]["OpenStackControlPlane"] == "75"


def test_without_a_pace_there_is_no_such_object(tmp_path: Path) -> None:
    assert [made for made in filled(tmp_path) if made["metadata"]["name"] == "rehearsal-pace"] == []


@pytest.mark.parametrize("kind", sorted(set(pace.REAL) - {"bootstrap-complete", "install-complete"}))
def test_the_stand_ins_read_every_kind_of_the_model_there(kind: str, tmp_path: Path) -> None:
    pace.write(tmp_path, pace.scaled(0.05))
    made = pacing.config_map(tmp_path)
    assert made is not None

    assert faults.pace(World([made]), {"kind": kind, "metadata": {"name": "x"}}) == pace.REAL[kind] * 0.05
    assert kind in {stand_in.kind.partition(".")[0] for stand_in in REGISTRY}
