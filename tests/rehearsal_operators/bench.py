"""A runner without an API server: rounds one by one, a clock that only the test moves, and writes that are kept."""

from __future__ import annotations

import copy
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar, cast

import pytest

from rehearsal.operators import runner, works
from rehearsal.operators.standin import Outcome, StandIn, Unmet, View
from rehearsal.operators.watch import Store
from rehearsal.operators.world import Object, World, kind_of
from rehearsal.operators.writer import OWNER, Writer

KIND = "Toy.example.com"
PATIENCE = 30.0  # seconds for a thread that must end


def toy(name: str = "one", generation: int = 1, **more: Any) -> dict[str, Any]:
    """An object of the kind that these tests' stand-ins are for."""
    metadata = {"name": name, "namespace": "lab", "uid": f"uid-{name}", "generation": generation}
    return {"apiVersion": "example.com/v1", "kind": "Toy", "metadata": metadata, "spec": {}, **more}


def config_map(name: str, **data: str) -> dict[str, Any]:
    """A ConfigMap of kube-system, with "/" in the place of "." in keys."""
    metadata = {"name": name, "namespace": "kube-system", "uid": f"uid-{name}"}
    keys = {key.replace("/", "."): value for key, value in data.items()}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": keys}


class Toy(StandIn):
    """Its need is an input; its work counts itself and comes to what the test says."""

    kind = KIND
    done: ClassVar[Counter[str]] = Counter()
    problems: ClassVar[dict[str, str]] = {}

    def unmet(self, obj: Object, world: World) -> list[Unmet]:
        return [] if obj["spec"].get("met", True) else [Unmet("no bricks")]

    def inputs(self, obj: Object, world: World) -> Any:
        secret = world.get("Secret", "input", "lab")
        return secret["data"] if secret is not None else None

    def act(self, obj: Object, world: World) -> Outcome:
        name = obj["metadata"]["name"]
        type(self).done[name] += 1
        return Outcome(self.problems.get(name, ""), {"times": self.done[name]})

    def status(self, view: View, world: World) -> dict[str, Any]:
        sentences = [unmet.sentence for unmet in view.unmet]
        return {"phase": view.phase, "said": [*sentences, view.problem], "facts": dict(view.facts)}


class Bench:
    """The objects of a cluster, the stand-ins, and what they have written."""

    def __init__(self, patch: pytest.MonkeyPatch, *stand_ins: StandIn, file: Path | None = None) -> None:
        Toy.done, Toy.problems = Counter(), {}
        self.now = 1000.0
        clock = SimpleNamespace(monotonic=lambda: self.now, sleep=lambda _: None)
        patch.setattr(runner, "time", clock)
        patch.setattr(works, "time", clock)
        self.objects: dict[tuple[str, str, str], dict[str, Any]] = {}
        self.log: list[str] = []
        self.deleted: list[str] = []
        self.phases: list[str] = []  # in every status that was written
        self._woken = threading.Event()
        self._works = works.Works(file, self._woken.set)
        self.runner = runner.Runner(
            cast(Sequence[StandIn], stand_ins),
            cast(Store, SimpleNamespace(world=self.world)),
            cast(Writer, _Writer(self)),
            self._works,
            self.log.append,
        )

    def put(self, *objects: Mapping[str, Any]) -> None:
        for obj in objects:
            metadata = obj["metadata"]
            self.objects[kind_of(obj), metadata.get("namespace", ""), metadata["name"]] = copy.deepcopy(dict(obj))

    def remove(self, obj: Object) -> None:
        metadata = obj["metadata"]
        self.objects.pop((kind_of(obj), metadata.get("namespace", ""), metadata["name"]), None)

    def world(self) -> World:
        return World(copy.deepcopy(list(self.objects.values())))

    def get(self, name: str = "one") -> dict[str, Any]:
        return self.objects[KIND, "lab", name]

    def phase(self, name: str = "one") -> Any:
        """What the status of a toy says."""
        return (self.get(name).get("status") or {}).get("phase")

    def round(self) -> None:
        self.runner.round(self.world())

    def until(self, holds: Callable[[], bool]) -> None:
        """Rounds until something holds; waits for the threads of the stand-ins in between, never for the clock."""
        while True:
            self._woken.clear()
            self.round()
            if holds():
                return
            assert self._woken.wait(PATIENCE), f"nothing happens any more; the log: {self.log}"


class _Writer:
    """Writes into the bench."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def status(self, obj: Object, wanted: Mapping[str, Any]) -> bool:
        self._bench.put({**obj, "status": wanted})
        self._bench.phases.append(wanted["phase"])
        return True

    def finalizers(self, obj: Object, wanted: list[str]) -> None:
        if obj["metadata"].get("deletionTimestamp") and not wanted:
            self._bench.remove(obj)
        else:
            self._bench.put({**obj, "metadata": {**obj["metadata"], "finalizers": wanted}})

    def part(self, part: Mapping[str, Any], owner: Object, world: World) -> bool:
        annotations = {**part["metadata"].get("annotations", {}), OWNER: owner["metadata"]["uid"]}
        uid = {"uid": f"uid-{part['metadata']['name']}"}
        self._bench.put({**part, "metadata": {**uid, **part["metadata"], "annotations": annotations}})
        return True

    def delete(self, obj: Object) -> None:
        self._bench.deleted.append(obj["metadata"]["name"])
        self._bench.remove(obj)
