"""The longest path through the graph of resources, and how close the engine's run came to it.

Each resource weighs what the engine was busy with it. The longest path is then how long an `up` takes at least, however
much of it runs side by side; what the engine took beyond it is waiting that no edge of the graph asks for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from rehearsal.errors import RehearsalError
from rehearsal.timeline import Span

_ROUNDING = 0.005
"""Seconds by which times may disagree: they are kept in milliseconds."""


@dataclass(frozen=True, slots=True)
class Step:
    """A resource that was made: `start` in seconds from when the first was begun, and the seconds that it took.

    `after` are the URNs of the steps that the engine had to wait for, without those that others of them imply.
    """

    urn: str
    start: float
    seconds: float
    after: tuple[str, ...]

    @property
    def end(self) -> float:
        """When it was done, in seconds from when the first was begun."""
        return self.start + self.seconds


@dataclass(frozen=True, slots=True)
class Measured:
    """One fresh `up`. Seconds; `loading` is from the beginning of the run to that of the first resource.

    `path` is the longest path in its order; `steps` are in the order in which they began.
    """

    steps: tuple[Step, ...]
    path: tuple[Step, ...]
    makespan: float
    loading: float

    @property
    def longest(self) -> float:
        """How long the resources of the longest path took."""
        return sum(step.seconds for step in self.path)

    @property
    def ratio(self) -> float:
        """Makespan by longest path: 1 is a run that waited for nothing but its resources."""
        return self.makespan / self.longest


def measure(resources: Sequence[Mapping[str, Any]], spans: Mapping[str, Span]) -> Measured:
    """What the last run of a timeline did; `resources` as `pulumi stack export` lists them.

    Components take no time, and neither does what that run did not touch. RehearsalError when that run made nothing,
    or when its times and the graph can't be of one run.
    """
    # What is only waiting for its deletion has its successor's URN.
    graph = {str(r["urn"]): needs(r) for r in resources if not r.get("delete")}
    custom = {str(r["urn"]) for r in resources if r.get("custom")}
    run = max((span.run for span in spans.values()), default=0.0)
    made = {urn: span for urn, span in spans.items() if span.run == run and urn in custom and urn in graph}
    if sum(span.seconds for span in made.values()) <= 0:
        raise RehearsalError("no resource has taken any time to make: there is nothing to measure")
    order = _ordered(graph)
    begin = min(span.start for span in made.values())
    after = _between(order, graph, made)
    _check(made, after)
    steps = {
        urn: Step(urn, round(span.start - begin, 3), round(span.seconds, 3), after[urn]) for urn, span in made.items()
    }
    return Measured(
        steps=tuple(sorted(steps.values(), key=lambda step: (step.start, step.urn))),
        path=_longest([steps[urn] for urn in order if urn in steps]),
        makespan=round(max(span.end for span in made.values()) - begin, 3),
        loading=round(begin - run, 3),
    )


def needs(resource: Mapping[str, Any]) -> set[str]:
    """URNs that a resource's registration has to wait for.

    Those are what its inputs and `depends_on` name, its parent, its provider, and what it is deleted with: the SDK
    resolves the URN of each before it registers the resource (its `prepare_resource`).
    """
    found = list(resource.get("dependencies") or ())
    for named in (resource.get("propertyDependencies") or {}).values():
        found += named or ()
    # A provider is named by its URN and its id.
    provider = str(resource.get("provider") or "").rpartition("::")[0]
    return {str(urn) for urn in (*found, resource.get("parent"), resource.get("deletedWith"), provider) if urn}


def _ordered(graph: Mapping[str, set[str]]) -> list[str]:
    """All URNs, each after those that it needs."""
    known = {urn: [need for need in sorted(wanted) if need in graph] for urn, wanted in graph.items()}
    try:
        return list(TopologicalSorter(known).static_order())
    except CycleError as error:
        raise RehearsalError(f"the state's resources depend on each other in a circle: {error.args[1]}") from None


def _between(
    order: Sequence[str], graph: Mapping[str, set[str]], made: Mapping[str, Span]
) -> dict[str, tuple[str, ...]]:
    """For each of `made` the nearest of them that it comes after, past what is between (its transitive reduction)."""
    before: dict[str, set[str]] = {}
    nearest: dict[str, set[str]] = {}
    for urn in order:
        # What takes no time passes on what it waited for itself.
        direct = {near for need in graph[urn] & nearest.keys() for near in ({need} if need in made else nearest[need])}
        implied = {other for near in direct for other in before[near]}
        nearest[urn] = direct - implied
        before[urn] = direct | implied
    return {urn: tuple(sorted(nearest[urn])) for urn in made}


def _check(made: Mapping[str, Span], after: Mapping[str, Sequence[str]]) -> None:
    """An edge that the run did not keep is none: the path would come out too long, and the ratio too good."""
    for urn, needed in after.items():
        for need in needed:
            if made[urn].start < made[need].end - _ROUNDING:
                raise RehearsalError(
                    f"{_name(urn)} was begun {made[need].end - made[urn].start:.3f} s before {_name(need)}, which it "
                    "depends on in the state, was done: timeline and state are not of one run"
                )


def _longest(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The path that takes longest; `steps` in an order that the graph allows."""
    known = {step.urn: step for step in steps}
    took: dict[str, float] = {}
    for step in steps:
        took[step.urn] = step.seconds + max((took[urn] for urn in step.after), default=0.0)

    def backwards() -> Iterator[Step]:
        urns: Sequence[str] = sorted(took)
        while urns:
            step = known[max(urns, key=lambda urn: took[urn])]
            yield step
            urns = step.after

    return tuple(backwards())[::-1]


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]
