"""The JSON schema of a stack file, for editors: `python -m settings.schema` writes it beside this module.

pydantic makes most of it from the models. What is added here is what the models never see: the keys that Pulumi keeps
around ours, values in the forms in which Pulumi writes them (encrypted, and numbers as text), and descriptions that
tell unit, default and change class, for an editor shows nothing else. A schema judges each value by itself; what
several settings decide together (settings/rules) is for `parse`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

from settings.base import Change
from settings.catalogue import FILLED_IN
from settings.explain import NAMESPACE
from settings.stack import Settings

Schema: TypeAlias = dict[str, Any]

FILE = Path(__file__).with_name("schema.json")

DIALECT = "http://json-schema.org/draft-07/schema#"
"""The newest that every editor's YAML server knows."""

MEANING: dict[Change, str] = {
    "free": "free (applies in place)",
    "grows": "grows (raising it applies in place, lowering it is guarded)",
    "rebuild": "rebuild (needs a higher generation)",
    "fixed": "fixed (needs a new stack)",
}

_ABOUT = ("title", "description", "change", "unit", "default", "examples")
"""What is told of a setting; all other keys of a schema constrain its value."""

_ENCRYPTED = "Encrypted"
# Without a title and a description of its own: an editor would show them instead of the setting's.
_ENCRYPTED_VALUE: Schema = {
    "type": "object",
    "properties": {
        "secure": {
            "title": "Encrypted value",
            "description": "What pulumi config set --secret makes of a value.",
            "type": "string",
        }
    },
    "required": ["secure"],
    "additionalProperties": False,
}

# Source: pulumi/pulumi sdk/go/common/workspace/project.go, ProjectStack.
_PULUMI: Schema = {
    "secretsprovider": {
        "title": "Secrets provider",
        "description": "What encrypts this stack's secrets. Written by Pulumi.",
        "type": "string",
    },
    "encryptedkey": {
        "title": "Encrypted key",
        "description": "The key that a cloud's secrets provider has encrypted. Written by Pulumi.",
        "type": "string",
    },
    "encryptionsalt": {
        "title": "Encryption salt",
        "description": "Goes with the passphrase that encrypts this stack's secrets. Written by Pulumi.",
        "type": "string",
    },
    "environment": {
        "title": "Environment",
        "description": "Environments of Pulumi ESC: a list of names, or a definition.",
        "type": ["array", "object"],
    },
}


def schema() -> Schema:
    """The schema of a whole `Pulumi.<stack>.yaml`, keys in the order of the models."""
    models = Settings.model_json_schema(by_alias=True)
    sections: dict[str, Schema] = models["$defs"]
    for section in (models, *sections.values()):
        section["properties"] = {key: _setting(given, sections) for key, given in section["properties"].items()}
    ours = {key: setting for key, setting in models["properties"].items() if key not in FILLED_IN}
    for setting in ours.values():
        _also_as_json(sections[_name(setting)] if "$ref" in setting else setting)
    # A cluster without a name is called like its stack.
    required = [key for key in models["required"] if key in ours and key != "name"]
    return {
        "$schema": DIALECT,
        "title": f"A stack of {NAMESPACE}",
        "description": "Pulumi.<stack>.yaml. Made from settings/ by make schema.",
        "type": "object",
        "properties": {
            **_PULUMI,
            "config": {
                "title": "Configuration",
                "description": f"The lab's settings, each as {NAMESPACE}:<key>, and those of Pulumi and its providers.",
                "type": "object",
                "properties": {f"{NAMESPACE}:{key}": setting for key, setting in ours.items()},
                "patternProperties": {f"^(?!{NAMESPACE}:)[^:]+:": {}},
                "required": [f"{NAMESPACE}:{key}" for key in required],
                "additionalProperties": False,
            },
        },
        "required": ["config"],
        "additionalProperties": False,
        "$defs": {_ENCRYPTED: _ENCRYPTED_VALUE} | sections,
    }


def text() -> str:
    """The schema as it is committed."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _setting(given: Schema, sections: dict[str, Schema]) -> Schema:
    """One key of a section: a section again, hosts by key, a list, or a single value."""
    about = {key: given[key] for key in _ABOUT if key in given}
    rest = {key: value for key, value in given.items() if key not in (*_ABOUT, "shown")}
    if "$ref" in rest or "patternProperties" in rest:
        del about["change"]  # each setting in a section has its own
    if "$ref" in rest:
        return _section(rest, sections) | about
    if "patternProperties" in rest:
        hosts = {pattern: _section(host, sections) for pattern, host in rest["patternProperties"].items()}
        one = {"minProperties": 1, "maxProperties": 1, "additionalProperties": False}
        return about | rest | {"patternProperties": hosts} | one
    about["description"] = _told(about)
    if "items" in rest:
        items = rest["items"]
        return about | rest | {"items": _section(items, sections) if "$ref" in items else _value(items)}
    return about | _value(rest)


def _name(reference: Schema) -> str:
    return str(reference["$ref"]).rpartition("/")[2]


def _section(reference: Schema, sections: dict[str, Schema]) -> Schema:
    """A section with what its model says of it."""
    model = sections[_name(reference)]
    return {"title": model["title"], "description": model["description"], "$ref": reference["$ref"]}


def _value(kind: Schema) -> Schema:
    """A single value: as itself, as Pulumi may have written it, or encrypted."""
    return {"anyOf": [*_written(kind), {"$ref": f"#/$defs/{_ENCRYPTED}"}]}


def _written(kind: Schema) -> Iterator[Schema]:
    for form in kind.get("anyOf", [kind]):
        yield form
        # A key directly under config is text, whatever `pulumi config set` was given.
        if form["type"] == "integer":
            yield {"type": "string", "pattern": f"^[0-9]{{1,{len(str(form['maximum']))}}}$"}
        if form["type"] == "boolean":
            yield {"type": "string", "enum": ["true", "false"]}


def _also_as_json(section: Schema) -> None:
    """A section directly under config may have been set as a whole; Pulumi keeps it as JSON text."""
    if section.get("type") == "object":
        section["type"] = ["object", "string"]
        section["pattern"] = r"^\s*\{"
        section["patternErrorMessage"] = "This is no section. Write its settings below it, one a line."


def _told(about: Schema) -> str:
    """The description of a setting with all that an editor would not show otherwise."""
    description, unit, default = about["description"], about.get("unit"), about.get("default")
    facts = {
        "Unit": None if unit is None or unit in description else unit,
        "Default": ", ".join(default) if isinstance(default, list) else default,
        "Change": MEANING[about["change"]],
    }
    told = {what: json.dumps(fact) if isinstance(fact, bool) else fact for what, fact in facts.items()}
    return " ".join([description, *(f"{what}: {fact}." for what, fact in told.items() if fact not in (None, ""))])


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
