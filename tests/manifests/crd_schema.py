"""Whether an object is valid under upstream's custom resource definitions, judged as the API server does with
``fieldValidation=Strict``, but without one: in a millisecond, so that properties over any lab can ask it.

What it cannot judge are rules in CEL (``x-kubernetes-validations``) and what webhooks refuse. tests/api asks a real
server, and checks that both say the same.
"""

from __future__ import annotations

import base64
import binascii
import functools
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

Schema = Mapping[str, Any]
Definition = dict[str, Any]

_TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}
_METADATA = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "namespace": {"type": "string"},
        "labels": _TEXTS,
        "annotations": _TEXTS,
        "finalizers": {"type": "array", "items": {"type": "string"}},
    },
}
"""What a manifest writes of ObjectMeta, which definitions leave to the server."""

_JUDGED = frozenset(
    "type properties additionalProperties items required nullable default enum pattern format minimum maximum minLength"
    " maxLength minItems maxItems minProperties maxProperties x-kubernetes-int-or-string x-kubernetes-list-type"
    " x-kubernetes-list-map-keys x-kubernetes-preserve-unknown-fields".split()
)
_WITHOUT_EFFECT = frozenset({"description", "x-kubernetes-map-type", "x-kubernetes-validations"})
_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}


def documents(*directories: Path) -> dict[str, Definition]:
    """The CustomResourceDefinitions in the YAML files below the directories, by name; a later directory wins."""
    files = [path for directory in directories for path in sorted(directory.rglob("*.yaml"))]
    return {document["metadata"]["name"]: document for path in files for document in _parsed(path)}


@functools.cache
def _parsed(path: Path) -> tuple[Definition, ...]:
    # libyaml's loader: upstream's files are 7 MB, which takes Python's own half a minute.
    found = yaml.load_all(path.read_text(), yaml.CSafeLoader)
    return tuple(document for document in found if document and document["kind"] == "CustomResourceDefinition")


def definitions(*directories: Path) -> dict[tuple[str, str], Schema]:
    """The schema of each served version, by apiVersion and kind; a later directory wins."""
    return {
        (f"{spec['group']}/{version['name']}", spec["names"]["kind"]): version["schema"]["openAPIV3Schema"]
        for spec in (document["spec"] for document in documents(*directories).values())
        for version in spec["versions"]
        if version["served"]
    }


def faults(obj: Mapping[str, Any], schema: Schema) -> list[str]:
    """Everything the server would complain of, each with its place, like ``spec.networks[0].mtu: …``.

    Raises ValueError for a schema with a keyword that is not understood, for silence would pass as approval.
    """
    own = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": _METADATA}
    whole = {**schema, "properties": {**schema.get("properties", {}), **own}}
    sent = json.loads(json.dumps(obj))
    return list(_faults(sent, {**whole, "required": [*schema.get("required", ()), *own]}, ""))


def _faults(value: Any, schema: Schema, path: str) -> Iterator[str]:
    # Beside int-or-string, anyOf only says the same again.
    again = {"anyOf"} if schema.get("x-kubernetes-int-or-string") else set()
    if unknown := schema.keys() - _JUDGED - _WITHOUT_EFFECT - again:
        raise ValueError(f"{path}: schema keywords that are not understood: {', '.join(sorted(unknown))}")
    if value is None and schema.get("nullable"):
        return
    wanted = _types(schema)
    found = _TYPES.get(type(value), "null")
    if wanted and found not in wanted:
        yield f"{path}: must be {' or '.join(wanted)}, not {found}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path}: {value!r} is none of {', '.join(map(repr, schema['enum']))}"
    if isinstance(value, dict):
        yield from _sized(len(value), schema, "Properties", path)
        yield from _object(value, schema, path)
    elif isinstance(value, list):
        yield from _sized(len(value), schema, "Items", path)
        yield from _list(value, schema, path)
    elif isinstance(value, str):
        yield from _sized(len(value), schema, "Length", path)
        yield from _text(value, schema, path)
    elif isinstance(value, int | float):
        yield from _number(value, schema, path)


def _types(schema: Schema) -> tuple[str, ...]:
    """The types of JSON that the schema takes; none stands for all of them."""
    if schema.get("x-kubernetes-int-or-string"):
        return ("integer", "string")
    named = schema.get("type")
    return ("integer", "number") if named == "number" else (named,) if named else ()


def _sized(size: int, schema: Schema, what: str, path: str) -> Iterator[str]:
    if not schema.get(f"min{what}", 0) <= size <= schema.get(f"max{what}", size):
        yield f"{path}: {what.lower()}: {size} is out of range"


def _object(value: dict[str, Any], schema: Schema, path: str) -> Iterator[str]:
    known, others = schema.get("properties", {}), schema.get("additionalProperties")
    open_ended = schema.get("x-kubernetes-preserve-unknown-fields") or others is not None
    # As on the server, a null counts as not given unless the field may be null, and defaults come before "required".
    given = {
        key: item
        for key, item in value.items()
        if item is not None or known.get(key, others if isinstance(others, dict) else {}).get("nullable")
    }
    defaults = {key: field["default"] for key, field in known.items() if "default" in field}
    complete = defaults | given
    for key in value:
        if key not in known and not open_ended:
            yield f"{_below(path, key)}: unknown field"
    for key in schema.get("required", ()):
        if key not in complete:
            yield f"{_below(path, key)}: required"
    for key, item in complete.items():
        if key in known:
            yield from _faults(item, known[key], _below(path, key))
        elif isinstance(others, dict):
            yield from _faults(item, others, f"{path}[{key}]")


def _below(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _list(value: list[Any], schema: Schema, path: str) -> Iterator[str]:
    items = schema.get("items")
    if items is None:  # anything goes here
        return
    for number, item in enumerate(value):
        yield from _faults(item, items, f"{path}[{number}]")
    kind = schema.get("x-kubernetes-list-type")
    if kind not in ("map", "set"):
        return
    known = items.get("properties", {})
    keys = schema.get("x-kubernetes-list-map-keys", ())
    seen = set()
    for number, item in enumerate(value):
        if kind == "map" and not isinstance(item, dict):
            continue
        part = [item.get(key, known[key].get("default")) for key in keys] if kind == "map" else item
        mark = json.dumps(part, sort_keys=True)
        if mark in seen:
            yield f"{path}[{number}]: a second {mark}"
        seen.add(mark)


def _text(value: str, schema: Schema, path: str) -> Iterator[str]:
    # In Go's patterns $ is the very end; in Python's a newline may follow.
    if "pattern" in schema and not re.search(re.sub(r"(?<!\\)\$(?=\||\)|$)", r"\\Z", schema["pattern"]), value):
        yield f"{path}: {value!r} does not match {schema['pattern']}"
    if schema.get("format") == "byte" and not _is_base64(value):
        yield f"{path}: is not base64"


def _is_base64(value: str) -> bool:
    try:
        # The server takes no empty text for bytes either.
        return base64.b64decode(value, validate=True) != b""
    except binascii.Error:
        return False


def _number(value: float, schema: Schema, path: str) -> Iterator[str]:
    # A format such as int32 is a hint to clients, here as on the server.
    if not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        yield f"{path}: {value} is out of range"
