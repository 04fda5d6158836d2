"""The logical picture: each network a bar from top to bottom, each machine a row that is plugged into its networks.

Rows, not columns, because an address is wide and low: thirty machines with six addresses each stay readable, and the
picture merely grows longer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from network import Address, Plan, Role
from pictures import frame, svg, wires
from pictures.drawing import FONTS, Box, Drawing
from pictures.frame import MARGIN
from pictures.wires import Segment

_PAD = 8.0
_NODE_HEIGHT = 26.0
_LINE = 16.0
_STRIP = 24.0
_GAP = 6.0
_BAR = {False: 8.0, True: 4.0}
"""Thickness of a bar, by whether its frames are tagged."""


@dataclass(frozen=True, slots=True)
class _Plug:
    """What a row has in a network: the name above the line, addresses below it."""

    name: str
    addresses: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    title: str
    paint: str
    ink: str
    plugs: Mapping[str, _Plug]

    @property
    def height(self) -> float:
        addresses = max((len(plug.addresses) for plug in self.plugs.values()), default=1)
        return _LINE + addresses * _LINE + 8


@dataclass(frozen=True, slots=True)
class _Column:
    segment: Segment
    place: Box
    number: int

    @property
    def bar(self) -> float:
        """Where the bar runs."""
        return self.place.x + 8

    def beside(self, y: float) -> Box:
        """The place for a line of text to the right of the bar."""
        return Box(self.bar + 10, y, self.place.right - self.bar - 10, _LINE)


def logical(plan: Plan) -> str:
    """SVG of the machines by role on the networks they join."""
    return svg.render(layout(plan))


def layout(plan: Plan) -> Drawing:
    """Where everything of the logical picture goes."""
    groups = [group for group in _groups(plan) if group]
    columns = _columns(plan, groups)
    drawing = Drawing(
        f"Logical networks of the lab {plan.stack}",
        f"{frame.summary(plan)}: which machine has which address in which network.",
        width=columns[-1].place.right + _PAD + MARGIN,
    )
    y = frame.head(drawing, f"{plan.stack}: logical networks", plan)
    top = _plates(drawing, columns, y)
    y = top + 12
    last: dict[str, float] = {}
    for group in groups:
        height = sum(row.height for row in group) + 12
        panel = drawing.box(Box(MARGIN, y, drawing.width - 2 * MARGIN, height, f"{group[0].paint}-tint"))
        y += 6
        for row in group:
            last |= _row(drawing, row, columns, y, _name_width(groups))
            y += row.height
        y = panel.bottom + 8
    for column in columns:
        name = column.segment.name
        drawing.line(
            (column.bar, top),
            (column.bar, last.get(name, top) + 12),
            paint=f"wire-{column.number}",
            thickness=_BAR[column.segment.vlan is not None],
        )
    drawing.height = y - 8 + MARGIN
    return drawing


def _groups(plan: Plan) -> Iterator[list[_Row]]:
    machine = wires.segments(plan)[0].name
    vips = (("api", plan.api_vips), ("*.apps", plan.ingress_vips))
    if not plan.is_single_node:
        yield [_Row(name, "ghost", "muted", {machine: _Plug("VIP", addresses)}) for name, addresses in vips]
    for role in Role:
        yield [
            _Row(
                node.name,
                role.value,
                "plain",
                {
                    tap.segment: _Plug(tap.interface, tuple(interface.ip for interface in tap.addresses))
                    for tap in wires.taps(plan, node)
                },
            )
            for node in plan.nodes
            if node.role is role
        ]


def _columns(plan: Plan, groups: list[list[_Row]]) -> list[_Column]:
    """As wide as what stands in them, and wider where the page allows it."""
    segments, numbers = wires.segments(plan), wires.numbers(plan)
    needed = [_needed(segment, groups) for segment in segments]
    left = MARGIN + _PAD + _name_width(groups) + 14
    gaps = _GAP * (len(segments) - 1)
    spare = max(frame.WIDTH - MARGIN - _PAD - left - gaps - sum(needed), 0) / len(segments)
    columns = []
    for segment, width in zip(segments, needed, strict=True):
        columns.append(_Column(segment, Box(left, 0, width + spare, 0), numbers[segment.wire.key]))
        left += width + spare + _GAP
    return columns


def _name_width(groups: list[list[_Row]]) -> float:
    return max(FONTS["name"].width(row.title) for group in groups for row in group) + 2 * _PAD


def _needed(segment: Segment, groups: list[list[_Row]]) -> float:
    plugs = [row.plugs[segment.name] for group in groups for row in group if segment.name in row.plugs]
    texts = [("nic", plug.name) for plug in plugs]
    texts += [("mono", str(address)) for plug in plugs for address in plug.addresses]
    texts += [("name", segment.name), ("text", segment.tag), *(("mono", str(cidr)) for cidr in segment.cidrs)]
    return max(FONTS[font].width(text) for font, text in texts) + 20


def _plates(drawing: Drawing, columns: list[_Column], y: float) -> float:
    """The heads of the bars: the wire's name over all that it carries, then name, range and tag of each network."""
    lines = max(len(column.segment.cidrs) for column in columns) + 2
    plate_height = lines * _LINE + 10
    for wire in dict.fromkeys(column.segment.wire.key for column in columns):
        carried = [column for column in columns if column.segment.wire.key == wire]
        first, end = carried[0].place, carried[-1].place
        strip = Box(first.x, y, end.right - first.x, _STRIP, f"plate-{carried[0].number}", 5)
        drawing.box(strip)
        drawing.text(wire, strip.inset(8, 0, 8, 0), "name", "plain")
    for column in columns:
        place = Box(column.place.x, y + _STRIP + 4, column.place.w, plate_height, "card", 5)
        drawing.box(place)
        texts = [("name", "ink", column.segment.name)]
        texts += [("mono", "ink", str(cidr)) for cidr in column.segment.cidrs]
        texts += [("text", "muted", column.segment.tag)]
        for line, (font, ink, text) in enumerate(texts):
            drawing.text(text, Box(place.x + 8, place.y + 5 + line * _LINE, place.w - 10, _LINE), font, ink)
    return y + _STRIP + 4 + plate_height


def _row(drawing: Drawing, row: _Row, columns: list[_Column], y: float, width: float) -> dict[str, float]:
    """A machine with its line; gives the height of the line for each network that it is plugged into."""
    wire = y + _LINE + 2
    node = drawing.box(Box(MARGIN + _PAD, wire - _NODE_HEIGHT / 2, width, _NODE_HEIGHT, row.paint))
    drawing.text(row.title, node.inset(_PAD, 0, _PAD, 0), "name", row.ink)
    start = node.right
    for column in columns:
        plug = row.plugs.get(column.segment.name)
        if plug is None:
            continue
        drawing.line((start, wire), (column.bar, wire), paint="arrow", thickness=1.5)
        drawing.dot((column.bar, wire), 6, f"tap-{column.number}")
        drawing.text(plug.name, column.beside(wire - _LINE - 1), "nic", "muted")
        for number, address in enumerate(plug.addresses):
            drawing.text(str(address), column.beside(wire + 2 + number * _LINE), "mono")
        start = column.bar
    return {name: wire for name in row.plugs}
