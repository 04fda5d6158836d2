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
from settings.errors import LONGEST_SHOWN, Problem, shown
from settings.rotation import why_never

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

NAMESPACE = "rhoso-lab"
MOST_GUESSES = 2

_HOW_TO_SET = {
    "secret": f"openssl rand -hex 32 | pulumi config set --secret {NAMESPACE}:secret",
    "openshift.pullSecret": f"pulumi config set --secret --path {NAMESPACE}:openshift.pullSecret < pull-secret.json",
    "openshift.existing.kubeconfig": "oc config view --raw --minify --flatten | "
    f"pulumi config set --secret --path {NAMESPACE}:openshift.existing.kubeconfig",
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
    if setting is not None and setting.secret:
        return f"pulumi config set --secret --path '{NAMESPACE}:{path}' < FILE"
    example = setting.examples[0].splitlines()[0] if setting and setting.examples else "VALUE"
    key = f"--path '{NAMESPACE}:{path}'" if "[" in path else f"{'--path ' if '.' in path else ''}{NAMESPACE}:{path}"
    return f"pulumi config set {key} {example}"


def quoted(loc: Sequence[str | int], value: object) -> str | None:
    """The value as it may be shown, or None when it may not: secrets, whole sections, unknown fields."""
    setting = find(loc)
    if setting is None or not setting.shown or isinstance(value, (Mapping, list, tuple)):
        return None
    if value is None:
        return "null"
    if not isinstance(value, (str, bool, int, float)) or (isinstance(value, int) and abs(value) > 10**LONGEST_SHOWN):
        return None
    # A URI may carry a password before its host, or after it.
    text = re.sub(r"(?<=://)[^/@\s]*:[^/@\s]*@|(?<=password=)[^&\s]*", "…", value) if isinstance(value, str) else None
    return shown(json.dumps(value) if text is None else text) or "''"


def explain(error: ErrorDetails) -> Problem:
    """One of pydantic's errors as a problem."""
    loc = error["loc"]
    if loc and loc[-1] == "[key]":
        loc = loc[:-1]
    kind, ctx = error["type"], error.get("ctx", {})
    path, setting = field_path(loc), find(loc)
    if kind == "extra_forbidden":
        if len(loc) == 2 and loc[0] == "rotation" and (why := why_never(str(loc[1]))):
            return Problem(path, None, f"is never replaced in a running lab: {why}", "Remove it.")
        return Problem(path, None, "is not a setting", _meant(loc))
    # `null` under a required setting is what is left when its value was deleted.
    if kind == "missing" or (error["input"] is None and setting is not None and setting.required):
        return Problem(path, None, f"is missing ({_what(loc)})", f"Set it: {command_for(loc)}")
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
        if setting is not None and setting.secret:
            return "is not text", f"Set it: {command_for(loc)}"
        example = setting.examples[0] if setting and setting.examples else "text"
        return "is not text", f"Write it in quotes, like {json.dumps(example)}."
    if kind in ("model_type", "dict_type", "model_attributes_type"):
        if not loc or isinstance(loc[-1], int):
            return "is not a section with settings in it", f"It holds {', '.join(keys_at(loc))}."
        return "is not a section with settings in it", f"Set what it holds: {command_for(_first_leaf(loc))}"
    if kind == "tuple_type":
        return "is not a list", f"Set its items: pulumi config set --path '{NAMESPACE}:{field_path(loc)}[0]' VALUE"
    return f"is refused ({message[:1].lower()}{message[1:]})", "See the description of this setting."


def _first_leaf(loc: Sequence[str | int]) -> Sequence[str | int]:
    """A setting inside a section, for an example."""
    while True:
        keys = keys_at(loc)
        setting = find(loc)
        if field_path(loc) in _HOW_TO_SET or not keys or (setting is not None and not setting.section):
            return loc
        loc = [*loc, keys[0]]


def _plain(key: str) -> str:
    return re.sub(r"[^a-z0-9]", "", key.lower())


def _meant(loc: Sequence[str | int]) -> str:
    """Which known setting an unknown key was probably meant to be."""
    *section, last = loc
    key = str(last)
    here = keys_at(section)
    if not section and key in FILLED_IN:
        return "The stack is chosen by pulumi stack select; remove the key."
    same = [field_path([*section, known]) for known in here if _plain(known) == _plain(key)]
    elsewhere = [path for path in catalogue() if _plain(path.rpartition(".")[2]) == _plain(key) and ANY not in path]
    # A key that many sections have says nothing about which one was meant.
    elsewhere = elsewhere if len(elsewhere) <= MOST_GUESSES else []
    close = [field_path([*section, known]) for known in _closest(key, here)]
    meant = same or elsewhere or close
    if meant:
        return f"Did you mean {' or '.join(meant)}?"
    return f"Remove it; the settings here are {', '.join(here)}."


def _closest(key: str, known: Sequence[str]) -> list[str]:
    lower = {name.lower(): name for name in known}
    return [lower[name] for name in difflib.get_close_matches(key.lower(), lower, n=1, cutoff=0.6)]
