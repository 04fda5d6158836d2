"""The physical picture: each KVM host with its bridges, and every machine plugged into them.

The bridges run down the middle of the host and the machines stand on both sides, so that each NIC reaches its bridge
by one straight line. Below the hosts, what each network's addresses are for.
"""

from __future__ import annotations

from dataclasses import dataclass

from network import KvmNetwork, Node, Plan, Role
from pictures import bridges, cards, frame, ranges, svg, wires
from pictures.drawing import Box, Drawing
from pictures.frame import MARGIN

_PAD = 14.0
_HEADING = 30.0
_BAR = 7.0
_BARS_APART = 22.0
_BARS_MARGIN = 20.0
_BELOW_BRIDGES = 36.0
_BETWEEN_CARDS = 10.0
_BETWEEN_ROLES = 16.0


@dataclass(frozen=True, slots=True)
class _Host:
    """One KVM host with its networks, those of other hosts that its machines are on, and its machines."""

    key: str
    bridges: tuple[KvmNetwork, ...]
    nodes: tuple[Node, ...]

    @property
    def spine(self) -> float:
        """The width of the middle, where the bars of the bridges run."""
        return (len(self.bridges) - 1) * _BARS_APART + 2 * _BARS_MARGIN

    @property
    def pairs(self) -> list[tuple[Node, ...]]:
        """The machines two by two, each role from the left."""
        roles = [[node for node in self.nodes if node.role is role] for role in Role]
        return [tuple(nodes[start : start + 2]) for nodes in roles for start in range(0, len(nodes), 2)]


def physical(plan: Plan) -> str:
    """SVG of the KVM hosts with bridges, machines, NICs, VLANs, addresses and ranges."""
    return svg.render(layout(plan))


def layout(plan: Plan) -> Drawing:
    """Where everything of the physical picture goes."""
    hosts = _hosts(plan)
    columns = cards.columns([cards.entries(plan, node) for node in plan.nodes])
    inner = max(
        frame.WIDTH - 2 * MARGIN - 2 * _PAD,
        2 * columns.total + max(host.spine for host in hosts),
        ranges.width(plan),
    )
    drawing = Drawing(
        f"Physical networks of the lab {plan.stack}",
        f"{frame.summary(plan)}: KVM hosts with their bridges, and every machine's NICs, VLANs and addresses.",
        width=inner + 2 * _PAD + 2 * MARGIN,
    )
    y = frame.head(drawing, f"{plan.stack}: physical networks", plan)
    for host in hosts:
        y = _panel(drawing, f"KVM host {host.key}", y, _host(drawing, plan, host, columns, y + _HEADING))
    bottom = ranges.draw(drawing, plan, MARGIN + _PAD, y + _HEADING + 4, inner)
    drawing.height = _panel(drawing, "Addresses by network", y, bottom) - _BETWEEN_ROLES + MARGIN
    return drawing


def _panel(drawing: Drawing, heading: str, top: float, bottom: float) -> float:
    """A panel with a heading round what is there already; gives where the next may begin."""
    panel = Box(MARGIN, top, drawing.width - 2 * MARGIN, bottom + _PAD - top, "panel", 8)
    drawing.box(panel)
    drawing.text(heading, Box(panel.x + _PAD, top + 6, panel.w - 2 * _PAD, _HEADING - 8), "name")
    return panel.bottom + _BETWEEN_ROLES


def _hosts(plan: Plan) -> list[_Host]:
    keys = dict.fromkeys([*(n.host for n in plan.networks.values()), *(n.host for n in plan.nodes)])
    hosts = []
    for key in keys:
        nodes = tuple(node for node in plan.nodes if node.host == key)
        joined = {nic.network for node in nodes for nic in node.nics}
        hosts.append(_Host(key, tuple(n for n in plan.networks.values() if n.host == key or n.key in joined), nodes))
    return hosts


def _host(drawing: Drawing, plan: Plan, host: _Host, columns: cards.Columns, y: float) -> float:
    """Draw what is in a host from height `y`; gives where it ends."""
    place = Box(MARGIN + _PAD, y, drawing.width - 2 * MARGIN - 2 * _PAD, 0)
    numbers = wires.numbers(plan)
    first = place.middle[0] - (len(host.bridges) - 1) * _BARS_APART / 2
    bars = {bridge.key: first + number * _BARS_APART for number, bridge in enumerate(host.bridges)}
    plates = {bridge.key: f"plate-{numbers[bridge.key]}" for bridge in host.bridges}
    bridge_cards = bridges.draw(drawing, host.key, host.bridges, plates, place)
    bottom = max(card.bottom for card in bridge_cards.values())
    ways = bridges.ways(bridge_cards, bars)
    ends = {key: way[-1] for key, way in ways.items()}
    y, role = bottom + _BELOW_BRIDGES, None
    for pair in host.pairs:
        y += _BETWEEN_ROLES - _BETWEEN_CARDS if role not in (None, pair[0].role) else 0
        role = pair[0].role
        for side, node in enumerate(pair):
            width = (place.w - host.spine) / 2
            card = Box(place.right - width if side else place.x, y, width, cards.height(cards.entries(plan, node)))
            for key, port in cards.draw(drawing, plan, node, card, columns).items():
                tap = (bars[key], port)
                drawing.line((card.x if side else card.right, port), tap, paint=f"wire-{numbers[key]}", thickness=1.5)
                drawing.dot(tap, 5, f"tap-{numbers[key]}")
                ends[key] = (bars[key], port + 12)
            bottom = max(bottom, card.bottom)
        y = bottom + _BETWEEN_CARDS
    for key, way in ways.items():
        drawing.line(*way, ends[key], paint=f"wire-{numbers[key]}", thickness=_BAR)
    return bottom
