"""The settings of a stack read from its file, without Pulumi: for all that needs a plan and no secret.

`Pulumi.<stack>.yaml` keeps secrets encrypted. What is derived here (addresses, pictures, documents with secrets left
out) does not depend on them, so each stands aside for a stand-in of its own kind, and no passphrase is asked for. A
secret that is missing is still missing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from settings.explain import NAMESPACE
from settings.load import parse, stand_in
from settings.stack import Settings


class StackFileError(Exception):
    """There is no such stack file, or it is not one; `str()` says what to do."""


def load_stack(stack: str, directory: Path) -> Settings:
    """The settings of a stack from `directory`/Pulumi.<stack>.yaml.

    Raises `SettingsError` with every problem, and `StackFileError` if the file can't be read.
    """
    return parse(stack, configuration(stack, directory))


def configuration(stack: str, directory: Path) -> dict[str, Any]:
    """This program's part of a stack file: settings by key, a stand-in for each encrypted value."""
    path = directory / f"Pulumi.{stack}.yaml"
    if not path.is_file():
        files = (other.name.removeprefix("Pulumi.").removesuffix(".yaml") for other in directory.glob("Pulumi.*.yaml"))
        known = ", ".join(sorted(files)) or "none"
        raise StackFileError(f"There is no {path.name} here. Stacks with a file: {known}.")
    given = read(path).get("config", {})
    if not isinstance(given, dict):
        raise StackFileError(f"{path.name} is not a stack's file: there is no section config in it.")
    prefix = f"{NAMESPACE}:"
    ours = {str(key).removeprefix(prefix): value for key, value in given.items() if str(key).startswith(prefix)}
    try:
        return {key: _without_secrets(value, (key,)) for key, value in ours.items()}
    except RecursionError:
        raise StackFileError(f"{path.name} holds a section that contains itself.") from None


def read(path: Path) -> dict[str, Any]:
    """A stack's file as it is written; an empty one is an empty mapping. Raises `StackFileError`, and `OSError`."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except yaml.MarkedYAMLError as error:
        # Without the library's own text, which quotes the line: there may be a secret in it.
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise StackFileError(f"{path.name} is not YAML{line}: {error.problem}") from None
    except (yaml.YAMLError, ValueError):
        raise StackFileError(f"{path.name} is not YAML.") from None
    if not isinstance(document, dict):
        raise StackFileError(f"{path.name} is not a stack's file: there is no section config in it.")
    return document


def _without_secrets(value: Any, place: tuple[str | int, ...]) -> Any:
    if isinstance(value, dict):
        if set(value) == {"secure"}:
            try:
                return stand_in(place)
            except LookupError as error:
                what = f"{error.args[0]}, but encrypted; without Pulumi it can't be read"
                raise StackFileError(f"{what}. Set it in clear.") from None
        return {key: _without_secrets(item, (*place, key)) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_secrets(item, (*place, number)) for number, item in enumerate(value)]
    return value
