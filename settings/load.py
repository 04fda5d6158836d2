"""From raw configuration to settings, with every problem reported at once.

Rules about the whole lab need a whole lab. So that one wrong field does not hide them, wrong fields are put aside (by
their default, or a harmless stand-in where there is none), the rules run on the rest, and what rests on a field that
was put aside is dropped.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any, TypeAlias

from pydantic import ValidationError

from settings.catalogue import find
from settings.errors import Problem, SettingsError
from settings.explain import command_for, explain, field_path
from settings.kubeconfig import STAND_IN as KUBECONFIG
from settings.rules import broken_rules
from settings.stack import Settings

Loc: TypeAlias = tuple[str | int, ...]

_PULL_SECRET = '{"auths": {"x": {"auth": "eDp4"}}}'
_STAND_INS: dict[str, object] = {
    "stack": "lab",
    "name": "lab",
    "domain": "example.com",
    "secret": "x" * 64,
    "hosts": {"main": {"uri": "qemu:///system"}},
    "hosts.*.uri": "qemu:///system",
    "openshift": {"pullSecret": _PULL_SECRET},
    "openshift.pullSecret": _PULL_SECRET,
}
"""Values for required settings while the rest is judged, as the catalogue writes their paths."""

_SECRETS: dict[str, str] = {
    "openshift.existing.kubeconfig": KUBECONFIG,
    "openshift.proxy.http": "http://proxy.example.com:3128",
    "openshift.proxy.https": "http://proxy.example.com:3128",
}
"""Values of the right form for secrets that are not required."""


def parse(stack: str, raw: Mapping[str, object]) -> Settings:
    """The settings of a stack.

    `raw` holds the stack's configuration by key without the namespace, as Pulumi decodes it: sections as mappings, or
    still as JSON text. Raises `SettingsError` with every problem found.
    """
    given = _decoded(raw)
    named = "name" in given
    problems: list[Problem] = []
    if "stack" in given:
        del given["stack"]
        problems.append(_stack_is_not_ours())
    given = {"stack": stack, "name": stack, "openshift": {}, **given}
    settings, errors = _validated(given)
    problems += [_about(error, stack, named) for error in errors]
    aside = [error["loc"] for error in errors]
    for _ in range(3):
        if settings is not None:
            break
        # Putting a field aside may leave a hole that is only seen now, hence more than one pass.
        given = _put_aside(given, aside)
        settings, more = _validated(given)
        aside += [error["loc"] for error in more]
    if settings is not None:
        wrong = [field_path(loc) for loc in aside]
        problems += [problem for problem in broken_rules(settings) if not _void(problem, wrong)]
    if problems or settings is None:
        raise SettingsError(stack, problems)
    return settings


def stand_in(place: Loc) -> object:
    """A harmless value of the right form for a secret that can't be read; never in what `parse` gives by itself.

    Raises LookupError for what is no secret.
    """
    setting = find(place)
    if setting is None:
        return ""  # `parse` says that there is no such setting
    if not setting.secret:
        raise LookupError(f"{field_path(place)} is no secret")
    return _STAND_INS.get(setting.path) or _SECRETS.get(setting.path, "x" * 64)


def _decoded(raw: Mapping[str, object]) -> dict[str, Any]:
    """A copy of the configuration, with sections that are still JSON text decoded."""
    result: dict[str, Any] = {}
    for key, value in raw.items():
        result[key] = copy.deepcopy(value)
        if isinstance(value, str) and _is_section(key):
            try:
                decoded = json.loads(value)
            except (ValueError, RecursionError):
                continue
            if isinstance(decoded, dict):
                result[key] = decoded
    return result


def _is_section(key: str) -> bool:
    setting = find([key])
    return setting is not None and setting.section


def _validated(given: Mapping[str, Any]) -> tuple[Settings | None, list[Any]]:
    try:
        return Settings.model_validate(given, by_alias=True, by_name=False), []
    except ValidationError as error:
        # Only the list leaves this function: the exception itself refers to the input and with it to secrets.
        return None, error.errors(include_url=False)


def _about(error: Any, stack: str, named: bool) -> Problem:
    problem = explain(error)
    if problem.field == "name" and not named:
        remedy = f"It is the stack's name; give the cluster its own: {command_for(['name'])}"
        return Problem("name", stack, problem.rule, remedy)
    if problem.field == "stack":
        return Problem("stack", stack, problem.rule, f"{problem.remedy} Make a stack with another name.")
    return problem


def _stack_is_not_ours() -> Problem:
    return explain({"type": "extra_forbidden", "loc": ("stack",), "msg": "", "input": None})


def _put_aside(given: dict[str, Any], places: list[Loc]) -> dict[str, Any]:
    """The configuration without the values at some places; where one is required, a stand-in."""
    result = copy.deepcopy(given)
    for loc in places:
        place = tuple(step for step in loc if step != "[key]")
        here: Any = result
        steps = place
        while len(steps) > 1 and isinstance(here, dict) and isinstance(here.get(steps[0]), dict):
            here, steps = here[steps[0]], steps[1:]
        if not isinstance(here, dict) or not steps:
            continue
        key = str(steps[0])
        here.pop(key, None)
        # What is nested deeper than a mapping (an item of a list) is put aside with the whole of it.
        setting = find(place[: len(place) - len(steps) + 1])
        if setting is not None and setting.path in _STAND_INS:
            here[key] = copy.deepcopy(_STAND_INS[setting.path])
    return result


def _void(problem: Problem, wrong: list[str]) -> bool:
    """Whether a judgement rests on a field that is wrong itself."""
    rests_on = (problem.field, *problem.reads)
    return any(
        field == bad or field.startswith((f"{bad}.", f"{bad}[")) or bad.startswith((f"{field}.", f"{field}["))
        for field in rests_on
        for bad in wrong
    )
