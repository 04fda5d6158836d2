"""Lists and single objects as the real client prints them: ``-f table`` (the default), ``value`` or ``json``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

FORMATS = ("table", "value", "json")

Row = Mapping[str, Any]


def listed(rows: Sequence[Row], columns: Sequence[str], wanted: Sequence[str], form: str) -> str:
    """A list command's output. ``wanted`` chooses among the columns, whose order stays the table's (cliff's rule)."""
    chosen = [column for column in columns if not wanted or column in wanted]
    if form == "json":
        return json.dumps([{column: row[column] for column in chosen} for row in rows], indent=2)
    cells = [[_text(row[column]) for column in chosen] for row in rows]
    if form == "value":
        return "\n".join(" ".join(line) for line in cells)
    return _table([list(chosen), *cells]) if cells else ""


def shown(row: Row, wanted: Sequence[str], form: str) -> str:
    """A single object's output, a field a line."""
    chosen = [field for field in sorted(row) if not wanted or field in wanted]
    if form == "json":
        return json.dumps({field: row[field] for field in chosen}, indent=2)
    if form == "value":
        return "\n".join(_text(row[field]) for field in chosen)
    return _table([["Field", "Value"], *([field, _text(row[field])] for field in chosen)])


def _text(value: Any) -> str:
    return "None" if value is None else str(value)


def _table(lines: list[list[str]]) -> str:
    widths = [max(len(line[number]) for line in lines) for number in range(len(lines[0]))]
    rule = "+" + "+".join("-" * (width + 2) for width in widths) + "+"
    rows = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    ]
    return "\n".join([rule, rows[0], rule, *rows[1:], rule])
