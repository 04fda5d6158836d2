"""The picture of one `pulumi up`: what was made when, layer by layer, and the longest path through it.

Drawn from what `make makespan` measured (docs/makespan.json; its keys: rehearsal/makespan.py):
python3 -m pictures.makespan docs/makespan.json docs/pictures/lab-makespan.svg
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pictures import lanes, svg
from pictures.drawing import FONTS, Box, Drawing, Label, wrapped
from pictures.frame import MARGIN, WIDTH
from pictures.lanes import Bar, Scale

_LINE = 16.0
_PAD = 8.0
_HEAD = 20.0
_BETWEEN = 6.0
_NAMED = 0.02
"""Share of the makespan from which on a resource beside the path is named too."""
_COLUMNS = (("", 40.0), ("resource", 348.0), ("layer", 215.0), ("from", 76.0), ("waited", 76.0), ("took", 76.0))
"""Of the list of the path: title and width; "minutes" takes the rest. All but the names are right-aligned."""


def makespan(measured: Mapping[str, Any]) -> str:
    """SVG of what was measured."""
    return svg.render(layout(measured))


def layout(measured: Mapping[str, Any]) -> Drawing:
    """Where everything of the picture goes."""
    drawing = Drawing(
        f"pulumi up of {measured['stack']} and the longest path of its graph",
        f"{len(measured['resources'])} resources by layer over time; "
        f"the run took {measured['ratio']:.3f} times as long as the longest path.",
        width=WIDTH,
    )
    scale = Scale(MARGIN + _PAD, WIDTH - MARGIN - _PAD, measured["makespan"])
    y = _minutes(drawing, scale, measured["scale"], _head(drawing, measured))
    y = _path(drawing, scale, measured, y)
    by_layer: dict[str, list[Bar]] = {}
    for resource in measured["resources"]:
        marked = resource["name"] in measured["path"]
        bar = Bar(resource["name"], resource["start"], resource["seconds"], marked)
        by_layer.setdefault(resource["layer"], []).append(bar)
    for layer, bars in by_layer.items():
        y = _layer(drawing, scale, measured, y, layer, bars)
    y = _seconds(drawing, scale, y)
    y = _list(drawing, measured, y + _LINE)
    drawing.height = _model(drawing, measured, y + _LINE / 2) + MARGIN
    return drawing


def _head(drawing: Drawing, measured: Mapping[str, Any]) -> float:
    width = drawing.width - 2 * MARGIN
    title = f"{measured['stack']}: pulumi up against the longest path of its graph"
    drawing.text(title, Box(MARGIN, MARGIN, width, 24), "title")
    figures = (
        f"makespan {measured['makespan']:.1f} s \N{DIVISION SIGN} longest path {measured['longestPath']:.1f} s = "
        f"{measured['ratio']:.3f} (at most {measured['limit']:.2f}) · {len(measured['resources'])} resources, "
        f"{len(measured['path'])} of them on the path"
    )
    drawing.text(figures, Box(MARGIN, MARGIN + 28, width, _LINE))
    y, x = MARGIN + 28 + _LINE + 4, MARGIN
    for paint, text in (("path", "on the longest path"), ("ghost", "beside it"), ("head", "beside it, and short")):
        drawing.box(Box(x, y + 2, 12, 12, paint, 3))
        drawing.text(text, Box(x + 18, y, FONTS["text"].width(text), _LINE), "text", "muted")
        x += 18 + FONTS["text"].width(text) + 16
    return y + _LINE + 10


def _minutes(drawing: Drawing, scale: Scale, slowed: float, y: float) -> float:
    text = f"minutes, where 1 s of the rehearsal is {1 / slowed:g} s of a real lab"
    drawing.text(text, Box(MARGIN, y, drawing.width - 2 * MARGIN, _LINE), "text", "muted")
    for number, x in scale.ticks(60 * slowed):
        drawing.text(f"{number:g}", Box(x - 24, y + _LINE, 48, _LINE), "nic", "muted", "middle")
    return y + 2 * _LINE + 2


def _seconds(drawing: Drawing, scale: Scale, y: float) -> float:
    for number, x in scale.ticks():
        drawing.text(f"{number:g}", Box(x - 24, y, 48, _LINE), "nic", "muted", "middle")
    text = "seconds of the rehearsal, from when the first resource was begun"
    drawing.text(text, Box(MARGIN, y + _LINE, drawing.width - 2 * MARGIN, _LINE), "text", "muted")
    return y + 2 * _LINE


def _path(drawing: Drawing, scale: Scale, measured: Mapping[str, Any], y: float) -> float:
    """The path alone, its resources numbered as in the list; what is free between two of them was waiting."""
    known = {resource["name"]: resource for resource in measured["resources"]}
    panel = _panel(drawing, y, _HEAD + lanes.LANE, "longest path", "")
    for number, name in enumerate(measured["path"], start=1):
        start, seconds = known[name]["start"], known[name]["seconds"]
        box = Box(scale.x(start), panel.y + _HEAD, scale.x(start + seconds) - scale.x(start), lanes.LANE - 2, "path", 2)
        if box.w >= 0.5:
            drawing.box(box)
        if box.w >= FONTS[lanes.FONT].width(str(number)) + 4:
            drawing.text(str(number), Box(box.x, box.y, box.w, box.h), lanes.FONT, "plain", "middle")
    return panel.bottom + _BETWEEN


def _layer(
    drawing: Drawing, scale: Scale, measured: Mapping[str, Any], y: float, layer: str, bars: Sequence[Bar]
) -> float:
    before = len(drawing.items)
    end = lanes.draw(drawing, bars, scale, y + _HEAD, _NAMED * measured["makespan"])
    times = (min(bar.start for bar in bars), max(bar.start + bar.seconds for bar in bars))
    several = f"{len(bars)} resources" if len(bars) > 1 else "1 resource"
    panel = _panel(drawing, y, end - y, layer, f"{several}, {times[0]:.0f} to {times[1]:.0f} s")
    drawn = drawing.items[before:]
    obstacles = [item for item in drawn if isinstance(item, Box) and item.paint != "panel"]
    obstacles += [item.extent for item in drawn if isinstance(item, Label) and item.text]
    lanes.grid(drawing, panel, [x for _, x in scale.ticks(60 * measured["scale"])], obstacles)
    return panel.bottom + _BETWEEN


def _panel(drawing: Drawing, y: float, inner: float, name: str, detail: str) -> Box:
    panel = drawing.box(Box(MARGIN, y, drawing.width - 2 * MARGIN, inner + _PAD / 2, "panel"))
    width = FONTS["text"].width(detail)
    drawing.text(name, Box(MARGIN + _PAD, y + 2, panel.w - 3 * _PAD - width, _LINE), "name")
    drawing.text(detail, Box(panel.right - _PAD - width, y + 2, width, _LINE), "text", "muted", "end")
    return panel


def _list(drawing: Drawing, measured: Mapping[str, Any], y: float) -> float:
    """The path's resources: when each was begun, how long after the one before it was done, how long it took."""
    known = {resource["name"]: resource for resource in measured["resources"]}
    y = _row(drawing, y, [title for title, _ in _COLUMNS] + ["minutes"], "muted")
    end = 0.0
    for number, name in enumerate(measured["path"], start=1):
        start, seconds = known[name]["start"], known[name]["seconds"]
        times = (start, start - end, seconds, seconds / measured["scale"] / 60)
        y = _row(drawing, y, [str(number), name, known[name]["layer"], *(f"{time:.1f}" for time in times)], "ink")
        end = start + seconds
    return y


def _row(drawing: Drawing, y: float, cells: Sequence[str], ink: str) -> float:
    x = MARGIN
    widths = [width for _, width in _COLUMNS]
    for column, (cell, width) in enumerate(zip(cells, [*widths, WIDTH - 2 * MARGIN - sum(widths)], strict=True)):
        align = "start" if column in (1, 2) else "end"
        place = Box(x, y, width - 12, _LINE)
        drawing.text(cell, place, "mono" if column == 1 else "text", ink, align)
        x += width
    return y + _LINE


def _model(drawing: Drawing, measured: Mapping[str, Any], y: float) -> float:
    """What the stand-ins were slowed to, and what was not measured."""
    kinds = ", ".join(f"{kind} {seconds / 60:g}" for kind, seconds in measured["model"].items())
    notes = (
        f"The model, in minutes: {kinds}.",
        "waited: since the one before was done. What the rehearsal itself takes (machines that boot, the engine) is "
        f"not to scale. Engine and program had started in {measured['loading']:.1f} s before.",
    )
    width = drawing.width - 2 * MARGIN
    for note in notes:
        for line in wrapped(note, width, "text"):
            drawing.text(line, Box(MARGIN, y, width, _LINE), "text", "muted")
            y += _LINE
    return y


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw a measurement; 1 if there is none."""
    parser = argparse.ArgumentParser(prog="pictures.makespan", description="Draws what make makespan measured.")
    parser.add_argument("measured", type=Path, help="the measurement, such as docs/makespan.json")
    parser.add_argument("out", type=Path, help="the SVG file")
    options = parser.parse_args(arguments)
    try:
        measured = json.loads(options.measured.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        print(f"{options.measured} can't be drawn: {error}. It is made by: make makespan", file=sys.stderr)
        return 1
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(makespan(measured), encoding="utf-8")
    print(options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
