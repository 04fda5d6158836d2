"""What must hold for the layout of every picture, as faults that a test can name."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from operator import attrgetter
from typing import TypeVar

from pictures.drawing import Box, Dot, Drawing, Label, Line

T = TypeVar("T")
_SLACK = 0.01
_GROUNDS = ("panel", "tint")
"""Endings of the paints that lines may cross."""


def faults(drawing: Drawing) -> list[str]:
    """Everything that is wrong with a drawing; none in a good one."""
    return [
        *_boxes_that_cut_each_other(drawing),
        *_texts_outside_their_place(drawing),
        *_texts_over_texts(drawing),
        *_texts_at_an_edge(drawing),
        *_lines_through(drawing),
        *_outside(drawing),
    ]


def boxes(drawing: Drawing) -> list[Box]:
    """The painted boxes."""
    return [item for item in drawing.items if isinstance(item, Box) and item.paint]


def labels(drawing: Drawing) -> list[Label]:
    """The texts that are not empty."""
    return [item for item in drawing.items if isinstance(item, Label) and item.text]


def within(inner: Box, outer: Box) -> bool:
    """Whether a box lies in another, edges included."""
    return (
        inner.x >= outer.x - _SLACK
        and inner.y >= outer.y - _SLACK
        and inner.right <= outer.right + _SLACK
        and inner.bottom <= outer.bottom + _SLACK
    )


def overlap(one: Box, other: Box) -> bool:
    """Whether two boxes share more than an edge."""
    return (
        one.x < other.right - _SLACK
        and other.x < one.right - _SLACK
        and one.y < other.bottom - _SLACK
        and other.y < one.bottom - _SLACK
    )


def around(dot: Dot) -> Box:
    """The square round a dot."""
    (x, y), r = dot.centre, dot.radius
    return Box(x - r, y - r, 2 * r, 2 * r)


def covered(line: Line) -> list[Box]:
    """What each piece of a line covers at most (a curve stays in the box of its ends)."""
    half = line.thickness / 2
    return [
        Box(min(a[0], b[0]) - half, min(a[1], b[1]), abs(a[0] - b[0]) + line.thickness, abs(a[1] - b[1]))
        if a[1] != b[1]
        else Box(min(a[0], b[0]), a[1] - half, abs(a[0] - b[0]), line.thickness)
        for a, b in pairwise(line.points)
    ]


def overlapping(ones: Sequence[T], others: Sequence[T], place: Callable[[T], Box]) -> Iterator[tuple[T, T]]:
    """The pairs, one of each, whose places overlap; from the top, so that most pairs need not be looked at."""
    lower = sorted(((place(other), other) for other in others), key=lambda found: found[0].y)
    tallest = max((box.h for box, _ in lower), default=0)
    tops = [box.y for box, _ in lower]
    for one in ones:
        box = place(one)
        near = lower[bisect_left(tops, box.y - tallest) : bisect_right(tops, box.bottom)]
        yield from ((one, other) for there, other in near if one is not other and overlap(box, there))


def _boxes_that_cut_each_other(drawing: Drawing) -> Iterator[str]:
    for one, other in overlapping(boxes(drawing), boxes(drawing), _itself):
        if not (within(one, other) or within(other, one)):
            yield f"{one} and {other} cut each other"


def _texts_outside_their_place(drawing: Drawing) -> Iterator[str]:
    for label in labels(drawing):
        if not within(label.extent, label.place):
            yield f"{label.text!r} needs {label.extent}, and has {label.place}"


def _texts_over_texts(drawing: Drawing) -> Iterator[str]:
    for one, other in overlapping(labels(drawing), labels(drawing), attrgetter("extent")):
        yield f"{one.text!r} and {other.text!r} overlap"


def _texts_at_an_edge(drawing: Drawing) -> Iterator[str]:
    texts = [label.extent for label in labels(drawing)]
    for text, box in overlapping(texts, boxes(drawing), _itself):
        if not within(text, box):
            yield f"a text at {text} lies over the edge of {box}"


def _lines_through(drawing: Drawing) -> Iterator[str]:
    solid = [box for box in boxes(drawing) if not box.paint.endswith(_GROUNDS)]
    texts = [label.extent for label in labels(drawing)]
    pieces = [piece for item in drawing.items if isinstance(item, Line) for piece in covered(item)]
    dots = [around(item) for item in drawing.items if isinstance(item, Dot)]
    yield from (f"a line at {piece} runs through {box}" for piece, box in overlapping(pieces, solid, _itself))
    yield from (
        f"a line at {piece} runs through a text at {text}"
        for piece, text in overlapping([*pieces, *dots], texts, _itself)
    )


def _itself(box: Box) -> Box:
    return box


def _outside(drawing: Drawing) -> Iterator[str]:
    page = Box(0, 0, drawing.width, drawing.height)
    for item in drawing.items:
        match item:
            case Label():
                places = [item.extent]
            case Box():
                places = [item]
            case Dot():
                places = [around(item)]
            case Line():
                places = covered(item)
        yield from (f"{item} is outside the page" for place in places if not within(place, page))
