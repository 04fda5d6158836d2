"""Prints what the server answered: its own tables, JSON, YAML or names."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import yaml

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"


def table(answer: dict[str, Any], wide: bool, headers: bool, with_namespace: bool) -> str:
    """The server's table, with the columns of priority 0 only unless ``wide``."""
    columns = [i for i, column in enumerate(answer["columnDefinitions"]) if wide or column.get("priority", 0) == 0]
    rows = [[_text(row["cells"][i]) for i in columns] for row in answer.get("rows") or ()]
    titles = [str(answer["columnDefinitions"][i]["name"]).upper() for i in columns]
    if with_namespace:
        titles.insert(0, "NAMESPACE")
        for row, entry in zip(rows, answer.get("rows") or (), strict=True):
            row.insert(0, entry["object"]["metadata"].get("namespace", ""))
    return columns_of([titles, *rows] if headers else rows)


def columns_of(rows: Sequence[Sequence[str]]) -> str:
    """Rows as aligned text, three spaces apart."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return "\n".join(
        "   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def documents(objects: Sequence[dict[str, Any]], as_list: bool, form: str) -> str:
    """Objects as ``json`` or ``yaml``, without managedFields, which nobody reads."""
    for obj in objects:
        obj.get("metadata", {}).pop("managedFields", None)
    value: Any = {"apiVersion": "v1", "kind": "List", "items": list(objects)} if as_list else objects[0]
    if form == "json":
        return json.dumps(value, indent=4)
    return yaml.safe_dump(value, sort_keys=False).rstrip("\n")


def names(kind: str, group: str, found: Iterable[str]) -> str:
    """ "node/master-0" or "netconfig.network.openstack.org/netconfig", one a line."""
    prefix = f"{kind.lower()}.{group}" if group else kind.lower()
    return "\n".join(f"{prefix}/{name}" for name in found)


def _text(cell: object) -> str:
    return "<none>" if cell is None else str(cell)
