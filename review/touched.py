"""Which settings a change touches, of which change class, and what the blueprint says of that.

Each side is read by its own program, so a default that changed with the program counts as well. Secrets stand aside for
stand-ins; whether one was set anew is told by its ciphertext, never by itself.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.blueprint import refusals
from review.errors import ReviewError
from settings import stackfile
from settings.catalogue import FILLED_IN
from settings.errors import shown
from settings.explain import NAMESPACE

GENERATION = "generation"

_READER = """
import json, sys
from pathlib import Path
from network import plan
from network.record import record
from pydantic import SecretStr
from settings import SettingsError
from settings.catalogue import find, values
from settings.changes import facts
from settings.stackfile import StackFileError, load_stack
try:
    settings = load_stack(sys.argv[1], Path())
    planned = record(plan(settings))
except (SettingsError, StackFileError, ValueError) as error:
    sys.exit(str(error))
found = {}
for path, value in values(settings).items():
    setting = find(path.split("."))
    secret = isinstance(value, SecretStr)
    text = value.get_secret_value() if secret else value
    found[path] = [setting.change, bool(secret or not setting.shown), text]
told = facts(settings, lambda secret: "")
print(json.dumps({"values": found, "facts": told, "plan": planned, "generation": settings.generation}))
"""
"""Prints {values: path → [class, hidden, value], facts, plan, generation} of a stack in the current directory."""


@dataclass(frozen=True, slots=True)
class Touched:
    """One setting that differs; `before` and `after` are for showing, with nothing secret in them."""

    path: str
    change: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Settings:
    """What one side says of a stack; `values`: path → (class, whether it must not be shown, value)."""

    values: Mapping[str, tuple[str, bool, Any]]
    facts: Mapping[str, Mapping[str, str]]
    plan: Mapping[str, str]
    generation: int
    ciphertexts: Mapping[str, str]

    def recorded(self) -> dict[str, Any]:
        """As a blueprint records it."""
        return {**self.facts, "plan": dict(self.plan), GENERATION: str(self.generation)}


def read(stack: str, checkout: Path, python: str) -> Settings | None:
    """What that checkout's own program makes of the stack's file; None when it has no such file.

    Raises ReviewError with the program's own words when the file describes no lab.
    """
    file = checkout / f"Pulumi.{stack}.yaml"
    if not file.is_file():
        return None
    command = [python, "-c", _READER, stack]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ReviewError(f"The settings of {stack} can't be read:\n{done.stderr.strip()[-4000:]}")
    told = json.loads(done.stdout)
    values = {path: (change, hidden, value) for path, (change, hidden, value) in told["values"].items()}
    ciphertexts = dict(_ciphertexts(stackfile.read(file).get("config") or {}, ""))
    return Settings(values, told["facts"], told["plan"], told["generation"], ciphertexts)


def touched(base: Settings, head: Settings) -> list[Touched]:
    """The settings that differ, in the order of head's, then those that are no more."""
    found = [_touched(path, base, head) for path in dict.fromkeys((*head.values, *base.values))]
    return [entry for entry in found if entry is not None and entry.path not in FILLED_IN]


def _touched(path: str, base: Settings, head: Settings) -> Touched | None:
    change = (head.values.get(path) or base.values[path])[0]
    if path in base.ciphertexts or path in head.ciphertexts:
        same = base.ciphertexts.get(path) == head.ciphertexts.get(path)
        return None if same else Touched(path, change, "(secret)", "(secret, encrypted anew)")
    before, after = base.values.get(path), head.values.get(path)
    if before is not None and after is not None and before[2] == after[2]:
        return None
    return Touched(path, change, _shown(before), _shown(after))


def _shown(value: tuple[str, bool, Any] | None) -> str:
    if value is None or value[2] is None:
        return "not set"
    _, hidden, said = value
    if hidden:
        return "(not shown)"
    return shown(said if isinstance(said, str) else json.dumps(said))


def _ciphertexts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Path → ciphertext of each encrypted setting of a stack's file."""
    if not isinstance(value, Mapping):
        return
    if path and set(value) == {"secure"}:
        yield path.removeprefix(f"{NAMESPACE}:"), str(value["secure"])
        return
    for key, item in value.items():
        yield from _ciphertexts(item, f"{path}.{key}" if path else str(key))


def refused(base: Settings, head: Settings) -> list[str]:
    """What the blueprint would say of this change, were `base` what is recorded."""
    return [reason for _, reason in refusals(base.recorded(), head.recorded())]
