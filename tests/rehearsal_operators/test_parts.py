"""What an object brings along, and what happens when it is deleted."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from rehearsal.operators.standin import KEEP
from rehearsal.operators.world import Object, World
from tests.rehearsal_operators.bench import Bench, Toy, toy


class Maker(Toy):
    """Makes one object a name in its spec."""

    def makes(self, obj: Object, world: World) -> list[dict[str, Any]]:
        annotations = {KEEP: "true"} if obj["spec"].get("keep") else {}
        return [
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": name, "namespace": "lab", "annotations": annotations},
            }
            for name in obj["spec"].get("parts", ())
        ]


class TestParts:
    """What an object brings along."""

    @staticmethod
    def secrets(bench: Bench) -> set[str]:
        return {name for kind, _, name in bench.objects if kind == "Secret"}

    def test_they_come_with_readiness_and_go_when_no_longer_wanted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        bench = Bench(monkeypatch, Maker())
        bench.put(toy(spec={"parts": ["a", "b"], "met": False}))
        bench.round()
        assert self.secrets(bench) == set()
        bench.put(toy(spec={"parts": ["a", "b"]}))
        bench.until(lambda: self.secrets(bench) == {"a", "b"})
        bench.put(toy(spec={"parts": ["b"]}, generation=2))
        bench.until(lambda: bench.deleted == ["a"])
        assert self.secrets(bench) == {"b"}

    def test_none_goes_while_the_owner_is_not_ready(self, monkeypatch: pytest.MonkeyPatch) -> None:
        bench = Bench(monkeypatch, Maker())
        bench.put(toy(spec={"parts": ["a"]}))
        bench.until(lambda: self.secrets(bench) == {"a"})
        bench.put(toy(spec={"parts": [], "met": False}))
        bench.round()
        assert self.secrets(bench) == {"a"}

    def test_they_go_with_their_owner_unless_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        bench = Bench(monkeypatch, Maker())
        bench.put(toy(spec={"parts": ["a"]}), toy("two", spec={"parts": ["b"], "keep": True}))
        bench.until(lambda: self.secrets(bench) == {"a", "b"})
        bench.remove(toy())
        bench.remove(toy("two"))
        bench.round()
        assert self.secrets(bench) == {"b"}


class TestDeletion:
    """Finalizers."""

    class Held(Toy):
        finalizer = "example.com/toy"
        holds: ClassVar[str | None] = None

        def gone(self, obj: Object, world: World) -> str | None:
            return self.holds

    def test_the_finalizer_is_put_first_and_taken_off_when_all_is_done(self, monkeypatch: pytest.MonkeyPatch) -> None:
        bench = Bench(monkeypatch, self.Held())
        bench.put(toy())
        bench.round()
        assert bench.get()["metadata"]["finalizers"] == ["example.com/toy"]
        bench.until(lambda: bench.phase() == "ready")

        monkeypatch.setattr(self.Held, "holds", "2 claims are left")
        ending = bench.get()
        ending["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
        bench.put(ending)
        bench.until(lambda: "Toy lab/one: deleting: 2 claims are left" in bench.log)
        monkeypatch.setattr(self.Held, "holds", None)
        bench.now += 1.1
        bench.until(lambda: not bench.objects)

    def test_an_object_that_is_being_deleted_is_not_worked_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        bench = Bench(monkeypatch, Toy())
        ending = toy()
        ending["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
        bench.put(ending)
        bench.round()
        assert (Toy.done["one"], "status" in bench.get()) == (0, False)
