"""The bridges of a KVM host: a card for each, and the way from the card to where its bar runs down the host."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from network import KvmNetwork
from pictures.drawing import Box, Drawing, Point

_GAP = 16.0
_LINE = 17.0
_STRIP = 24.0
_LABEL = 70.0
_MODE = 110.0
_PAD = 10.0
_TURN = 8.0


def draw(
    drawing: Drawing, host: str, bridges: Sequence[KvmNetwork], plates: Mapping[str, str], place: Box
) -> dict[str, Box]:
    """Draw the cards side by side from the top of `place`; gives each card by the network's key.

    `plates` are paints by key. A network of another host says so instead of its mode.
    """
    width = (place.w - _GAP * (len(bridges) - 1)) / len(bridges)
    height = _STRIP + max(len(_facts(bridge)) for bridge in bridges) * _LINE + _PAD
    cards = {}
    for number, bridge in enumerate(bridges):
        card = drawing.box(Box(place.x + number * (width + _GAP), place.y, width, height, "card"))
        strip = drawing.box(Box(card.x, card.y, card.w, _STRIP, plates[bridge.key]))
        mode = _mode(bridge) if bridge.host == host else f"on {bridge.host}"
        drawing.text(bridge.name, strip.inset(_PAD, 0, _PAD + _MODE, 0), "name", "plain")
        drawing.text(mode, strip.inset(strip.w - _MODE, 0, _PAD, 0), "text", "plain", "end")
        for line, (label, value) in enumerate(_facts(bridge)):
            row = Box(card.x + _PAD, strip.bottom + _PAD / 2 + line * _LINE, card.w - 2 * _PAD, _LINE)
            drawing.text(label, row.inset(0, 0, row.w - _LABEL, 0), "text", "muted")
            drawing.text(value, row.inset(_LABEL, 0, 0, 0), "mono")
        cards[bridge.key] = card
    return cards


def ways(cards: Mapping[str, Box], bars: Mapping[str, float]) -> dict[str, list[Point]]:
    """How each card is led to the bar at `bars`: down, aside, down. No two ways cross."""
    found = {}
    for number, (key, card) in enumerate(cards.items()):
        # Outer cards turn lower than inner ones; left and right of the middle they never meet.
        turn = card.bottom + _TURN * (1 + len(cards) // 2 - min(number, len(cards) - 1 - number))
        found[key] = [(card.middle[0], card.bottom), (card.middle[0], turn), (bars[key], turn)]
    return found


def _mode(bridge: KvmNetwork) -> str:
    return {"none": "isolated"}.get(bridge.mode, bridge.mode)


def _facts(bridge: KvmNetwork) -> list[tuple[str, str]]:
    facts = [("bridge", bridge.bridge)]
    for subnet in bridge.subnets:
        facts.append(("range", str(subnet.cidr)))
        if subnet.gateway is not None:
            facts.append(("gateway", str(subnet.gateway)))
        # Nothing leads out of an isolated network; the KVM host is on it all the same.
        if subnet.host is not None and subnet.host != subnet.gateway:
            facts.append(("host", str(subnet.host)))
    facts.append(("MTU", str(bridge.mtu)))
    if bridge.dns_hosts:
        facts.append(("DNS", f"{len(bridge.dns_hosts)} names{', *.apps' if bridge.apps_domain else ''}"))
    return facts
