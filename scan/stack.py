"""What is to be looked for in one stack: its settings' secrets, what is derived from them, and its secret outputs.

Pulumi decrypts them with the passphrase or key service of whoever runs this. They come by its standard output into
this process and go nowhere from here.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from scan.derived import derived
from scan.secret import Secret
from settings import Settings, parse
from settings.catalogue import values
from settings.explain import NAMESPACE
from settings.stackfile import load_stack

_HIDDEN = "[secret]"
"""What `pulumi stack output` shows in place of a secret output (pulumi 3.250)."""
_SECONDS = 120.0
_PASSPHRASE = "PULUMI_CONFIG_PASSPHRASE"

# Any private key in clear is one too many, also one that nobody told of.
_ANY_KEY = tuple(f"-----BEGIN {kind}PRIVATE KEY-----" for kind in ("", "EC ", "RSA ", "OPENSSH "))
ANY_KEY = "some private key"


class ScanError(Exception):
    """The stack can't be read; `str()` says why and what to do."""


@dataclass(frozen=True)
class Stack:
    """``secrets`` are looked for; ``published`` are labels of what everybody may know, and is not."""

    name: str
    settings: Settings
    secrets: tuple[Secret, ...]
    published: tuple[str, ...]


def read(name: str) -> Stack:
    """Ask Pulumi for a stack of the project here. Raises ScanError, `SettingsError` and `StackFileError`."""
    entries: dict[str, dict[str, Any]] = _asked(name, "config", "--show-secrets", "--json")
    prefix = f"{NAMESPACE}:"
    ours = {key.removeprefix(prefix): entry["value"] for key, entry in entries.items() if key.startswith(prefix)}
    settings = parse(name, ours)
    secrets = [
        *_of_settings(settings),
        *(Secret(key, e["value"]) for key, e in entries.items() if e["secret"] and not key.startswith(prefix)),
        *derived(settings),
        # The golden files are rendered from these, so a value that is not masked there is one of them.
        *derived(load_stack(name, Path()), "the golden files' "),
        *_of_outputs(name),
        *(Secret(ANY_KEY, begin) for begin in _ANY_KEY),
    ]
    passphrase = list(_passphrase())
    published = tuple(secret.label for secret in passphrase) if settings.samples else ()
    return Stack(name, settings, (*secrets, *(() if published else passphrase)), published)


def _of_settings(settings: Settings) -> Iterator[Secret]:
    for path, value in values(settings).items():
        if isinstance(value, SecretStr):
            yield Secret(path, value.get_secret_value())


def _of_outputs(name: str) -> Iterator[Secret]:
    shown = _asked(name, "stack", "output", "--json")
    plain = _asked(name, "stack", "output", "--json", "--show-secrets")
    for output, value in plain.items():
        if shown.get(output) == _HIDDEN:
            yield Secret(f"output {output}", value if isinstance(value, str) else json.dumps(value))


def _passphrase() -> Iterator[Secret]:
    file = os.environ.get(f"{_PASSPHRASE}_FILE", "")
    given = os.environ.get(_PASSPHRASE) or (Path(file).read_text(encoding="utf-8").strip() if file else "")
    if given:
        yield Secret("passphrase", given)


def backend() -> str:
    """The URL of the backend that Pulumi uses here. Raises ScanError."""
    return str(_pulumi("whoami", "--json")["url"])


def _asked(name: str, *arguments: str) -> Any:
    return _pulumi(*arguments, "--stack", name)


def _pulumi(*arguments: str) -> Any:
    command = ["pulumi", "--non-interactive", *arguments]
    said = " ".join(command)
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except FileNotFoundError:
        raise ScanError('pulumi is not on PATH; set it up: make setup, then eval "$(make -s env)".') from None
    except subprocess.TimeoutExpired:
        raise ScanError(f"{said} did not end in {_SECONDS:.0f} s.") from None
    if done.returncode != 0:
        # Only its complaint: what it printed before may be a secret.
        complaint = done.stderr.strip().splitlines()
        raise ScanError(f"{said} failed: {complaint[-1] if complaint else f'exit code {done.returncode}'}")
    return json.loads(done.stdout)
