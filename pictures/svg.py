"""From a drawing to SVG: one file, without scripts, fonts or anything else from outside, the same on every run."""

from __future__ import annotations

from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

from pictures.drawing import Box, Dot, Drawing, Item, Label, Line, Point
from pictures.palette import css

_HEAD = 7.0


def render(drawing: Drawing) -> str:
    """The text of an SVG file, ending in a newline."""
    page = Box(0, 0, drawing.width, drawing.height, "page", 10)
    size = f"{_number(drawing.width)} {_number(drawing.height)}"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" width="{_number(drawing.width)}" '
        f'height="{_number(drawing.height)}" role="img">',
        f"<title>{escape(drawing.title)}</title>",
        f"<desc>{escape(drawing.description)}</desc>",
        f"<style>\n{css()}\n</style>",
        *map(_element, (page, *drawing.ordered())),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _element(item: Item) -> str:
    match item:
        case Box():
            return (
                f'<rect class={quoteattr(item.paint)} x="{_number(item.x)}" y="{_number(item.y)}" '
                f'width="{_number(item.w)}" height="{_number(item.h)}" rx="{_number(item.radius)}"/>'
            )
        case Label():
            x, y = item.anchor
            anchor = "" if item.align == "start" else f' text-anchor="{item.align}"'
            where = f'x="{_number(x)}" y="{_number(y)}"{anchor}'
            return f'<text class="{item.font} {item.ink}" {where}>{escape(item.text)}</text>'
        case Dot():
            x, y = item.centre
            return (
                f'<circle class={quoteattr(item.paint)} cx="{_number(x)}" cy="{_number(y)}" '
                f'r="{_number(item.radius)}" stroke-width="2"/>'
            )
        case Line():
            return _line(item)


def _line(line: Line) -> str:
    points = list(line.points)
    head = ""
    if line.arrow:
        x, y = points[-1]
        points[-1] = (x, y - _HEAD + 1)
        tip = f"M{_pair((x, y))} L{_pair((x - _HEAD * 0.6, y - _HEAD))} L{_pair((x + _HEAD * 0.6, y - _HEAD))} Z"
        head = f'\n<path class="head" d="{tip}"/>'
    steps = [f"M{_pair(points[0])}"]
    for start, end in pairwise(points):
        if line.curved and start[0] != end[0]:
            halfway = (start[1] + end[1]) / 2
            steps.append(f"C{_pair((start[0], halfway))} {_pair((end[0], halfway))} {_pair(end)}")
        else:
            steps.append(f"L{_pair(end)}")
    return (
        f'<path class={quoteattr(line.paint)} stroke-width="{_number(line.thickness)}" stroke-linejoin="round" '
        f'd="{" ".join(steps)}"/>{head}'
    )


def _pair(point: Point) -> str:
    return f"{_number(point[0])},{_number(point[1])}"


def _number(value: float) -> str:
    return f"{round(value, 1):g}"
