"""What happened when, as bars in lanes: bars that overlap in time lie in different lanes, in as few as it takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pictures.drawing import FONTS, Box, Drawing

FONT = "nic"
LANE = 18.0
_BAR = 14.0
_THIN, _THIN_LANE = 4.0, 6.0
_LEAST = 1.5
"""The width of what took no time, so that it can be seen."""
_GAP = 2.0
_LABEL, _BESIDE = 260.0, 5.0
_STEPS = (1, 2, 5, 10, 15, 20, 30, 60, 120, 240, 300, 600, 1200, 1800, 3600)


@dataclass(frozen=True, slots=True)
class Bar:
    """Something from `start` on for so many `seconds`; `marked` ones stand out."""

    name: str
    start: float
    seconds: float
    marked: bool


@dataclass(frozen=True, slots=True)
class Scale:
    """Where a time is in the picture: 0 at `left`, `whole` (seconds) at `right`."""

    left: float
    right: float
    whole: float

    def x(self, seconds: float) -> float:
        """The place of a time."""
        return self.left + (self.right - self.left) * (seconds / self.whole if self.whole else 0.0)

    def ticks(self, unit: float = 1.0, most: int = 12) -> Iterator[tuple[float, float]]:
        """(number, its place) at round numbers of a unit of so many seconds."""
        total = self.whole / unit
        step = next((step for step in _STEPS if total / step <= most), max(total / most, 1.0))
        number = 0.0
        while number <= total:
            yield number, self.x(number * unit)
            number += step


@dataclass(frozen=True, slots=True)
class _Placed:
    """A bar and its label, or none, by their x; together they need from `left` to `right`."""

    bar: Bar
    start: float
    end: float
    label: float
    width: float

    @property
    def left(self) -> float:
        return min(self.start, self.label) if self.width else self.start

    @property
    def right(self) -> float:
        return max(self.end, self.label + self.width) if self.width else self.end

    @property
    def inside(self) -> bool:
        return self.start <= self.label and self.label + self.width <= self.end


def draw(drawing: Drawing, bars: Sequence[Bar], scale: Scale, y: float, named: float) -> float:
    """Draw bars from height `y` on: marked ones and those of at least `named` seconds with their names, the others in
    thin lanes below. Gives the height at which they end."""
    tall: dict[bool, list[Bar]] = {True: [], False: []}
    for bar in bars:
        tall[bar.marked or bar.seconds >= named].append(bar)
    for lane in _lanes(_labelled(bar, scale) for bar in tall[True]):
        for placed in lane:
            _bar(drawing, placed, y)
        y += LANE
    for lane in _lanes(_bare(bar, scale) for bar in tall[False]):
        for placed in lane:
            drawing.box(Box(placed.start, y + 1, placed.end - placed.start, _THIN, "head", 1))
        y += _THIN_LANE
    return y


def grid(drawing: Drawing, place: Box, xs: Iterable[float], obstacles: Sequence[Box]) -> None:
    """Vertical lines at `xs` from top to bottom of a place, behind the obstacles in it."""
    for x in xs:
        y = place.y
        for box in sorted((box for box in obstacles if box.x - 2 < x < box.right + 2), key=lambda box: box.y):
            _piece(drawing, x, y, box.y - 1)
            y = max(y, box.bottom + 1)
        _piece(drawing, x, y, place.bottom)


def _piece(drawing: Drawing, x: float, top: float, bottom: float) -> None:
    if bottom - top >= 3:
        drawing.line((x, top), (x, bottom), paint="arrow", thickness=0.5)


def _bare(bar: Bar, scale: Scale) -> _Placed:
    start = min(scale.x(bar.start), scale.right - _LEAST)
    return _Placed(bar, start, max(scale.x(bar.start + bar.seconds), start + _LEAST), 0, 0)


def _labelled(bar: Bar, scale: Scale) -> _Placed:
    """The name stands in its bar if that is wide enough, otherwise behind it, or before where the picture ends."""
    bare = _bare(bar, scale)
    width = min(FONTS[FONT].width(bar.name), _LABEL)
    if bare.end - bare.start >= width + 2 * _BESIDE:
        label = bare.start + _BESIDE
    elif bare.end + _BESIDE + width <= scale.right:
        label = bare.end + _BESIDE
    else:
        label = bare.start - _BESIDE - width
    return _Placed(bar, bare.start, bare.end, label, width)


def _lanes(bars: Iterable[_Placed]) -> list[list[_Placed]]:
    """Each bar in the first lane that is free there."""
    lanes: list[list[_Placed]] = []
    for bar in sorted(bars, key=lambda placed: (placed.left, placed.bar.name)):
        free = (lane for lane in lanes if lane[-1].right + _GAP <= bar.left)
        lane = next(free, None)
        if lane is None:
            lanes.append([bar])
        else:
            lane.append(bar)
    return lanes


def _bar(drawing: Drawing, placed: _Placed, y: float) -> None:
    paint = "path" if placed.bar.marked else "ghost"
    drawing.box(Box(placed.start, y + (LANE - _BAR) / 2, placed.end - placed.start, _BAR, paint, 2))
    ink = "plain" if placed.inside and placed.bar.marked else "ink" if placed.bar.marked else "muted"
    align = "end" if placed.label < placed.start else "start"
    drawing.text(placed.bar.name, Box(placed.label, y, placed.width, LANE), FONT, ink, align)
