"""A preview's answer to one change, in words: what is refused and why, or which resources would change and how."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import inf
from typing import Any

from rehearsal import changetable
from rehearsal.changetable import NOTHING, REFUSED, Row
from settings.catalogue import ANY

# Replacing is told three times in a plan: as itself, as the new one's creation, as the old one's removal.
_OPERATIONS = ("create", "update", "replace", "delete")
_TOLD = {"create": 4, "update": 4}
"""How many names of a type are told; more are counted. What would go is always told by name."""
_KEPT = re.compile(r"\b(?:Domain|Volume|Network|Pool)\b|`(?:cluster-image|openshift-\S+-complete|\S+-cloud-init)`")
"""What may go for nothing less than a higher generation: machines, their disks and media, the installation."""

_BLUEPRINT = re.compile(r"resource 'blueprint' has a problem: (?P<field>\S+?): (?P<sentence>.*)", re.DOTALL)
_SETTINGS = re.compile(r"The settings of stack \S+ have .*? nothing was created:\n(?P<problems>.*)", re.DOTALL)
_REMEDY = re.compile(r" Raise generation above \d+ .*", re.DOTALL)
_RECORDED = re.compile(r"^recorded .*?, now .*?\. (?=[A-Z])", re.DOTALL)


def plan(path: str, previewed: Mapping[str, Any]) -> str:
    """A preview's answer to a change of the setting at `path`, as Markdown."""
    errors = [each["message"] for each in previewed.get("diagnostics", []) if each["severity"] == "error"]
    if errors:
        return changetable.escaped(_refusal(path.replace(f"hosts.{ANY}.", "hosts."), errors))
    found = [
        f"{operation} {', '.join(_named(kind, names, most) for kind, names in sorted(kinds.items()))}"
        for operation, kinds in _operations(previewed["steps"]).items()
        for most in [0 if path == "generation" else _TOLD.get(operation, inf)]
    ]
    return "; ".join(found) or NOTHING


def _refusal(path: str, errors: Sequence[str]) -> str:
    """Refused, with the sentence about the setting itself if there is one, and by which others."""
    found = {m["field"]: _sentence(m["sentence"]) for m in map(_BLUEPRINT.search, errors) if m}
    if path in found:
        others = ", ".join(f"`{field}`" for field in found if field != path)
        return f"{REFUSED}: {found[path]}" + (f" Also refused: {others}." if others else "")
    if found:
        return f"{REFUSED} because of {', '.join(f'`{field}`' for field in found)}: {next(iter(found.values()))}"
    for by_settings in filter(None, map(_SETTINGS.search, errors)):
        first, *more = re.split(r"\n  (?=\S)", by_settings["problems"].strip())
        return f"{REFUSED} by the settings: {first}" + (f" And {len(more)} more." if more else "")
    return f"{REFUSED}: {errors[0].removeprefix('error: ')}"


def _sentence(said: str) -> str:
    """The reason alone: what was recorded is the row's, and the remedy is the same everywhere."""
    return _RECORDED.sub("", _REMEDY.sub("", said)).strip()


def _operations(steps: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, list[str]]]:
    """Operation → type → names, in the order in which they matter."""
    found: dict[str, dict[str, list[str]]] = {operation: defaultdict(list) for operation in _OPERATIONS}
    for step in steps:
        if step["op"] in found and not _is_component(step["urn"]):
            found[step["op"]][kind(step["urn"])].append(step["urn"].rpartition("::")[2])
    return {operation: dict(kinds) for operation, kinds in found.items() if kinds}


def _named(kind: str, names: Sequence[str], most: float) -> str:
    if len(names) > most:
        return f"{kind} ({len(names)})"
    # Sorted, because the engine lists what is independent in the order in which it happened to come to it.
    return f"{kind} {' '.join(f'`{name}`' for name in sorted(names))}"


def kind(urn: str) -> str:
    """The last word of a resource's type; the one dynamic resource by its own name."""
    last = urn.split("::")[2].rpartition("$")[2]
    return "Blueprint" if last == "pulumi-python:dynamic:Resource" else last.rpartition(":")[2]


def _is_component(urn: str) -> bool:
    return urn.split("::")[2].rpartition("$")[2].startswith(("rhoso:", "pulumi:"))


def forbidden(row: Row) -> str | None:
    """Why what the engine plans must not happen to an installed lab; None for what may."""
    refused = row.plan.startswith(REFUSED)
    if row.kind in ("fixed", "rebuild"):
        return None if refused else f"{row.path} is {row.kind}, and its change was not refused: {row.plan}"
    if refused or row.path == "generation":
        return None
    for part in row.plan.split("; "):
        if part.startswith(("replace ", "delete ")) and _KEPT.search(part):
            return f"{row.path} is {row.kind}, and would {part}"
    return None
