"""The files themselves: valid, alone, the same every time, and readable on a light and on a dark page."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from xml.etree import ElementTree

import pytest

import pictures
from network import Plan
from pictures.drawing import Box, Drawing, Label
from pictures.logical import layout as logical
from pictures.order import layout as order
from pictures.palette import DARK, LIGHT, PAINT
from pictures.physical import layout as physical
from tests.pictures.geometry import boxes, labels, within
from tests.pictures.labs import example

PICTURES: dict[str, Callable[[Plan], str]] = {
    "logical": pictures.logical,
    "physical": pictures.physical,
    "order": pictures.order,
}
SVG = "{http://www.w3.org/2000/svg}"
every_picture = pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES.keys())
every_theme = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])


@every_picture
def test_what_is_not_xml_in_a_name_is_escaped(picture: Callable[[Plan], str]) -> None:
    lab = dataclasses.replace(example("lab"), stack="""<b> & "c" 'd'""")
    root = ElementTree.fromstring(picture(lab))

    assert any(text.text and text.text.startswith(lab.stack) for text in root.iter(f"{SVG}text"))
    assert root.findtext(f"{SVG}title", "").endswith(lab.stack)


@every_picture
def test_a_picture_needs_nothing_from_outside_and_runs_nothing(picture: Callable[[Plan], str]) -> None:
    text = picture(example("lab"))
    root = ElementTree.fromstring(text)

    used = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert used == {"svg", "title", "desc", "style", "rect", "text", "path"} | ({"circle"} & used)
    assert not {name for element in root.iter() for name in element.attrib if name.startswith(("on", "href", "style"))}
    assert re.findall(r"https?://[^\"]*", text) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"url\(|@import|@font-face", text)


@every_picture
def test_two_runs_draw_the_same(picture: Callable[[Plan], str]) -> None:
    assert picture(example("lab")) == picture(example("lab"))


@every_picture
def test_every_class_has_a_rule_for_either_page(picture: Callable[[Plan], str]) -> None:
    root = ElementTree.fromstring(picture(example("wide")))
    style = root.findtext(f"{SVG}style", "")
    light, dark = style.split("@media (prefers-color-scheme:dark){")
    fonts = set(re.findall(r"\.([\w-]+)\{font:", light))
    used = {name for element in root.iter() for name in element.get("class", "").split()}

    for page in (light, dark):
        assert used - fonts <= set(re.findall(r"\.([\w-]+)\{fill:", page))


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb (WCAG 2.1)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours (WCAG 2.1)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def ground(drawing: Drawing, label: Label) -> str:
    """The colour's name that a text stands on: the smallest box round it."""
    page = Box(0, 0, drawing.width, drawing.height, "page")
    around = [box for box in (page, *boxes(drawing)) if within(label.extent, box)]
    fill = PAINT[min(around, key=lambda box: box.w * box.h).paint][0]
    assert fill is not None
    return fill


@every_theme
@pytest.mark.parametrize("layout", [logical, physical, order], ids=PICTURES.keys())
def test_every_text_stands_out_from_its_ground(layout: Callable[[Plan], Drawing], theme: dict[str, str]) -> None:
    drawing = layout(example("lab"))
    pairs = {(label.ink, ground(drawing, label)) for label in labels(drawing)}

    faint = {pair for pair in pairs if contrast(theme[pair[0]], theme[pair[1]]) < 4.5}
    assert faint == set(), "WCAG 2.1 asks 4.5 of small text"


@every_theme
def test_every_line_stands_out_from_what_is_behind_it(theme: dict[str, str]) -> None:
    lines = {stroke for name, (fill, stroke) in PAINT.items() if fill is None and stroke}
    faint = {
        (line, behind)
        for line in lines
        for behind in ("page", "panel", "master-tint", "worker-tint", "compute-tint")
        if contrast(theme[line], theme[behind]) < 3
    }

    assert faint == set(), "WCAG 2.1 asks 3 of graphics"


def test_roles_are_red_green_and_blue() -> None:
    for theme in (LIGHT, DARK):
        for role, strongest in (("master", 0), ("worker", 1), ("compute", 2)):
            parts = [int(theme[role][at : at + 2], 16) for at in (1, 3, 5)]
            assert parts.index(max(parts)) == strongest
