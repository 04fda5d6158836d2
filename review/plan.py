"""What the engine planned, from the JSON that ``pulumi preview`` prints."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_BLUEPRINT = "::blueprint"
_FAILED = "preview failed"
"""What the engine says at the end of every preview that failed."""
UNKNOWN_VALUE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""Stands for a value that only the change itself tells (pulumi sdk/go/common/resource/plugin/rpc.go)."""


@dataclass(frozen=True, slots=True)
class Step:
    """One resource that does not stay as it is. `op` is the engine's word; `differences` one line each."""

    op: str
    urn: str
    type: str
    name: str
    differences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """`complete`: whether the engine came to the end; `refusals` are the blueprint's sentences, `errors` others';
    `broken` what breaks a rule of policy/."""

    steps: tuple[Step, ...]
    same: int
    complete: bool
    refusals: tuple[str, ...]
    errors: tuple[str, ...]
    warnings: tuple[str, ...]
    broken: tuple[str, ...] = ()

    @property
    def summary(self) -> Counter[str]:
        """How many resources per operation."""
        return Counter(step.op for step in self.steps)


def read(preview: Mapping[str, Any]) -> Plan:
    """The plan in the engine's JSON; an empty document is a preview that never began."""
    steps = preview.get("steps") or []
    told = [(str(entry.get("urn") or ""), entry) for entry in preview.get("diagnostics") or ()]
    errors = [(urn, _sentence(entry)) for urn, entry in told if entry.get("severity") == "error"]
    refusals = tuple(dict.fromkeys(text for urn, text in errors if urn.endswith(_BLUEPRINT)))
    others = tuple(dict.fromkeys(text for urn, text in errors if not urn.endswith(_BLUEPRINT) and text != _FAILED))
    warnings = tuple(dict.fromkeys(_sentence(entry) for _, entry in told if entry.get("severity") == "warning"))
    return Plan(
        steps=tuple(_step(step) for step in steps if step["op"] != "same"),
        same=int((preview.get("changeSummary") or {}).get("same", 0)),
        complete="changeSummary" in preview and not errors,
        refusals=refusals,
        errors=others,
        warnings=warnings,
    )


def failed(said: str) -> Plan:
    """A preview that ended without a plan, with the engine's last words."""
    return Plan((), 0, False, (), (said.strip() or "The preview ended without a word.",), ())


def _sentence(entry: Mapping[str, Any]) -> str:
    return str(entry.get("message", "")).strip().removeprefix(f"{entry.get('severity')}: ")


def _step(step: Mapping[str, Any]) -> Step:
    _, _, kind, name = str(step["urn"]).split("::", 3)
    old, new = ((step.get(state) or {}).get("inputs") or {} for state in ("oldState", "newState"))
    return Step(step["op"], step["urn"], kind.rpartition("$")[2], name, tuple(_differences(old, new)))


def _differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """Lines ``- path: value`` and ``+ path: value`` of the inputs that differ."""
    before, after = dict(_flat(old, "")), dict(_flat(new, ""))
    for path in dict.fromkeys((*before, *after)):
        if before.get(path) == after.get(path):
            continue
        if path in before:
            yield f"- {path}: {before[path]}"
        if path in after:
            yield f"+ {path}: {after[path]}"


def _flat(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            # What dynamic resources keep beside their inputs is their code by name, the same for all of them.
            if key not in ("__provider", "__defaults"):
                yield from _flat(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and value:
        for number, item in enumerate(value):
            yield from _flat(item, f"{path}[{number}]")
    elif path:
        yield path, _shown(value)


def _shown(value: Any) -> str:
    if value == UNKNOWN_VALUE:
        return "(known when applied)"
    return value if isinstance(value, str) else json.dumps(value)
