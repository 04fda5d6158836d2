"""The API server of these tests: once with the definitions of the Go modules, once with those of a newer release."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest

from engine.cache import CHECKOUT, paths
from tests.api.server import Definitions, Server, running
from tests.manifests.crd_schema import documents

SHARED = CHECKOUT.parent / "shared" / "crds"


@pytest.fixture(scope="session")
def engine() -> Path:
    """The engine's directory; a test without it fails, and does not skip."""
    given = os.environ.get("RHOSO_ENGINE")
    directory = Path(given) if given else paths().root
    assert documents(directory / "crds"), f"no definitions in {directory}; run the engine's set-up first"
    return directory


@pytest.fixture
def definitions(request: pytest.FixtureRequest, engine: Path) -> Definitions:
    """By name: "v0.6.0" (about FR2) is what the Go modules hold; "fr4" has FR4's and NMState's over them."""
    name: str = request.param
    if name == "v0.6.0":
        return Definitions(name, (engine / "crds",))
    if not SHARED.is_dir():
        pytest.skip("needs ../shared/crds, upstream's FR4 and NMState definitions")
    return Definitions(name, (engine / "crds", SHARED / name, SHARED / "nmstate"))


@pytest.fixture(scope="session")
def servers(engine: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Definitions], Server]]:
    """Starts a set's server when it is first wanted; all of them run until the last test is over."""
    with ExitStack() as stack:

        @cache
        def start(definitions: Definitions) -> Server:
            return stack.enter_context(running(engine, tmp_path_factory.mktemp("api"), definitions))

        yield start


@pytest.fixture
def server(definitions: Definitions, servers: Callable[[Definitions], Server]) -> Server:
    """An API server with these definitions."""
    return servers(definitions)
