"""Layers in rows: a layer is one row below the lowest that it needs, so what shares a row may run at the same time.

An arrow that passes over rows gets a lane in each of them, as in Sugiyama's method for layered graphs; arrows then
only ever run between two neighbouring rows, and never through a box.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from pictures.layers import Layer


@dataclass(frozen=True, slots=True)
class Lane:
    """The way of one arrow past row `row`."""

    row: int
    source: str
    target: str


Place: TypeAlias = Layer | Lane


@dataclass(frozen=True, slots=True)
class Step:
    """A piece of an arrow: from a place in row `row` to one in the next."""

    row: int
    start: Place
    end: Place


def ranks(layers: Sequence[Layer]) -> dict[str, int]:
    """Layer → row from 0. Raises ValueError where a layer comes before one that it needs, or needs an unknown one."""
    found: dict[str, int] = {}
    for layer in layers:
        missing = [name for name in layer.needs if name not in found]
        if missing:
            raise ValueError(f"layer {layer.name} needs {', '.join(missing)}, which must come before it")
        found[layer.name] = max((found[name] + 1 for name in layer.needs), default=0)
    return found


def rows(layers: Sequence[Layer]) -> tuple[list[list[Place]], list[Step]]:
    """The rows from the top, each from the left, and the steps of all arrows between them."""
    rank = ranks(layers)
    by_name = {layer.name: layer for layer in layers}
    table: list[list[Place]] = [[] for _ in range(max(rank.values(), default=-1) + 1)]
    steps = []
    for layer in layers:
        table[rank[layer.name]].append(layer)
        for name in layer.needs:
            way: list[Place] = [by_name[name]]
            for row in range(rank[name] + 1, rank[layer.name]):
                way.append(Lane(row, name, layer.name))
                table[row].append(way[-1])
            way.append(layer)
            steps += [Step(rank[name] + n, *pair) for n, pair in enumerate(pairwise(way))]
    return _untangled(table, steps), steps


def _untangled(table: list[list[Place]], steps: list[Step]) -> list[list[Place]]:
    """Each row ordered by where its arrows come from: few arrows cross, and the table's order decides ties."""
    result: list[list[Place]] = []
    for number, row in enumerate(table):
        above = {place: (n + 0.5) / len(result[-1]) for n, place in enumerate(result[-1])} if result else {}

        def source(place: Place, number: int = number, above: dict[Place, float] = above) -> float:
            found = [above[step.start] for step in steps if step.row == number - 1 and step.end == place]
            return sum(found) / len(found) if found else 0.5

        result.append(sorted(row, key=source))
    return result
