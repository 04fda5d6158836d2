"""Every setting there is, by the path a user writes, with what its change means.

One walk over the models serves the reporter (is this field a secret? which key was meant?), the resource that
records what must not change silently, and the documentation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Any, Union, cast, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from settings.base import Change
from settings.stack import Settings

ANY = "*"
"""Stands in a path for a key that the user chooses (`hosts.*.uri`)."""

FILLED_IN = ("stack",)
"""Settings that the program fills in and the user never writes."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. `path` is camelCase with dots; `shown` says whether a wrong value may be quoted."""

    path: str
    change: Change
    secret: bool
    shown: bool
    section: bool
    required: bool
    title: str
    description: str
    unit: str | None
    examples: tuple[str, ...] = ()


def _inner(annotation: Any) -> tuple[str, type[BaseModel] | None, bool]:
    """The model or secret inside an annotation: path suffix for chosen keys, model, is-secret."""
    if isinstance(annotation, type):
        if issubclass(annotation, BaseModel):
            return "", annotation, False
        return "", None, issubclass(annotation, SecretStr)
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is dict:
        suffix, model, secret = _inner(args[1])
        return f".{ANY}{suffix}", model, secret
    if origin in (Union, UnionType, tuple) or (args and origin is not None and origin.__name__ == "Annotated"):
        for arg in args:
            suffix, model, secret = _inner(arg)
            if model or secret:
                return suffix, model, secret
    return "", None, False


def _walk(model: type[BaseModel], before: str) -> Iterator[Setting]:
    for name, field in model.model_fields.items():
        path = f"{before}{field.alias or name}"
        suffix, inner, secret = _inner(field.annotation)
        extra = _extra(field)
        yield Setting(
            path=path,
            change=cast(Change, extra["change"]),
            secret=secret,
            shown=not secret and inner is None and bool(extra.get("shown", True)),
            section=inner is not None,
            required=field.is_required(),
            title=field.title or name,
            description=field.description or "",
            unit=cast("str | None", extra.get("unit")),
            examples=tuple(str(example) for example in field.examples or ()),
        )
        if inner is not None:
            yield from _walk(inner, f"{path}{suffix}.")


def _extra(field: FieldInfo) -> dict[str, object]:
    extra = field.json_schema_extra
    return dict(extra) if isinstance(extra, dict) else {}


@cache
def catalogue() -> dict[str, Setting]:
    """Every setting by path, sections before what is in them; keys that a user chooses are written `*`."""
    return {setting.path: setting for setting in _walk(Settings, "")}


def _pattern(path: Sequence[str | int]) -> str | None:
    """A place in the settings as the catalogue writes it (`hosts.*.uri`), or None where there is nothing known."""
    here = ""
    for step in path:
        if isinstance(step, int):
            continue
        candidates = [f"{here}.{name}" if here else name for name in (step, ANY)]
        known = [c for c in candidates if c in catalogue() or any(key.startswith(f"{c}.") for key in catalogue())]
        if not known:
            return None
        here = known[0]
    return here


def find(path: Sequence[str | int]) -> Setting | None:
    """The setting at a path of keys and list indices, or None where there is none."""
    pattern = _pattern(path)
    return catalogue().get(pattern) if pattern else None


def keys_at(path: Sequence[str | int]) -> list[str]:
    """The keys a user may write in the section at a path, without those the program fills in itself."""
    pattern = _pattern(path)
    if pattern is None:
        return []
    before = f"{pattern}." if pattern else ""
    inside = [key.removeprefix(before) for key in catalogue() if key.startswith(before)]
    return [key for key in inside if "." not in key and before + key not in FILLED_IN]


def values(settings: Settings) -> dict[str, object]:
    """Every leaf setting's value by the path the user writes; secrets stay `SecretStr`, a list is one value.

    Networks and addresses are text here, so that what is recorded can be compared after a round trip through JSON.
    """
    return dict(_leaves(settings, ""))


def _leaves(value: object, path: str) -> Iterator[tuple[str, object]]:
    if isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            key = field.alias or name
            yield from _leaves(getattr(value, name), f"{path}.{key}" if path else key)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}")
    elif isinstance(value, tuple):
        yield path, [_plain(item) for item in value]
    else:
        yield path, _plain(value)


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True)
    return value if value is None or isinstance(value, (str, int, SecretStr)) else str(value)
