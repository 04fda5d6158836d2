"""Webhooks that the API server really asks; the stand-in is the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from rehearsal.cluster.definitions import minimal
from rehearsal.cluster.install import Install, load
from rehearsal.cluster.kube import KubeError
from rehearsal.operators.admission import Admission
from rehearsal.operators.standin import Operation, StandIn
from rehearsal.operators.watch import Store
from rehearsal.operators.world import Object, World
from rehearsal.operators.writer import Writer
from tests.rehearsal_operators.bench import config_map
from tests.rehearsal_operators.server import Cluster

pytestmark = pytest.mark.rehearsal

GROUP = "toys.example.com"


class Toy(StandIn):
    """Colours are for ever, red ones are refused, and the last one stays."""

    kind = f"Toy.{GROUP}"
    operator = "metallb"

    def refuses(self, operation: Operation, obj: Object, old: Object | None, world: World) -> str | None:
        if operation == "DELETE":
            return f"{obj['metadata']['name']} is the last one"
        if old is not None and old["spec"] != obj["spec"]:
            return "spec: Forbidden: a toy can't be painted"
        return "spec.colour: red is not allowed" if obj["spec"].get("colour") == "red" else None


class Silent(StandIn):
    """No webhook is registered for it."""

    kind = f"Game.{GROUP}"
    operator = "metallb"


def toy(colour: str, kind: str = "Toy") -> dict[str, Any]:
    metadata = {"name": "one", "namespace": "default"}
    return {"apiVersion": f"{GROUP}/v1", "kind": kind, "metadata": metadata, "spec": {"colour": colour}}


def installed(phase: str) -> dict[str, Any]:
    metadata = {"name": "metallb-operator.v4.18.0", "namespace": "metallb-system"}
    csv = {"apiVersion": "operators.coreos.com/v1alpha1", "kind": "ClusterServiceVersion", "metadata": metadata}
    return {**csv, "status": {"phase": phase}}


class Operators:
    """The webhooks, with a world that the test chooses."""

    def __init__(self, cluster: Cluster) -> None:
        self.admission = Admission([Toy(), Silent()], World)
        self._cluster = cluster
        self._writer = Writer(cluster.kube, Store(_install(cluster)))

    def see(self, *objects: dict[str, Any]) -> None:
        self.admission.round(World(objects), self._writer)

    def refusal(self, obj: dict[str, Any] | None = None) -> str:
        """What the server says against applying the object (or deleting the one toy), "" when it is done."""
        try:
            if obj is None:
                self._cluster.delete(f"{GROUP}/v1", "Toy", "one", "default")
            else:
                self._cluster.apply(obj)
        except KubeError as error:
            return str(error)
        return ""

    def eventually(self, obj: dict[str, Any], part: str) -> str:
        """The API server learns of a configuration a moment after it was written."""

        def refused() -> str:
            said = self.refusal(obj)
            return said if part in said else ""

        return str(self._cluster.eventually(f"refused with {part!r}", refused))


def _install(cluster: Cluster) -> Install:
    return load(cluster.directory)


@pytest.fixture(scope="module")
def toys(bare: Cluster) -> Cluster:
    bare.apply(
        minimal(GROUP, "Toy", "toys", namespaced=True, status=False),
        minimal(GROUP, "Game", "games", namespaced=True, status=False),
    )
    for kind in ("Toy", "Game"):
        bare.eventually(f"{kind} served", lambda kind=kind: not _missing(bare, kind))  # type: ignore[misc]
    return bare


def _missing(cluster: Cluster, kind: str) -> bool:
    try:
        cluster.kube.resource_of(f"{GROUP}/v1", kind)
    except KubeError:
        return True
    return False


@pytest.fixture
def operators(toys: Cluster) -> Iterator[Operators]:
    operators = Operators(toys)
    yield operators
    operators.see()  # nothing is installed any more: the webhooks go
    operators.admission.close()
    toys.eventually("the toy is gone", lambda: operators.refusal() == "" or "not found" in operators.refusal())


def test_the_server_refuses_in_the_webhooks_words(operators: Operators) -> None:
    operators.see(installed("Succeeded"))
    said = operators.eventually(toy("red"), "denied")
    assert said == 'admission webhook "vtoy.kb.io" denied the request: spec.colour: red is not allowed'
    assert operators.refusal(toy("blue")) == ""
    assert operators.refusal(toy("green")).endswith("spec: Forbidden: a toy can't be painted")
    assert operators.refusal().endswith("one is the last one")
    assert operators.refusal(toy("red", "Game")) == "", "a kind without a webhook"


def test_nothing_gets_past_an_operator_that_does_not_run_yet(operators: Operators) -> None:
    operators.see(installed("Installing"))
    said = operators.eventually(toy("blue"), "failed calling webhook")
    assert "connection refused" in said
    operators.see(installed("Succeeded"))
    assert operators.refusal(toy("blue")) == ""


def test_a_webhook_can_be_held_away_and_comes_back(operators: Operators) -> None:
    operators.see(installed("Succeeded"))
    operators.eventually(toy("red"), "denied")
    operators.see(installed("Succeeded"), config_map("rehearsal-faults", **{"webhook/metallb": "away"}))
    assert "failed calling webhook" in operators.refusal(toy("blue"))
    operators.see(installed("Succeeded"))
    assert "denied" in operators.refusal(toy("red"))


def test_it_goes_with_its_operator(operators: Operators, toys: Cluster) -> None:
    operators.see(installed("Succeeded"))
    operators.eventually(toy("red"), "denied")
    operators.see()
    toys.eventually("nobody is asked", lambda: operators.refusal(toy("red", "Toy")) == "")
