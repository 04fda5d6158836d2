"""Faults and pace: ConfigMaps that anybody may write at any time."""

from __future__ import annotations

import pytest

from rehearsal.operators.faults import FLAP_SECONDS
from rehearsal.operators.standin import StandIn
from tests.rehearsal_operators.bench import Bench, Toy, config_map, toy


def test_work_takes_at_least_its_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, Toy())
    bench.put(toy(), config_map("rehearsal-pace", Toy="30"))
    bench.until(lambda: Toy.done["one"] == 1)
    bench.now += 29
    bench.round()
    assert bench.phase() == "working"
    bench.now += 2
    bench.until(lambda: bench.phase() == "ready")


def test_a_stand_in_without_work_takes_its_pace_too(monkeypatch: pytest.MonkeyPatch) -> None:
    class Idle(Toy):
        act = StandIn.act

    bench = Bench(monkeypatch, Idle())
    bench.put(toy(), config_map("rehearsal-pace", Toy="30"))
    bench.round()
    assert bench.phase() == "working"
    bench.put(config_map("rehearsal-pace", Toy="3"))
    bench.now += 4
    bench.round()
    assert bench.phase() == "ready"


def test_slow_counts_for_one_object_before_the_pace_of_its_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    class Idle(Toy):
        act = StandIn.act

    bench = Bench(monkeypatch, Idle())
    faults = {"Toy/one": "slow: 30"}
    bench.put(toy(), toy("two"), config_map("rehearsal-faults", **faults), config_map("rehearsal-pace", Toy="1"))
    bench.round()
    bench.now += 2
    bench.round()
    assert (bench.phase(), bench.phase("two")) == ("working", "ready")


def test_fail_is_for_good_until_it_is_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, Toy())
    bench.put(toy(), config_map("rehearsal-faults", Toy="fail: no mortar"))
    bench.until(lambda: bench.phase() == "failed")
    bench.now += 60
    bench.round()
    assert (bench.get()["status"]["said"], Toy.done["one"]) == (["no mortar"], 0)
    bench.remove(config_map("rehearsal-faults"))
    bench.until(lambda: bench.phase() == "ready")


def test_stuck_is_a_need_that_is_never_met(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, Toy())
    bench.put(toy(), config_map("rehearsal-faults", **{"Toy/one": "stuck: no sun"}))
    bench.round()
    assert (bench.phase(), bench.get()["status"]["said"][0]) == ("waiting", "no sun")


def test_flap_is_ready_and_not_in_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, Toy())
    bench.put(toy(), config_map("rehearsal-faults", Toy="flap"))
    bench.until(lambda: Toy.done["one"] == 1)
    seen = []
    for _ in range(4):
        bench.now += FLAP_SECONDS
        bench.round()
        seen.append(bench.phase())
    assert seen in (["working", "ready"] * 2, ["ready", "working"] * 2)


@pytest.mark.parametrize("value", ["fail", "fail:", "broken: yes", "flap: 3"])
def test_a_value_that_means_nothing_is_said(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    bench = Bench(monkeypatch, Toy())
    bench.put(toy(), config_map("rehearsal-faults", Toy=value))
    bench.round()
    assert any(f"kube-system/rehearsal-faults, Toy.one: {value!r}" in line for line in bench.log)


def test_a_pace_that_is_no_number_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, Toy())
    bench.put(toy(), config_map("rehearsal-pace", Toy="soon"))
    bench.round()
    assert any("kube-system/rehearsal-pace Toy: 'soon' is no number of seconds" in line for line in bench.log)
