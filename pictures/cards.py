"""A machine as a card: its name, then a line for each NIC and each VLAN device with MAC or tag and addresses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from network import Node, Plan
from pictures import wires
from pictures.drawing import FONTS, Box, Drawing

_HEAD = 22.0
_LINE = 17.0
_PAD = 8.0
_INDENT = 12.0
_BETWEEN = 9.0


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: a NIC, a VLAN device, or a further address of the one above. `wire` is set on NICs alone."""

    wire: str | None
    name: str
    detail: str
    address: str
    indent: float


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths of the three columns of every card in a picture, in user units."""

    name: float
    detail: float
    address: float

    @property
    def total(self) -> float:
        """The width of a card."""
        return self.name + self.detail + self.address + 2 * _BETWEEN + 2 * _PAD


def entries(plan: Plan, node: Node) -> list[Entry]:
    """What is written on a machine's card, line by line."""
    vlans = {segment.name: segment.tag for segment in wires.segments(plan)}
    lines = []
    for tap in wires.taps(plan, node):
        first, *further = map(str, tap.addresses or ("",))
        indent = 0.0 if tap.mac else _INDENT
        lines.append(Entry(tap.wire if tap.mac else None, tap.interface, tap.mac or vlans[tap.segment], first, indent))
        lines += [Entry(None, "", "", address, indent) for address in further]
    return lines


def columns(cards: list[list[Entry]]) -> Columns:
    """Columns wide enough for every line of these cards."""
    lines = [line for card in cards for line in card]
    width = FONTS["mono"].width
    return Columns(
        max(line.indent + width(line.name) for line in lines),
        max(width(line.detail) for line in lines),
        max(width(line.address) for line in lines),
    )


def height(lines: list[Entry]) -> float:
    """The height of a card with these lines."""
    return _HEAD + len(lines) * _LINE + 2 * 4


def draw(drawing: Drawing, plan: Plan, node: Node, place: Box, widths: Columns) -> Mapping[str, float]:
    """Draw a machine's card; gives for each wire the height at which its NIC is."""
    drawing.box(Box(place.x, place.y, place.w, place.h, f"{node.role.value}-card"))
    title = drawing.box(Box(place.x, place.y, place.w, _HEAD, node.role.value))
    drawing.text(node.name, title.inset(_PAD + 2, 0, place.w / 2, 0), "name", "plain")
    if node.ip == plan.rendezvous_ip:
        drawing.text("rendezvous", title.inset(place.w / 2, 0, _PAD + 2, 0), "text", "plain", "end")
    between = _BETWEEN + (place.w - widths.total) / 2
    ports: dict[str, float] = {}
    y = title.bottom + 4
    for line in entries(plan, node):
        x = place.x + _PAD
        drawing.text(line.name, Box(x + line.indent, y, widths.name - line.indent, _LINE), "mono")
        x += widths.name + between
        drawing.text(line.detail, Box(x, y, widths.detail, _LINE), "mono", "muted")
        x += widths.detail + between
        drawing.text(line.address, Box(x, y, widths.address, _LINE), "mono")
        if line.wire:
            ports[line.wire] = y + _LINE / 2
        y += _LINE
    return ports
