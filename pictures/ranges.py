"""Which part of each network is for what, as a table with a row for each network.

Addresses are written without the octets that all of their network shares, `.20` in a /24 and `.0.20` in a /16: what
differs between two rows is then seen at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from network import Bounds, Cidr, Plan, Role
from pictures import wires
from pictures.drawing import FONTS, Box, Drawing
from pictures.wires import Segment

COLUMNS = ("gateway", "VIPs", "masters", "workers", "computes", "whereabouts", "MetalLB", "NetConfig")
"""VIPs of API and ingress; static ranges by role; what whereabouts, MetalLB and NetConfig give away."""

_STATIC = {Role.MASTER: "masters", Role.WORKER: "workers", Role.COMPUTE: "computes"}
_PAINT = {column: f"{role.value}-cell" for role, column in _STATIC.items()}
_TO = "\N{EN DASH}"
_LINE = 16.0
_PAD = 7.0
_GAP = 5.0
_MARK = 6.0


def cells(plan: Plan, segment: Segment) -> Mapping[str, list[str]]:
    """Column → the ranges that a network has for it, those of its primary subnet first."""
    found: dict[str, list[str]] = {column: [] for column in COLUMNS}
    for column, text in (*_on_the_wire(plan, segment), *_of_openstack(segment)):
        # An untagged network is libvirt's and OpenStack's, and both know its static ranges.
        if text not in found[column]:
            found[column].append(text)
    return {column: texts for column, texts in found.items() if texts}


def _on_the_wire(plan: Plan, segment: Segment) -> Iterator[tuple[str, str]]:
    for subnet in segment.wire.subnets if segment.vlan is None else ():
        if subnet.gateway is not None:
            yield "gateway", spelt((subnet.gateway, subnet.gateway), subnet.cidr)
        for name, vips in () if plan.is_single_node else (("api", plan.api_vips), ("apps", plan.ingress_vips)):
            yield from (("VIPs", f"{name} {spelt((vip, vip), subnet.cidr)}") for vip in vips if vip in subnet.cidr)
        for role, bounds in subnet.static.items():
            yield _STATIC[role], spelt(bounds, subnet.cidr)


def _of_openstack(segment: Segment) -> Iterator[tuple[str, str]]:
    for subnet in segment.openstack.subnets if segment.openstack else ():
        for role, bounds in subnet.static.items():
            yield _STATIC[role], spelt(bounds, subnet.cidr)
        parts = (("whereabouts", subnet.nad_range), ("MetalLB", subnet.metallb))
        yield from ((column, spelt(bounds, subnet.cidr)) for column, bounds in parts if bounds)
        yield from (("NetConfig", spelt(bounds, subnet.cidr)) for bounds in subnet.allocation)


def spelt(bounds: Bounds, cidr: Cidr) -> str:
    """A range without the octets that its network fixes, its end without those that it shares with its beginning.

    IPv6 addresses are spelt in full.
    """
    if cidr.version == 6:
        return _TO.join(dict.fromkeys(map(str, bounds)))
    first, last = (str(address).split(".")[cidr.prefixlen // 8 :] for address in bounds)
    if first == last:
        return _dotted(first)
    shared = next(number for number, (one, other) in enumerate(zip(first, last, strict=True)) if one != other)
    return f"{_dotted(first)}{_TO}{_dotted(last[shared:])}"


def _dotted(octets: list[str]) -> str:
    return "." + ".".join(octets)


def width(plan: Plan) -> float:
    """What the table needs, in user units."""
    return _label_width(plan) + sum(w + _GAP for w in _widths(plan).values())


def draw(drawing: Drawing, plan: Plan, x: float, y: float, total: float) -> float:
    """Draw the table `total` wide; gives its lower edge. What is left over goes to the columns evenly."""
    widths = _widths(plan)
    spare = (total - width(plan)) / len(widths)
    label = _label_width(plan)
    places: dict[str, Box] = {}
    left = x + label + _GAP
    for column, needed in widths.items():
        places[column] = Box(left, y, needed + spare, _LINE)
        drawing.text(column, places[column], "text", "muted", "middle")
        left += needed + spare + _GAP
    y += _LINE + 4
    for segment in wires.segments(plan):
        found = cells(plan, segment)
        lines = max(1 + len(segment.cidrs), *(len(texts) for texts in found.values()))
        height = lines * _LINE + 8
        _name(drawing, plan, segment, Box(x, y, label, height))
        for column, texts in found.items():
            cell = Box(places[column].x, y, places[column].w, height, _PAINT.get(column, "card"), 4)
            drawing.box(cell)
            top = y + (height - len(texts) * _LINE) / 2
            for line, text in enumerate(texts):
                drawing.text(text, Box(cell.x, top + line * _LINE, cell.w, _LINE), "mono", "ink", "middle")
        y += height + _GAP
    return y - _GAP


def _name(drawing: Drawing, plan: Plan, segment: Segment, place: Box) -> None:
    number = wires.numbers(plan)[segment.wire.key]
    drawing.box(Box(place.x, place.y, _MARK, place.h, f"plate-{number}", 3))
    top = place.y + (place.h - (1 + len(segment.cidrs)) * _LINE) / 2
    line = Box(place.x + _MARK + _PAD, top, place.w - _MARK - 2 * _PAD, _LINE)
    tag = FONTS["text"].width(segment.tag)
    drawing.text(segment.name, line.inset(0, 0, tag + _PAD, 0), "name")
    drawing.text(segment.tag, line.inset(line.w - tag, 0, 0, 0), "text", "muted", "end")
    for number, cidr in enumerate(segment.cidrs, start=1):
        drawing.text(str(cidr), Box(line.x, top + number * _LINE, line.w, _LINE), "mono")


def _label_width(plan: Plan) -> float:
    names = [
        FONTS["name"].width(segment.name) + _PAD + FONTS["text"].width(segment.tag) for segment in wires.segments(plan)
    ]
    cidrs = [FONTS["mono"].width(str(cidr)) for segment in wires.segments(plan) for cidr in segment.cidrs]
    return max(*names, *cidrs) + _MARK + 2 * _PAD + 2


def _widths(plan: Plan) -> dict[str, float]:
    """Column → what it needs; columns that no network uses are left out."""
    tables = [cells(plan, segment) for segment in wires.segments(plan)]
    return {
        column: 2 * _PAD
        + max(
            FONTS["text"].width(column),
            *(FONTS["mono"].width(text) for table in tables for text in table.get(column, [])),
        )
        for column in COLUMNS
        if any(column in table for table in tables)
    }
