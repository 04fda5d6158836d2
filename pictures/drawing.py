"""What a picture is made of, before it is SVG.

A layout yields boxes, labels, lines and dots at plain coordinates, so that a test can ask of any lab whether boxes
overlap, whether a text fits its place and whether a line runs through it. What lies above what follows from the kind
(see `Drawing.ordered`), not from the order of the calls.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

Point: TypeAlias = tuple[float, float]
ELLIPSIS = "…"
_ROUNDING = 0.01


@dataclass(frozen=True, slots=True)
class Font:
    """`size` in user units; `advance` is a cautious width of a character in sizes.

    A viewer takes its own sans or monospace font, so widths are estimated: DejaVu's, the widest of the usual ones.
    """

    size: float
    advance: float
    mono: bool = False
    bold: bool = False

    def width(self, text: str) -> float:
        """The room that a text needs, in user units."""
        return len(text) * self.size * self.advance


FONTS: Mapping[str, Font] = MappingProxyType(
    {
        "title": Font(20, 0.72, bold=True),
        "name": Font(13, 0.74, bold=True),
        "text": Font(12, 0.66),
        "mono": Font(12, 0.62, mono=True),
        "nic": Font(11, 0.62, mono=True),
    }
)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; without `paint` it only says where something may be."""

    x: float
    y: float
    w: float
    h: float
    paint: str = ""
    radius: float = 6

    @property
    def right(self) -> float:
        """The right edge."""
        return self.x + self.w

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.y + self.h

    @property
    def middle(self) -> Point:
        """The centre."""
        return self.x + self.w / 2, self.y + self.h / 2

    def inset(self, left: float, top: float, right: float, bottom: float) -> Box:
        """The undrawn rest of it inside these margins."""
        return Box(self.x + left, self.y + top, self.w - left - right, self.h - top - bottom)


@dataclass(frozen=True, slots=True)
class Label:
    """One line of text in its place, in the middle of its height. `align` is start, middle or end."""

    text: str
    place: Box
    font: str
    ink: str
    align: str

    @property
    def anchor(self) -> Point:
        """Where the text is anchored: x by `align`, y of the baseline."""
        x = {"start": self.place.x, "middle": self.place.middle[0], "end": self.place.right}[self.align]
        # Digits and capitals are about 0.72 of the size high.
        return x, self.place.middle[1] + FONTS[self.font].size * 0.36

    @property
    def extent(self) -> Box:
        """What the text covers, descenders too."""
        font = FONTS[self.font]
        width, (x, baseline) = font.width(self.text), self.anchor
        left = x - {"start": 0.0, "middle": width / 2, "end": width}[self.align]
        return Box(left, baseline - font.size * 0.76, width, font.size)


@dataclass(frozen=True, slots=True)
class Line:
    """Through `points`; `curved` bends between two of them, leaving and arriving vertically; `arrow` ends in a head."""

    points: tuple[Point, ...]
    paint: str
    thickness: float
    curved: bool = False
    arrow: bool = False


@dataclass(frozen=True, slots=True)
class Dot:
    """A filled circle."""

    centre: Point
    radius: float
    paint: str


Item: TypeAlias = Box | Label | Line | Dot


@dataclass(slots=True)
class Drawing:
    """A picture of `width` by `height` user units. `title` and `description` are for readers who can't see it."""

    title: str
    description: str
    width: float = 0
    height: float = 0
    items: list[Item] = field(default_factory=list)

    def box(self, box: Box) -> Box:
        """Draw a box."""
        self.items.append(box)
        return box

    def text(self, text: str, place: Box, font: str = "text", ink: str = "ink", align: str = "start") -> None:
        """Write one line; what does not fit its place is shortened in the middle."""
        self.items.append(Label(shortened(text, place.w, font), place, font, ink, align))

    def line(self, *points: Point, paint: str, thickness: float, curved: bool = False, arrow: bool = False) -> None:
        """Draw a line."""
        self.items.append(Line(points, paint, thickness, curved, arrow))

    def dot(self, centre: Point, radius: float, paint: str) -> None:
        """Draw a dot."""
        self.items.append(Dot(centre, radius, paint))

    def ordered(self) -> Iterator[Item]:
        """From the lowest: boxes (the larger lower), lines (the thinner lower), dots, labels."""
        yield from sorted((i for i in self.items if isinstance(i, Box) and i.paint), key=lambda b: -b.w * b.h)
        yield from sorted((i for i in self.items if isinstance(i, Line)), key=lambda line: line.thickness)
        yield from (i for i in self.items if isinstance(i, Dot))
        yield from (i for i in self.items if isinstance(i, Label))


def shortened(text: str, width: float, font: str) -> str:
    """The text itself if it fits, otherwise its two ends round an ellipsis."""
    if FONTS[font].width(text) <= width + _ROUNDING:
        return text
    kept = max(int(width / FONTS[font].width("m")) - 1, 1)
    tail = kept // 2
    return text[: kept - tail] + ELLIPSIS + (text[-tail:] if tail else "")


def wrapped(text: str, width: float, font: str) -> tuple[str, ...]:
    """The text in lines of at most `width`, broken at spaces; a longer word is shortened."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and FONTS[font].width(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(shortened(word, width, font))
    return tuple(lines)
