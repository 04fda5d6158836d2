"""What differs, a row for each property, from what the engine has read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from drift import remedies
from drift.engine import Seen, type_of

SECRET = "(secret)"
_KUBERNETES_SECRET = "kubernetes:core/v1:Secret"
_BLINDED = "[secret]"
# How the engine writes a secret among properties (Pulumi 3.250, sdk/go/common/resource/sig/sig.go).
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_STEP = re.compile(r'\.?([^.\[\]]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]')
_NOTES = "__defaults"
_ABSENT = object()
_LONGEST = 60


@dataclass(frozen=True)
class Row:
    """One difference. ``after`` says what the next `up` does about it; ``mended`` whether it puts it back."""

    urn: str
    resource: str
    property: str
    recorded: str
    found: str
    after: str
    mended: bool


def rows(seen: Seen, ignored: frozenset[str], uri: str) -> Iterator[Row]:
    """``ignored``: the properties in which the program lets a standing resource be; ``uri`` is libvirt's."""
    called = title(seen)
    if seen.new is None:
        yield Row(seen.urn, called, "", "there", "gone", remedies.gone(seen.type), True)
        return
    for path in seen.paths:
        before, after = _values(seen, path)
        yield Row(seen.urn, called, path, _shown(before), _shown(after), remedies.PUT_BACK, True)
    for name in sorted(ignored):
        for path, before, after in _differences(name, *(_own(seen, side, name) for side in (seen.old, seen.new))):
            remedy = remedies.by_hand(seen.type, path, before, _name(seen), uri)
            yield Row(seen.urn, called, path, _shown(before), _shown(after), remedy, False)


def title(seen: Seen) -> str:
    """Its kind, and what it is called where it is."""
    return f"{remedies.kind(seen.type)} {_name(seen)}"


def _name(seen: Seen) -> str:
    inputs = seen.old.get("inputs") or {}
    metadata = inputs.get("metadata")
    own = metadata.get("name") if isinstance(metadata, Mapping) else inputs.get("name")
    return str(own) if own else seen.urn.rpartition("::")[2]


def _values(seen: Seen, path: str) -> tuple[Any, Any]:
    if type_of(seen.urn) == _KUBERNETES_SECRET and not path.startswith("metadata.labels"):
        # Whatever stands there may hold a value, an annotation that was applied by hand too.
        return _BLINDED, _BLINDED
    before, after = (_at(side.get("inputs"), path) for side in (seen.old, seen.new or {}))
    if before is after is _ABSENT:
        before, after = (_at(side.get("outputs"), path) for side in (seen.old, seen.new or {}))
    return before, after


def _own(seen: Seen, side: Mapping[str, Any], name: str) -> Any:
    """A property as it was read; one that the program leaves to the host is not its business."""
    if name not in (seen.old.get("inputs") or {}):
        return _ABSENT
    return (side.get("outputs") or {}).get(name, _ABSENT)


def _at(properties: Any, path: str) -> Any:
    for match in _STEP.finditer(path):
        name, index, quoted = match.groups()
        key: Any = int(index) if index is not None else name if name is not None else json.loads(f'"{quoted}"')
        if isinstance(properties, Mapping) and _SIGNATURE in properties:
            return _BLINDED
        try:
            properties = properties[key]
        except (KeyError, IndexError, TypeError):
            return _ABSENT
    return properties


def _differences(path: str, before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    """(path, before, after) of each leaf that differs; a list that grew or shrank is one leaf."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted({*before, *after}):
            yield from _differences(f"{path}.{key}", before.get(key, _ABSENT), after.get(key, _ABSENT))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _differences(f"{path}[{index}]", one, other)
    elif before is not _ABSENT and after is not _ABSENT and before != after:
        yield path, before, after


def _shown(value: Any) -> str:
    if value is _ABSENT:
        return "(none)"
    if value == _BLINDED or (isinstance(value, Mapping) and _SIGNATURE in value):
        return SECRET
    # A secret somewhere inside is blinded there by the engine.
    text = value if isinstance(value, str) else json.dumps(_told(value), ensure_ascii=False)
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _told(value: Any) -> Any:
    """Without what the plugins' bridge notes for itself."""
    if isinstance(value, Mapping):
        return {key: _told(one) for key, one in value.items() if key != _NOTES}
    return [_told(one) for one in value] if isinstance(value, list) else value
