"""Judges one check against what the API server returned: ready, still waiting (and why), or failed for good.

Pure functions on parsed JSON, so that every rule can be tested without a server.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .model import Check, Condition, Exists, Field, Members, ObjectCondition

Object = Mapping[str, Any]


@dataclass(frozen=True)
class Verdict:
    """The state of one thing; ``message`` says why it is not ready, in the object's own words where it has any."""

    name: str
    ready: bool
    message: str = ""
    failed: bool = False


@dataclass(frozen=True)
class Found:
    """Access to what one round fetched: the object at a path, the members of the list at a path; None: not there."""

    one: Callable[[str], Object | None]
    all: Callable[[str], list[Object] | None]


def judge(check: Check, found: Found) -> list[Verdict]:
    """All verdicts of one check; more than one only for :class:`Members`."""
    if isinstance(check, Members):
        return _members(check, found.all(check.path))
    obj = found.one(check.path)
    if obj is None:
        return [Verdict(check.name, False, "not found")]
    if obj.get("metadata", {}).get("deletionTimestamp"):
        return [Verdict(check.name, False, "is being deleted")]
    if isinstance(check, ObjectCondition):
        return [_condition(check.name, check.condition, obj)]
    if isinstance(check, Field):
        return [_field(check, obj)]
    assert isinstance(check, Exists)
    return [Verdict(check.name, True)]


def _members(check: Members, objects: list[Object] | None) -> list[Verdict]:
    by_name = {obj["metadata"]["name"]: obj for obj in objects or []}
    verdicts = []
    for name in check.names:
        called = f"{check.name} {name}"
        obj = by_name.pop(name, None)
        if obj is None:
            verdicts.append(Verdict(called, False, "not found"))
        elif obj["metadata"].get("deletionTimestamp"):
            verdicts.append(Verdict(called, False, "is being deleted"))
        elif check.condition is None:
            verdicts.append(Verdict(called, True))
        else:
            verdicts.append(_condition(called, check.condition, obj))
    # Not counted as failed: a left-over member may be on its way out.
    verdicts += [Verdict(f"{check.name} {name}", False, "is there but not expected") for name in sorted(by_name)]
    return verdicts


def _condition(name: str, wanted: Condition, obj: Object) -> Verdict:
    generation = obj["metadata"].get("generation")
    status = obj.get("status") or {}
    if wanted.observed_generation and _stale(generation, status):
        # Nothing the status says is about the spec we wait for, a failure included.
        return Verdict(name, False, _behind(generation, status))
    conditions = {entry["type"]: entry for entry in status.get("conditions") or [] if "type" in entry}
    for failure in wanted.failed_when:
        entry = conditions.get(failure.type)
        if entry is None or (wanted.observed_generation and _stale(generation, entry)):
            continue
        if entry.get("status") == failure.status and failure.reason in (None, entry.get("reason")):
            return Verdict(name, False, _own_words(entry), failed=True)
    entry = conditions.get(wanted.type)
    if entry is None:
        return Verdict(name, False, f"no condition {wanted.type} yet")
    if wanted.observed_generation and _stale(generation, entry):
        return Verdict(name, False, _behind(generation, entry))
    if entry.get("status") != wanted.status:
        return Verdict(name, False, _own_words(entry))
    return Verdict(name, True)


def _field(check: Field, obj: Object) -> Verdict:
    value = _at(obj, check.field)
    if value == check.equals:
        return Verdict(check.name, True)
    said = _at(obj, check.message) if check.message else None
    message = f"{check.field} is {value or 'not set'}" + (f": {said}" if said else "")
    return Verdict(check.name, False, message, failed=value in check.failed)


def _at(obj: Object, dotted: str) -> str | None:
    """The value at a dotted path as text ("true", "3", "Succeeded"), None where the path ends early."""
    value: Any = obj
    for part in dotted.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return None
        value = value[part]
    return str(value).lower() if isinstance(value, bool) else str(value)


def _stale(generation: int | None, said: Mapping[str, Any]) -> bool:
    observed = said.get("observedGeneration")
    return bool(observed) and generation is not None and observed != generation


def _behind(generation: int | None, said: Mapping[str, Any]) -> str:
    return f"generation {generation} not looked at yet (at {said.get('observedGeneration')})"


def _own_words(entry: Mapping[str, Any]) -> str:
    words = f"{entry['type']} is {entry.get('status')}"
    details = ": ".join(part for part in (entry.get("reason"), entry.get("message")) if part)
    return f"{words} ({details})" if details else words
