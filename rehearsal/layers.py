"""The program's layers as the engine's state knows them: components, what is in them, how long they took."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rehearsal.timeline import Span


@dataclass(slots=True)
class Layer:
    """Components of one type under one parent: one layer, or the like parts of one (thirteen machines)."""

    type: str
    depth: int
    components: int = 0
    resources: int = 0
    spans: list[Span] = field(default_factory=list)
    parts: list[Layer] = field(default_factory=list)

    @property
    def title(self) -> str:
        """Such as `OpenShiftCluster`, or `Machine x 13`."""
        name = self.type.rsplit(":", 1)[-1]
        return f"{name} x {self.components}" if self.components > 1 else name

    @property
    def times(self) -> tuple[int, int] | None:
        """(whole seconds from the beginning of its last `up` to its first step, to its last); None when not seen."""
        if not self.spans:
            return None
        run = max(span.run for span in self.spans)
        last = [span for span in self.spans if span.run == run]
        start = min(span.start for span in last)
        return round(start - run), round(max(span.end for span in last) - start)

    def walk(self) -> Iterator[Layer]:
        """This layer and its parts, depth first, those of one level as they began."""
        yield self
        for part in sorted(self.parts, key=began):
            yield from part.walk()


def began(layer: Layer) -> tuple[float, str]:
    """Sorts layers by when they began, the unseen last."""
    return (layer.times[0] if layer.times else math.inf, layer.type)


def layers(resources: Sequence[Mapping[str, Any]], spans: Mapping[str, Span]) -> list[Layer]:
    """The layers of a stack in the order in which they began; `resources` as `pulumi stack export` lists them."""
    children: dict[str, list[Mapping[str, Any]]] = {}
    for resource in resources:
        children.setdefault(resource.get("parent", ""), []).append(resource)
    tops = [r["urn"] for r in resources if r["type"] == "pulumi:pulumi:Stack"]
    found: list[Layer] = []
    for top in ("", *tops):
        found += _under(top, 0, children, spans)
    return sorted(found, key=began)


def _under(
    parent: str, depth: int, children: Mapping[str, list[Mapping[str, Any]]], spans: Mapping[str, Span]
) -> list[Layer]:
    found: dict[str, Layer] = {}
    for resource in children.get(parent, ()):
        if not resource["type"].startswith("rhoso:"):
            continue
        layer = found.setdefault(resource["type"], Layer(resource["type"], depth))
        layer.components += 1
        for inner in _descendants(resource["urn"], children):
            layer.resources += bool(inner.get("custom"))
            if inner.get("custom") and inner["urn"] in spans:
                layer.spans.append(spans[inner["urn"]])
        for part in _under(resource["urn"], depth + 1, children, spans):
            _merge(layer.parts, part)
    return list(found.values())


def _merge(parts: list[Layer], part: Layer) -> None:
    for other in parts:
        if other.type == part.type:
            other.components += part.components
            other.resources += part.resources
            other.spans += part.spans
            for inner in part.parts:
                _merge(other.parts, inner)
            return
    parts.append(part)


def _descendants(urn: str, children: Mapping[str, list[Mapping[str, Any]]]) -> Iterator[Mapping[str, Any]]:
    for child in children.get(urn, ()):
        yield child
        yield from _descendants(child["urn"], children)
