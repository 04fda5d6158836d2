"""The rules that every stand-in lives under: when its work is done, done again, and never done."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from rehearsal.operators.standin import Outcome, StandIn, View
from rehearsal.operators.world import Object, World
from tests.rehearsal_operators.bench import KIND, Bench, Toy, toy


def secret(value: str) -> dict[str, Any]:
    metadata = {"name": "input", "namespace": "lab", "uid": "uid-input"}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": {"key": value}}


def test_work_begins_once_every_need_is_met_and_is_done_once(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, Toy())
    bench.put(toy(spec={"met": False}))
    bench.round()
    assert bench.get()["status"] == {"phase": "waiting", "said": ["no bricks", ""], "facts": {}}
    assert "Toy lab/one: waiting: no bricks" in bench.log
    assert Toy.done["one"] == 0

    bench.put(toy(generation=2))
    bench.until(lambda: bench.phase() == "ready")
    for _ in range(3):
        bench.round()
    assert (Toy.done["one"], bench.get()["status"]["facts"]) == (1, {"times": 1})


def test_work_is_done_again_for_another_generation_and_for_other_inputs(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, Toy())
    bench.put(toy())
    bench.until(lambda: bench.phase() == "ready")
    bench.put(toy(generation=2))
    bench.until(lambda: bench.phase() == "ready" and Toy.done["one"] == 2)
    bench.put(secret("first"))
    bench.until(lambda: bench.phase() == "ready" and Toy.done["one"] == 3)


def test_what_is_ready_waits_again_when_a_need_goes_but_its_work_stays_done(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, Toy())
    bench.put(toy())
    bench.until(lambda: bench.phase() == "ready")
    bench.put(toy(spec={"met": False}))
    bench.round()
    assert bench.get()["status"] == {"phase": "waiting", "said": ["no bricks", ""], "facts": {"times": 1}}
    bench.put(toy())
    bench.round()
    assert (bench.phase(), Toy.done["one"]) == ("ready", 1)


def test_failed_work_is_tried_again_after_a_pause_and_is_failed_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, Toy())
    Toy.problems = {"one": "the wall fell"}
    bench.put(toy())
    bench.until(lambda: bench.phase() == "failed")
    assert bench.get()["status"]["said"] == ["the wall fell"]
    bench.now += 1.9
    bench.round()
    assert Toy.done["one"] == 1
    Toy.problems = {}
    bench.now += 0.2
    bench.until(lambda: bench.phase() == "ready")
    assert Toy.done["one"] == 2
    after = bench.phases[bench.phases.index("failed") :]
    assert set(after) == {"failed", "ready"}, "not even for a moment it looked as if it had not failed"


def test_final_failure_is_not_tried_again_until_something_is_different(monkeypatch: pytest.MonkeyPatch) -> None:
    class Final(Toy):
        retry = None

    bench = Bench(monkeypatch, Final())
    Toy.problems = {"one": "the wall fell"}
    bench.put(toy())
    bench.until(lambda: bench.phase() == "failed")
    bench.now += 3600
    bench.round()
    assert Final.done["one"] == 1
    Toy.problems = {}
    bench.put(toy(generation=2))
    bench.until(lambda: bench.phase() == "ready")


def test_an_exception_in_the_work_is_a_problem_of_that_object_only(monkeypatch: pytest.MonkeyPatch) -> None:
    class Clumsy(Toy):
        def act(self, obj: Object, world: World) -> Outcome:
            if obj["metadata"]["name"] == "one":
                raise ConnectionRefusedError("nobody at 192.0.2.1")
            return Outcome()

    bench = Bench(monkeypatch, Clumsy())
    bench.put(toy(), toy("two"))
    bench.until(lambda: {bench.phase(), bench.phase("two")} == {"failed", "ready"})
    assert bench.get()["status"]["said"] == ["nobody at 192.0.2.1"]


def test_a_defect_of_one_stand_in_is_logged_and_ends_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    class Defective(StandIn):
        kind = KIND

        def status(self, view: View, world: World) -> dict[str, Any]:
            raise KeyError("brick")

    bench = Bench(monkeypatch, Defective(), Toy())
    bench.put(toy())
    bench.until(lambda: bench.phase() == "ready")
    assert "Toy lab/one: a defect of its stand-in: KeyError: 'brick'" in bench.log


def test_nothing_happens_to_an_operators_objects_while_it_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    class OfMetallb(Toy):
        operator = "metallb"

    bench = Bench(monkeypatch, OfMetallb())
    bench.put(toy())
    bench.round()
    assert "status" not in bench.get()
    metadata = {"name": "metallb-operator.v4.18.0", "namespace": "metallb-system", "uid": "csv"}
    csv = {"apiVersion": "operators.coreos.com/v1alpha1", "kind": "ClusterServiceVersion", "metadata": metadata}
    bench.put({**csv, "status": {"phase": "Installing"}})
    bench.round()
    assert "status" not in bench.get()
    bench.put({**csv, "status": {"phase": "Succeeded"}})
    bench.until(lambda: bench.phase() == "ready")


def test_outcomes_outlive_the_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "operators.json"
    bench = Bench(monkeypatch, Toy(), file=file)
    bench.put(toy())
    bench.until(lambda: bench.phase() == "ready")

    again = Bench(monkeypatch, Toy(), file=file)
    again.put(toy())
    again.round()
    assert (again.phase(), again.get()["status"]["facts"], Toy.done["one"]) == ("ready", {"times": 1}, 0)
    again.remove(toy())
    again.round()
    assert file.read_text().strip() == "{}", "nothing is kept of what is gone"


def test_a_settled_object_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    class Job(Toy):
        def settled(self, obj: Object) -> bool:
            return bool((obj.get("status") or {}).get("phase") == "ready")

    bench = Bench(monkeypatch, Job())
    bench.put(toy())
    bench.until(lambda: bench.phase() == "ready")
    bench.put(toy(generation=2, spec={"met": False}, status={"phase": "ready"}))
    bench.round()
    assert bench.phase() == "ready"


def test_refreshed_work_stays_ready_and_brings_new_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    class Fresh(Toy):
        refresh = 5.0

    bench = Bench(monkeypatch, Fresh())
    bench.put(toy())
    bench.until(lambda: bench.phase() == "ready")
    bench.now += 5.1
    bench.until(lambda: bench.get()["status"]["facts"] == {"times": 2})
    assert set(bench.phases[bench.phases.index("ready") :]) == {"ready"}


def test_work_of_other_objects_goes_on_while_one_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()

    class Blocking(Toy):
        def act(self, obj: Object, world: World) -> Outcome:
            if obj["metadata"]["name"] == "one":
                release.wait()
            return Outcome()

    bench = Bench(monkeypatch, Blocking())
    bench.put(toy(), toy("two"))
    bench.until(lambda: bench.phase("two") == "ready")
    assert bench.phase() == "working"
    release.set()
    bench.until(lambda: bench.phase() == "ready")
