"""No box, text or line of any picture is in the way of another, for the example stacks and for any lab."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from network import Plan
from pictures import bridges
from pictures.drawing import ELLIPSIS, FONTS, Box, Drawing, Line
from pictures.layers import Layer
from pictures.logical import layout as logical
from pictures.order import layout as order
from pictures.physical import layout as physical
from pictures.ranks import ranks
from tests.pictures.geometry import boxes, covered, faults, labels, overlap
from tests.pictures.labs import MOST, STACKS, dual_stack, example, on_two_hosts, plans

unhurried = budget(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
Layout = Callable[[Plan], Drawing]
LAYOUTS: dict[str, Layout] = {"logical": logical, "physical": physical, "order": order}
SHOWN_AT = 880
"""Pixels that a README has for a picture."""

every_layout = pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
every_stack = pytest.mark.parametrize("stack", STACKS)


@every_layout
@every_stack
def test_an_example_stack_is_drawn_without_a_fault(stack: str, layout: Layout) -> None:
    assert faults(layout(example(stack))) == []


@every_layout
@every_stack
def test_an_example_stack_needs_no_shortened_text(stack: str, layout: Layout) -> None:
    assert [label.text for label in labels(layout(example(stack))) if ELLIPSIS in label.text] == []


@every_layout
@every_stack
def test_an_example_stack_can_be_read_in_a_readme(stack: str, layout: Layout) -> None:
    drawing = layout(example(stack))
    smallest = min(FONTS[label.font].size for label in labels(drawing))

    assert smallest * SHOWN_AT / drawing.width >= 10, "pixels"


@unhurried
@given(plans(), st.sampled_from(sorted(LAYOUTS)))
def test_any_lab_is_drawn_without_a_fault(plan: Plan, picture: str) -> None:
    drawing = LAYOUTS[picture](plan)

    assert faults(drawing) == []
    assert drawing.width <= 1200


@every_layout
def test_a_second_address_family_is_drawn_without_a_fault(layout: Layout) -> None:
    assert faults(layout(dual_stack(example("lab")))) == []


@every_layout
def test_a_second_host_is_drawn_without_a_fault(layout: Layout) -> None:
    drawing = layout(on_two_hosts(example("lab")))

    assert faults(drawing) == []
    hosts = [label.text for label in labels(drawing) if label.text.startswith("KVM host")]
    assert hosts == (["KVM host kvm", "KVM host second"] if layout is physical else [])


def test_ways_from_any_number_of_bridges_to_their_bars_meet_nowhere() -> None:
    for count in range(1, 8):
        cards = {f"net{number}": Box(number * 100, 0, 90, 50, "card") for number in range(count)}
        bars = {key: count * 50 + number * 22 - count * 11 for number, key in enumerate(cards)}
        pieces = [
            (key, piece)
            for key, way in bridges.ways(cards, bars).items()
            for piece in covered(Line((*way, (bars[key], 300)), "wire-0", 7))
        ]
        met = [
            (one, other) for one, other in combinations(pieces, 2) if one[0] != other[0] and overlap(one[1], other[1])
        ]
        assert met == []


def test_the_widest_example_is_as_large_as_asked() -> None:
    assert MOST - 2 <= len(example("wide").nodes) <= MOST


@st.composite
def tables(draw: st.DrawFn) -> list[Layer]:
    """Layers that need any of the ones before them, six side by side at most."""
    layers: list[Layer] = []
    for number in range(draw(st.integers(1, 14))):
        earlier = [layer.name for layer in layers]
        needs = draw(st.lists(st.sampled_from(earlier), max_size=3, unique=True)) if earlier else []
        rank = ranks(layers)
        row = max((rank[name] + 1 for name in needs), default=0)
        if list(rank.values()).count(row) < 6:
            text = draw(st.sampled_from(["objects", "a few more words about the objects than fit in one line", ""]))
            layers.append(Layer(f"Layer{number}", tuple(needs), text, text))
    return layers


@unhurried
@given(tables())
def test_any_table_of_layers_is_drawn_without_a_fault(layers: list[Layer]) -> None:
    drawing = order(example("lab"), layers)

    assert faults(drawing) == []
    assert len([box for box in boxes(drawing) if box.paint == "layer"]) == len(layers) + 1


def test_a_fault_would_be_found() -> None:
    drawing = Drawing("", "", width=100, height=100)
    for box in (Box(0, 0, 60, 20, "card"), Box(50, 10, 40, 20, "card"), Box(80, 80, 40, 10, "card")):
        drawing.box(box)
    drawing.text("wide", Box(10, 40, 80, 5), "title")
    drawing.text("over", Box(10, 42, 80, 16), "title")
    drawing.text("edge", Box(10, 12, 80, 16), "title")
    drawing.line((0, 45), (100, 45), paint="arrow", thickness=2)
    drawing.line((10, 0), (10, 99), paint="arrow", thickness=2)

    found = " ".join(faults(drawing))
    for fault in (
        "cut each other",
        "'wide' needs",
        "'wide' and 'over' overlap",
        "edge of",
        "through a text",
        "outside",
    ):
        assert fault in found
    assert "runs through Box(x=0" in found
