"""The rows as text, and as JSON for tools."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from drift.rows import Row

_TITLES = ("RESOURCE", "PROPERTY", "RECORDED", "FOUND")
_NEXT = "->"


def text(stack: str, rows: Sequence[Row], unread: Mapping[str, str]) -> str:
    """A line a difference, and below it what the next `up` does about it. ``unread``: what could not be compared, and
    why."""
    lines = []
    if rows:
        cells = [_TITLES, *((row.resource, row.property, row.recorded, row.found) for row in rows)]
        widths = [max(len(cell[column]) for cell in cells) for column in range(len(_TITLES))]
        for number, cell in enumerate(cells):
            columns = (f"{word:{width}}" for word, width in zip(cell, widths, strict=True))
            lines.append("  ".join(columns).rstrip())
            lines += [f"  {_NEXT} {rows[number - 1].after}"] if number else []
        lines.append("")
    lines += [f"Not compared: {what}: {why}" for what, why in unread.items()]
    return "\n".join([*lines, _summary(stack, rows, unread), ""])


def document(stack: str, rows: Sequence[Row], unread: Mapping[str, str]) -> str:
    """One object: ``stack``, ``differences`` as `Row` has them, ``unread`` (what, why)."""
    content = {"stack": stack, "differences": [asdict(row) for row in rows], "unread": dict(unread)}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _summary(stack: str, rows: Sequence[Row], unread: Mapping[str, str]) -> str:
    if not rows:
        return f"Stack {stack}: {'no difference in the rest' if unread else 'nothing differs from the state'}."
    mended = sum(row.mended for row in rows)
    put_back = f"{mended} can be put back: make drift STACK={stack} PUT_BACK=1" if mended else "none can be put back"
    return f"Stack {stack}: {len(rows)} difference{'s' * (len(rows) != 1)}; {put_back}."
