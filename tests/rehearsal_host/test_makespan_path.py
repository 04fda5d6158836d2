"""The longest path of a graph, and how far a run stays from it."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.criticalpath import Measured, measure, needs
from rehearsal.errors import RehearsalError
from rehearsal.timeline import Span

Graph = Mapping[str, Sequence[str]]
RUN = 1000.0


def urn(name: str, kind: str = "command:local:Command") -> str:
    """As the engine forms it."""
    return f"urn:pulumi:s::p::{kind}::{name}"


def resource(name: str, after: Sequence[str] = (), **more: Any) -> dict[str, Any]:
    """An entry of `pulumi stack export`."""
    return {
        "urn": urn(name),
        "type": "command:local:Command",
        "custom": True,
        "dependencies": [*map(urn, after)],
        **more,
    }


def scheduled(graph: Graph, seconds: Mapping[str, float], slots: int, program: float = 0.0) -> dict[str, Span]:
    """A run that begins what is ready in the order of the graph, in so many slots, `program` seconds after its own
    beginning. `graph`: name → names that come before, each after those."""
    free = [RUN + program] * slots
    ends: dict[str, float] = {}
    spans = {}
    for name, before in graph.items():
        start = max([heapq.heappop(free), *(ends[need] for need in before)])
        ends[name] = start + seconds[name]
        heapq.heappush(free, ends[name])
        spans[urn(name)] = Span(RUN, start, ends[name])
    return spans


def ran(graph: Graph, seconds: Mapping[str, float], slots: int = 64) -> Measured:
    """What is measured of such a run."""
    return measure([resource(name, before) for name, before in graph.items()], scheduled(graph, seconds, slots))


def names(found: Measured) -> list[str]:
    """The names on the longest path."""
    return [step.urn.rpartition("::")[2] for step in found.path]


def test_the_longest_path_need_not_be_the_one_with_most_resources() -> None:
    graph: Graph = {"a": [], "slow": ["a"], "one": ["a"], "two": ["one"], "three": ["two"], "end": ["slow", "three"]}
    found = ran(graph, {"a": 1, "slow": 10, "one": 2, "two": 2, "three": 2, "end": 3})

    assert names(found) == ["a", "slow", "end"]
    assert found.longest == 14
    assert found.makespan == 14
    assert found.ratio == 1


def test_parallel_branches_count_once() -> None:
    branches = {f"worker-{number}": ["iso"] for number in range(10)}
    found = ran({"iso": [], **branches, "wait": [*branches]}, {"iso": 1, **dict.fromkeys(branches, 5.0), "wait": 2})

    assert found.makespan == found.longest == 8
    assert len(found.path) == 3
    assert len(found.steps) == 12


def test_too_few_slots_make_a_run_longer_than_its_longest_path() -> None:
    branches = {f"worker-{number}": ["iso"] for number in range(10)}
    graph = {"iso": [], **branches, "wait": [*branches]}
    seconds = {"iso": 1, **dict.fromkeys(branches, 5.0), "wait": 2}

    found = ran(graph, seconds, slots=4)
    assert (found.makespan, found.longest) == (18, 8)
    assert found.ratio == 18 / 8
    assert ran(graph, seconds, slots=10).ratio == 1


def test_waiting_that_no_edge_asks_for_counts_but_not_the_start_of_the_program() -> None:
    resources = [resource("a"), resource("b", ["a"])]
    spans = {urn("a"): Span(RUN, RUN + 7, RUN + 10), urn("b"): Span(RUN, RUN + 11, RUN + 14)}

    found = measure(resources, spans)
    assert (found.loading, found.makespan, found.longest) == (7, 7, 6)
    assert [(step.start, step.seconds) for step in found.path] == [(0, 3), (4, 3)]


def test_what_another_run_made_takes_no_time_and_passes_on_what_it_waited_for() -> None:
    resources = [resource("a"), resource("same", ["a"]), resource("b", ["same"])]
    spans = {
        urn("a"): Span(RUN, RUN, RUN + 3),
        urn("same"): Span(RUN - 500, RUN - 400, RUN - 300),
        urn("b"): Span(RUN, RUN + 3, RUN + 5),
    }

    found = measure(resources, spans)
    assert names(found) == ["a", "b"]
    assert found.makespan == 5


def test_a_replaced_resource_counts_with_its_successor_not_with_what_waits_to_be_deleted() -> None:
    gone = resource("disk", ["slow"], delete=True)
    spans = {urn("slow"): Span(RUN, RUN, RUN + 50), urn("disk"): Span(RUN, RUN + 1, RUN + 2)}

    found = measure([resource("slow"), gone, resource("disk")], spans)
    assert names(found) == ["slow"]
    assert [step.after for step in found.steps] == [(), ()]


def test_components_take_no_time_but_join_what_is_round_them() -> None:
    stack = {"urn": urn("s", "pulumi:pulumi:Stack"), "type": "pulumi:pulumi:Stack", "custom": False}
    layer = {
        "urn": urn("layer", "rhoso:x:Layer"),
        "type": "rhoso:x:Layer",
        "custom": False,
        "parent": stack["urn"],
        "dependencies": [urn("first")],
    }
    inside = resource("inside", parent=layer["urn"])
    spans = {
        **scheduled({"first": [], "inside": ["first"]}, {"first": 2, "inside": 3}, 9),
        str(stack["urn"]): Span(RUN, RUN, RUN + 99),
        str(layer["urn"]): Span(RUN, RUN, RUN + 99),
    }

    found = measure([stack, resource("first"), layer, inside], spans)
    assert names(found) == ["first", "inside"]
    assert found.makespan == 5


@pytest.mark.parametrize(
    "edge",
    [
        {"dependencies": [urn("a")]},
        {"propertyDependencies": {"triggers": [urn("a")], "stdin": None}},
        {"provider": f"{urn('a')}::id"},
        {"deletedWith": urn("a")},
        {"parent": urn("a")},
    ],
    ids=lambda edge: next(iter(edge)),
)
def test_whatever_makes_the_engine_wait_is_an_edge(edge: dict[str, Any]) -> None:
    later = {"urn": urn("b"), "type": "t", "custom": True, **edge}

    assert needs(later) == {urn("a")}
    found = measure([resource("a"), later], scheduled({"a": [], "b": ["a"]}, {"a": 1, "b": 1}, 2))
    assert names(found) == ["a", "b"]


def test_only_the_nearest_are_named_as_what_a_resource_came_after() -> None:
    found = ran({"a": [], "b": ["a"], "c": ["a", "b"]}, {"a": 1, "b": 1, "c": 1})

    assert {step.urn: step.after for step in found.steps} == {
        urn("a"): (),
        urn("b"): (urn("a"),),
        urn("c"): (urn("b"),),
    }


def test_an_edge_that_the_run_did_not_keep_is_refused() -> None:
    spans = scheduled({"a": [], "b": []}, {"a": 4, "b": 4}, 2)

    with pytest.raises(RehearsalError, match=r"b was begun 4\.000 s before a, which it depends on"):
        measure([resource("a"), resource("b", ["a"])], spans)


@pytest.mark.parametrize("spans", [{}, {urn("a"): Span(RUN, RUN, RUN)}, {urn("unknown"): Span(RUN, RUN, RUN + 1)}])
def test_a_run_that_made_nothing_is_refused(spans: dict[str, Span]) -> None:
    with pytest.raises(RehearsalError, match="nothing to measure"):
        measure([resource("a")], spans)


def test_a_circle_is_refused() -> None:
    with pytest.raises(RehearsalError, match="in a circle"):
        measure([resource("a", ["b"]), resource("b", ["a"])], {urn("a"): Span(RUN, RUN, RUN + 1)})


@st.composite
def runs(draw: st.DrawFn) -> tuple[dict[str, list[str]], dict[str, float]]:
    """A graph, each name after those before it, and what each takes."""
    count = draw(st.integers(1, 12))
    called = [f"r{number}" for number in range(count)]
    graph = {
        name: draw(st.lists(st.sampled_from(called[:at]), unique=True)) if at else [] for at, name in enumerate(called)
    }
    return graph, {name: draw(st.integers(1, 50)) / 4 for name in called}


@given(runs())
def test_with_slots_enough_any_graph_takes_its_longest_path(run: tuple[dict[str, list[str]], dict[str, float]]) -> None:
    graph, seconds = run

    @cache
    def longest(name: str) -> float:
        return seconds[name] + max((longest(need) for need in graph[name]), default=0.0)

    found = ran(graph, seconds)
    assert found.longest == found.makespan == max(map(longest, graph))
    assert all(one.urn in other.after for one, other in zip(found.path, found.path[1:], strict=False))


@given(runs(), st.integers(1, 3))
def test_no_run_is_faster_than_the_longest_path(run: tuple[dict[str, list[str]], dict[str, float]], slots: int) -> None:
    found = ran(*run, slots=slots)

    assert found.ratio >= 1
    assert slots > 1 or found.makespan == sum(run[1].values())
