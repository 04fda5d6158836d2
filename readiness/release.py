"""Judges whether the OpenStackControlPlane that an operator brought has the fields that are going to be written.

Which feature release an operator is of is not told by its version alone, so the definition is asked for its fields
[rhoso.md §5]. This definition comes with the operator's bundle, before OLM counts it as installed, so what is missing
then stays missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .model import Release
from .verdict import Found, Object, Verdict, there


def release(check: Release, found: Found) -> list[Verdict]:
    """One verdict; a definition that lacks a field is the end, and it is told which releases it would fit."""
    definition = there(check.name, found.one(check.path))
    if isinstance(definition, Verdict):
        return [definition]
    schema = _schema(definition, check.version)
    if schema is None:
        return [Verdict(check.name, False, f"{check.version} is not served")]
    missing = _missing(schema, check.fields[check.release])
    if not missing:
        return [Verdict(check.name, True)]
    fitting = [name for name, fields in check.fields.items() if not _missing(schema, fields)]
    newest = f"; its fields are those of {fitting[-1]}, set openstack.release to that" if fitting else ""
    message = f"the installed openstack-operator knows no {', '.join(missing)}{newest}"
    return [Verdict(check.name, False, message, failed=True)]


def _schema(definition: Object, version: str) -> Mapping[str, Any] | None:
    for served in definition["spec"]["versions"]:
        if served["name"] == version and served.get("served"):
            schema: Mapping[str, Any] = served["schema"]["openAPIV3Schema"]
            return schema
    return None


def _missing(schema: Mapping[str, Any], fields: Iterable[str]) -> list[str]:
    return [field for field in fields if not _has(schema, field)]


def _has(schema: Mapping[str, Any] | None, field: str) -> bool:
    for part in field.split("."):
        if schema is None:
            return False
        schema = schema.get("additionalProperties") if part == "*" else (schema.get("properties") or {}).get(part)
    return schema is not None
