"""The picture of the order: which layer comes after which, and what may run at the same time."""

from __future__ import annotations

from collections.abc import Sequence

from network import Plan
from pictures import frame, svg
from pictures.drawing import Box, Drawing, wrapped
from pictures.frame import MARGIN
from pictures.layers import LAYERS, Layer
from pictures.ranks import Lane, Place, Step, rows

_GUTTER = 84.0
_PAD = 12.0
_LINE = 16.0
_GAP = 14.0
_BETWEEN = 36.0
_LANE = 20.0
_WORD = 48.0
_THICKNESS = 1.8
_END = "pulumi up is done"
_NOTES = (
    "A layer may run at the same time as the others in its row, and as every row that its arrow passes.",
    "The engine orders single resources: what a layer makes may start earlier than the layer's row says.",
)


def order(plan: Plan, layers: Sequence[Layer] = LAYERS) -> str:
    """SVG of the layers; `plan` gives the numbers of machines. Raises ValueError as `ranks.ranks` does."""
    return svg.render(layout(plan, layers))


def layout(plan: Plan, layers: Sequence[Layer] = LAYERS) -> Drawing:
    """Where everything of the picture of the order goes."""
    drawing = Drawing(
        f"Order of the layers of the lab {plan.stack}",
        f"{frame.summary(plan)}: which layer waits for which, and which run at the same time.",
        width=frame.WIDTH,
    )
    y = frame.head(drawing, f"{plan.stack}: order of the layers", plan)
    table, steps = rows((*layers, _end(layers)))
    placed: list[dict[Place, Box]] = []
    for number, row in enumerate(table, start=1):
        placed.append(_row(drawing, plan, row, number, y))
        y = max(box.bottom for box in placed[-1].values()) + _BETWEEN
    _arrows(drawing, placed, steps)
    y += 12 - _BETWEEN
    for note in _NOTES:
        drawing.text(note, Box(MARGIN + _GUTTER, y, drawing.width - 2 * MARGIN - _GUTTER, _LINE), "text", "muted")
        y += _LINE
    drawing.height = y + MARGIN
    return drawing


def _end(layers: Sequence[Layer]) -> Layer:
    """What comes after every layer that nothing waits for, so that it can be seen how long those may take."""
    needed = {name for layer in layers for name in layer.needs}
    return Layer(_END, tuple(layer.name for layer in layers if layer.name not in needed), "")


def _row(drawing: Drawing, plan: Plan, row: list[Place], number: int, y: float) -> dict[Place, Box]:
    """Draw a row from height `y`; gives where each layer and each lane is."""
    inner = drawing.width - 2 * MARGIN - _GUTTER
    layers = [place for place in row if isinstance(place, Layer)]
    width = (inner - _GAP * (len(row) - 1) - _LANE * (len(row) - len(layers))) / len(layers)
    texts = {layer: _texts(layer, width) for layer in layers}
    height = 2 * _PAD + 16 + max(len(lines) for lines in texts.values()) * _LINE
    if [layer.name for layer in layers] != [_END]:
        drawing.text(str(number), Box(MARGIN, y + _PAD - 6, _GUTTER, 24), "title", "muted")
    for line, text in enumerate(("at the", "same time") if len(layers) > 1 else ()):
        drawing.text(text, Box(MARGIN, y + _PAD + 20 + line * _LINE, _GUTTER, _LINE), "text", "muted")
    left = MARGIN + _GUTTER
    placed: dict[Place, Box] = {}
    for place in row:
        if isinstance(place, Lane):
            placed[place] = Box(left, y, _LANE, height)
        else:
            placed[place] = drawing.box(Box(left, y, width, height, "layer"))
            _fill(drawing, plan, place, texts[place], placed[place])
        left = placed[place].right + _GAP
    return placed


def _texts(layer: Layer, width: float) -> list[tuple[str, str]]:
    """What is written under a layer's name: a word before the first line of each paragraph, and the line."""
    lines = []
    for word, text in (("makes", layer.makes), ("until", layer.waits_until)):
        paragraph = wrapped(text, width - 2 * _PAD - _WORD, "text")
        lines += [("" if number else word, line) for number, line in enumerate(paragraph)]
    return lines


def _fill(drawing: Drawing, plan: Plan, layer: Layer, lines: list[tuple[str, str]], box: Box) -> None:
    counts = [(role, sum(node.role is role for node in plan.nodes)) for role in layer.machines]
    made = [(role, str(count)) for role, count in counts if count]
    right = frame.swatches(drawing, made, box.right - _PAD, box.y + _PAD)
    drawing.text(layer.name, Box(box.x + _PAD, box.y + _PAD, right - box.x - _PAD, _LINE), "name")
    for number, (word, line) in enumerate(lines):
        y = box.y + _PAD + 18 + number * _LINE
        drawing.text(word, Box(box.x + _PAD, y, _WORD, _LINE), "text", "muted")
        drawing.text(line, Box(box.x + _PAD + _WORD, y, box.w - 2 * _PAD - _WORD, _LINE))


def _arrows(drawing: Drawing, placed: list[dict[Place, Box]], steps: list[Step]) -> None:
    for step in steps:
        above, below = placed[step.row], placed[step.row + 1]
        start, end = above[step.start], below[step.end]
        # The narrower end says where, and the wider one follows it: most arrows are straight then.
        if start.w <= end.w:
            leaves = _port(start, [below[s.end] for s in steps if s.start == step.start], end)
            arrives = _inside(end, leaves)
        else:
            arrives = _port(end, [above[s.start] for s in steps if s.end == step.end], start)
            leaves = _inside(start, arrives)
        points, head = ((leaves, start.bottom), (arrives, end.y)), isinstance(step.end, Layer)
        drawing.line(*points, paint="arrow", thickness=_THICKNESS, curved=True, arrow=head)
    for box in (box for row in placed for place, box in row.items() if isinstance(place, Lane)):
        drawing.line((box.middle[0], box.y), (box.middle[0], box.bottom), paint="arrow", thickness=_THICKNESS)


def _port(box: Box, others: list[Box], other: Box) -> float:
    """Where on the edge of a box the arrow to or from `other` is: all of them evenly, in the order of their ends."""
    number = sorted(other.middle[0] for other in others).index(other.middle[0])
    return box.x + box.w * (number + 1) / (len(others) + 1)


def _inside(box: Box, x: float) -> float:
    return min(max(x, box.x + _LANE / 2), box.right - _LANE / 2)
