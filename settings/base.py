"""The one base of every settings model, the four change classes, and units.

Frozen, because the plan, the documents and the resources are all derived from one set of settings and must not see
two different ones. `extra="forbid"`, because a misspelt key that is silently ignored builds the wrong lab. A section
is never optional, only what is in it: what a stack records of its settings then always has the same fields.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, JsonValue
from pydantic.alias_generators import to_camel

Change: TypeAlias = Literal["free", "grows", "rebuild", "fixed"]
"""What a change of a setting means for a lab that is already there (see the constants below)."""

FREE: dict[str, JsonValue] = {"change": "free"}
"""Applies in place."""

GROWS: dict[str, JsonValue] = {"change": "grows"}
"""Raising it applies in place; lowering it takes away what is there and is guarded."""

REBUILD: dict[str, JsonValue] = {"change": "rebuild"}
"""Needs a higher `generation`: every machine and the installation are made anew."""

FIXED: dict[str, JsonValue] = {"change": "fixed"}
"""Needs a new stack."""

HIDDEN: dict[str, JsonValue] = {"shown": False}
"""A wrong value is not quoted, for what is easily pasted here by mistake is a secret."""


def unit(name: str) -> dict[str, JsonValue]:
    """What a number counts: MiB, GB, seconds, …"""
    return {"unit": name}


class Model(BaseModel):
    """Base of all settings: frozen, strict about keys, camelCase outside and snake_case inside."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        hide_input_in_errors=True,
    )
