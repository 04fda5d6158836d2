"""pydantic's complaints, turned into problems a user can act on.

Only values of known, harmless settings are quoted. A value under an unknown key is not: a misspelt `secert` holds a
secret.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from settings.catalogue import ANY, FILLED_IN, catalogue, find, keys_at
from settings.errors import Problem

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

NAMESPACE = "rhoso-lab"
LONGEST_QUOTE = 80

_HOW_TO_SET = {
    "secret": f"openssl rand -hex 32 | pulumi config set --secret {NAMESPACE}:secret",
    "openshift.pullSecret": f"pulumi config set --secret --path {NAMESPACE}:openshift.pullSecret < pull-secret.json",
    "hosts": f"pulumi config set --path {NAMESPACE}:hosts.main.uri qemu:///system",
}
"""Commands where a plain `pulumi config set` would not do: a secret comes from standard input, never as an argument."""


def field_path(loc: Sequence[str | int]) -> str:
    """A place in the settings as a user writes it: `openshift.sshKeys[1]`."""
    text = ""
    for step in loc:
        if step == "[key]":
            continue
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def command_for(loc: Sequence[str | int]) -> str:
    """The command that sets the setting at a place."""
    path = field_path(loc)
    if path in _HOW_TO_SET:
        return _HOW_TO_SET[path]
    setting = find(loc)
    example = setting.examples[0] if setting and setting.examples else "VALUE"
    return f"pulumi config set {'--path ' if '.' in path else ''}{NAMESPACE}:{path} {example}"


def quoted(loc: Sequence[str | int], value: object) -> str | None:
    """The value as it may be shown, or None when it may not: secrets, whole sections, unknown fields."""
    setting = find(loc)
    if setting is None or not setting.shown or isinstance(value, (Mapping, list, tuple)):
        return None
    if value is None:
        return "null"
    # A URI may carry a password before its host.
    text = re.sub(r"(?<=://)[^/@\s]*:[^/@\s]*@", "…@", str(value)) if isinstance(value, str) else json.dumps(value)
    if not text.strip():
        return "''"
    printable = "".join(letter if letter.isprintable() else "�" for letter in text)
    return printable if len(printable) <= LONGEST_QUOTE else f"{printable[:LONGEST_QUOTE]}…"


def explain(error: ErrorDetails) -> Problem:
    """One of pydantic's errors as a problem."""
    loc = error["loc"]
    if loc and loc[-1] == "[key]":
        loc = loc[:-1]
    kind, ctx = error["type"], error.get("ctx", {})
    path = field_path(loc)
    if kind == "missing":
        return Problem(path, None, f"is missing ({_what(loc)})", f"Set it: {command_for(loc)}")
    if kind == "extra_forbidden":
        return Problem(path, None, "is not a setting", _meant(loc))
    rule, remedy = _sentence(kind, ctx, loc, error["msg"])
    return Problem(path, quoted(loc, error["input"]), rule, remedy)


def _what(loc: Sequence[str | int]) -> str:
    setting = find(loc)
    return setting.description.partition(". ")[0].rstrip(".") if setting else "every lab needs it"


def _sentence(kind: str, ctx: Mapping[str, Any], loc: Sequence[str | int], message: str) -> tuple[str, str]:
    """Rule and remedy for an error type. See the list of pydantic's types in its documentation, "Validation errors"."""
    if kind == "lab_rule":
        return str(ctx["rule"]), str(ctx["remedy"])
    if kind == "literal_error":
        # pydantic writes the choices as Python literals: 'kvm' or 'qemu'.
        choices = re.findall(r"'([^']*)'", str(ctx["expected"]))
        return "is not one of the values there are", f"Use {' or '.join(choices)}."
    if kind in ("bool_parsing", "bool_type"):
        return "is neither true nor false", "Write true or false."
    if kind == "string_type":
        setting = find(loc)
        example = setting.examples[0] if setting and setting.examples else "text"
        return "is not text", f'Write it in quotes, like "{example}".'
    if kind in ("model_type", "dict_type", "model_attributes_type"):
        keys = keys_at(loc)
        first = f"{field_path(loc)}.{keys[0]}" if keys else field_path(loc)
        return "is not a section with settings in it", f"Set what it holds by path, for example {first}."
    if kind == "tuple_type":
        return "is not a list", f"Set its items: pulumi config set --path '{NAMESPACE}:{field_path(loc)}[0]' VALUE"
    return f"is refused ({message[:1].lower()}{message[1:]})", "See the description of this setting."


def _plain(key: str) -> str:
    return re.sub(r"[^a-z0-9]", "", key.lower())


def _meant(loc: Sequence[str | int]) -> str:
    """Which known setting an unknown key was probably meant to be."""
    *section, key = (str(step) for step in loc)
    here = keys_at(section)
    if len(loc) == 1 and key in FILLED_IN:
        return "The stack is chosen by pulumi stack select; remove the key."
    same = [field_path([*section, known]) for known in here if _plain(known) == _plain(key)]
    elsewhere = [path for path in catalogue() if _plain(path.rpartition(".")[2]) == _plain(key) and ANY not in path]
    close = [field_path([*section, known]) for known in _closest(key, here)]
    meant = same or elsewhere or close
    if meant:
        return f"Did you mean {' or '.join(meant)}?"
    return f"Remove it; the settings here are {', '.join(here)}."


def _closest(key: str, known: Sequence[str]) -> list[str]:
    lower = {name.lower(): name for name in known}
    return [lower[name] for name in difflib.get_close_matches(key.lower(), lower, n=1, cutoff=0.6)]
