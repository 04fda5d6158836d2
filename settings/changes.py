"""What a stack records of its settings: sorted by what a change would mean, and what rules are checked against."""

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

    ``generation`` and all that applies in place is left out, but for what stands under ``limits``.
    """
    recorded: dict[str, dict[str, str]] = {change: {} for change in RECORDED}
    for path, value in values(settings).items():
        setting = find(path.split("."))
        if setting is None:
            raise LookupError(f"no setting at {path}")
        if setting.change in recorded:
            # Without the key that the user chose for the host: another key is no other host, and hides none.
            recorded[setting.change][path.replace(f"hosts.{settings.host_key}.", "hosts.")] = _text(value, fingerprint)
    return recorded | {"limits": limits(settings)}


def limits(settings: Settings) -> dict[str, str]:
    """What is recorded although a change of it applies in place: ``production``, and what the KVM host has
    (``memoryMib``, ``diskGb``, null where not checked, and ``overcommit``). Each value as JSON text.

    The policy pack judges by it, and the blueprint, that nothing of a lab in production is deleted.
    """
    host = settings.host
    known = {
        "production": settings.production,
        "memoryMib": host.memory_mib,
        "diskGb": host.disk_gb,
        "overcommit": host.overcommit,
    }
    return {name: json.dumps(value) for name, value in known.items()}


def _text(value: object, fingerprint: Callable[[str], str]) -> str:
    if isinstance(value, SecretStr):
        return f"{FINGERPRINT}{fingerprint(value.get_secret_value())})"
    return value if isinstance(value, str) else json.dumps(value)
