"""What a stack records of its settings, sorted by what a change of each would mean."""

from __future__ import annotations

import json
from collections.abc import Callable

from pydantic import SecretStr

from settings.catalogue import find, values
from settings.stack import Settings

RECORDED = ("fixed", "grows", "rebuild")
FINGERPRINT = "(secret "
"""Begins what is recorded of a secret."""


def facts(settings: Settings, fingerprint: Callable[[str], str]) -> dict[str, dict[str, str]]:
    """Change class → path → value as text. A secret is recorded as its ``fingerprint``, never as itself.

    ``generation`` and all that applies in place is left out.
    """
    recorded: dict[str, dict[str, str]] = {change: {} for change in RECORDED}
    for path, value in values(settings).items():
        setting = find(path.split("."))
        if setting is None:
            raise LookupError(f"no setting at {path}")
        if setting.change in recorded:
            # Without the key that the user chose for the host: another key is no other host, and hides none.
            recorded[setting.change][path.replace(f"hosts.{settings.host_key}.", "hosts.")] = _text(value, fingerprint)
    return recorded


def _text(value: object, fingerprint: Callable[[str], str]) -> str:
    if isinstance(value, SecretStr):
        return f"{FINGERPRINT}{fingerprint(value.get_secret_value())})"
    return value if isinstance(value, str) else json.dumps(value)
