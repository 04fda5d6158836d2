"""A plan as JSON for tools: everything that is in it, under the names that `network.model` has for it.

A range is a list of its first and its last address, an address on a machine has its prefix length (`10.0.0.5/24`),
and what there is none of is null or empty. A reader may rely on names and shapes as long as `version` is the same.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from network.model import Plan

VERSION = 1
"""Raised when a name or a shape changes; something new beside the old is no such change."""


def document(plan: Plan) -> dict[str, Any]:
    """The plan as JSON's own types."""
    return {"version": VERSION, **_plain(plan)}


def text(plan: Plan) -> str:
    """The document, indented, ending in a newline."""
    return json.dumps(document(plan), indent=2) + "\n"


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, int) else str(value)
