"""Colours, once for a light page and once for a dark one.

Every picture brings its own page, so that it can be read wherever it lands; a viewer that knows no media queries
shows the light one. Roles have the colours of the source document. A wire has a colour that no role has.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pictures.drawing import FONTS

LIGHT: Mapping[str, str] = MappingProxyType(
    {
        "page": "#ffffff",
        "panel": "#f6f8fa",
        "card": "#ffffff",
        "edge": "#d1d9e0",
        "ink": "#1f2328",
        "muted": "#59636e",
        "plain": "#ffffff",
        "arrow": "#818b98",
        "master": "#c9303c",
        "worker": "#1a7f37",
        "compute": "#0969da",
        "master-tint": "#fff1f0",
        "worker-tint": "#ecf9ee",
        "compute-tint": "#edf6ff",
        "wire-0": "#8250df",
        "wire-1": "#a85d00",
        "wire-2": "#147d86",
        "wire-3": "#a8327d",
    }
)
DARK: Mapping[str, str] = MappingProxyType(
    {
        "page": "#0d1117",
        "panel": "#151b23",
        "card": "#0d1117",
        "edge": "#3d444d",
        "ink": "#f0f6fc",
        "muted": "#9198a1",
        "plain": "#ffffff",
        "arrow": "#9198a1",
        "master": "#cf3a40",
        "worker": "#238636",
        "compute": "#1f6feb",
        "master-tint": "#2a171a",
        "worker-tint": "#11261a",
        "compute-tint": "#11213a",
        "wire-0": "#8957e5",
        "wire-1": "#a86300",
        "wire-2": "#1b7f88",
        "wire-3": "#bf4b8a",
    }
)
WIRES = 4
"""Colours for wires; a lab has three."""

_ROLES = ("master", "worker", "compute")
PAINT: Mapping[str, tuple[str | None, str | None]] = MappingProxyType(
    {
        "page": ("page", None),
        "panel": ("panel", "edge"),
        "card": ("card", "edge"),
        "layer": ("panel", "edge"),
        "ghost": ("card", "muted"),
        "ghost-tint": ("panel", None),
        "arrow": (None, "arrow"),
        **{role: (role, None) for role in _ROLES},
        **{f"{role}-card": ("card", role) for role in _ROLES},
        **{f"{role}-cell": (f"{role}-tint", role) for role in _ROLES},
        **{f"{role}-tint": (f"{role}-tint", None) for role in _ROLES},
        **{f"plate-{n}": (f"wire-{n}", None) for n in range(WIRES)},
        **{f"wire-{n}": (None, f"wire-{n}") for n in range(WIRES)},
        **{f"tap-{n}": (f"wire-{n}", "page") for n in range(WIRES)},
        "head": ("arrow", None),
        "path": ("wire-1", None),
    }
)
"""Class of a shape: its fill and its stroke, by colour."""

INKS = ("ink", "muted", "plain")
_SANS = '-apple-system,"Segoe UI","Noto Sans",Helvetica,Arial,sans-serif'
_MONO = 'ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace'


def css() -> str:
    """The style sheet of every picture."""
    lines = [
        f".{name}{{font:{'bold ' if font.bold else ''}{font.size:g}px {_MONO if font.mono else _SANS}}}"
        for name, font in FONTS.items()
    ]
    lines += _colours(LIGHT)
    lines += ["@media (prefers-color-scheme:dark){", *_colours(DARK), "}"]
    return "\n".join(lines)


def _colours(theme: Mapping[str, str]) -> list[str]:
    shapes = [
        f".{name}{{fill:{theme[fill] if fill else 'none'};stroke:{theme[stroke] if stroke else 'none'}}}"
        for name, (fill, stroke) in PAINT.items()
    ]
    return shapes + [f".{ink}{{fill:{theme[ink]}}}" for ink in INKS]
