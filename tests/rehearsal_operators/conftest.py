"""Real API servers with the operators' process beside them: one for each test module that asks for it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.cache import paths
from tests.rehearsal_operators.server import Cluster, running


@pytest.fixture(scope="session")
def engine() -> Path:
    """The engine's directory; a test without it fails, and does not skip."""
    given = os.environ.get("RHOSO_ENGINE")
    directory = Path(given) if given else paths().root
    assert (directory / "crds").is_dir(), f"no definitions in {directory}; run the engine's set-up first"
    return directory


@pytest.fixture(scope="module")
def bare(engine: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster without guests (nobody answers on the nodes' addresses) and without the operators' process."""
    with running(engine, tmp_path_factory.mktemp("rehearsal")) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def cluster(bare: Cluster) -> Cluster:
    """The same with the operators' process; OLM and all, nothing is installed yet."""
    bare.start_operators()
    return bare
