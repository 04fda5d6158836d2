"""What the services read from Secrets before their pods start (rhoso.md, S5).

Which key a service reads is said by its ``passwordSelectors``; the defaults here are those of the definitions.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .control_plane_services import BY_SECTION, Section, running
from .standin import Unmet
from .world import World

_KEK_BYTES = 32
_HEAT_LENGTHS = (16, 24, 32)


@dataclass(frozen=True)
class _Reads:
    """``at``: the keys below the section that lead to the mapping with the selectors."""

    section: str
    at: tuple[str, ...]
    keys: Mapping[str, str]
    selectors: str = "passwordSelectors"
    secret: str = "secret"


_TEMPLATE = ("template",)
_READS = (
    _Reads("keystone", _TEMPLATE, {"admin": "AdminPassword"}),
    _Reads("placement", _TEMPLATE, {"service": "PlacementPassword"}),
    _Reads("glance", _TEMPLATE, {"service": "GlancePassword"}),
    _Reads("cinder", _TEMPLATE, {"service": "CinderPassword"}),
    _Reads("neutron", _TEMPLATE, {"service": "NeutronPassword"}),
    _Reads("nova", _TEMPLATE, {"service": "NovaPassword", "metadataSecret": "MetadataSecret"}),
    _Reads("swift", ("template", "swiftProxy"), {"service": "SwiftPassword"}),
    _Reads("barbican", _TEMPLATE, {"service": "BarbicanPassword"}),
    _Reads("barbican", _TEMPLATE, {"simplecryptokek": "BarbicanSimpleCryptoKEK"}, secret="simpleCryptoBackendSecret"),
    _Reads(
        "telemetry",
        ("template", "ceilometer"),
        {"ceilometerService": "CeilometerPassword"},
        selectors="passwordSelector",
    ),
    _Reads("heat", _TEMPLATE, {"service": "HeatPassword", "authEncryptionKey": "HeatAuthEncryptionKey"}),
    _Reads("manila", _TEMPLATE, {"service": "ManilaPassword"}),
    _Reads("ironic", _TEMPLATE, {"service": "IronicPassword"}),
    _Reads("ironic", ("template", "ironicInspector"), {"service": "IronicInspectorPassword"}),
    _Reads("octavia", _TEMPLATE, {"service": "OctaviaPassword"}),
    _Reads("designate", _TEMPLATE, {"service": "DesignatePassword"}),
)
_ROOT = "DbRootPassword"


@dataclass(frozen=True)
class Wanted:
    """A key of a Secret that the service of ``part`` reads as ``selector``."""

    part: str
    secret: str
    key: str
    selector: str


def wanted(spec: Section) -> Iterator[Wanted]:
    """What the services that run read."""
    sections = {service.section for service in running(spec)}
    if "galera" in sections:
        for database in _at(spec, ("galera", "templates")).values():
            yield Wanted("MariaDB", database.get("secret") or spec["secret"], _ROOT, "root")
    for reads in _READS:
        place = _at(spec, (reads.section, *reads.at))
        # Ceilometer is a part of Telemetry that can be off by itself.
        if reads.section not in sections or not place.get("enabled", True):
            continue
        secret = place.get(reads.secret) or _at(spec, (reads.section, "template")).get("secret") or spec["secret"]
        said = place.get(reads.selectors) or {}
        for selector, key in reads.keys.items():
            yield Wanted(BY_SECTION[reads.section].part, secret, said.get(selector) or key, selector)


def unmet(spec: Section, namespace: str, world: World) -> Iterator[Unmet]:
    """The Secrets and keys that are missing, and keys whose value no service can use."""
    for want in wanted(spec):
        secret = world.get("Secret", want.secret, namespace)
        value = value_of(secret, want.key)
        if secret is None:
            yield Unmet(f"Secret {want.secret} is missing", want.part)
        elif value is None:
            yield Unmet(f"Secret {want.secret} has no key {want.key}", want.part)
        elif complaint := _CHECKS.get(want.selector, _filled)(value):
            yield Unmet(f"Secret {want.secret}, key {want.key}: {complaint}", want.part)


def value_of(secret: Mapping[str, Any] | None, key: str) -> str | None:
    """The value of a key of a Secret; None where the Secret or the key is not there."""
    encoded = ((secret or {}).get("data") or {}).get(key)
    return None if encoded is None else base64.b64decode(encoded).decode(errors="replace")


def fingerprint(spec: Section, namespace: str, world: World) -> str:
    """Changes with any value that a service reads: its pods then start anew."""
    values = [
        (want.part, want.key, value_of(world.get("Secret", want.secret, namespace), want.key)) for want in wanted(spec)
    ]
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()


def _at(spec: Section, path: tuple[str, ...]) -> Section:
    found: Section = spec
    for key in path:
        found = found.get(key) or {}
    return found


def _filled(value: str) -> str:
    return "" if value else "it is empty"


def _kek(value: str) -> str:
    try:
        raw = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return "Barbican wants base64"
    return "" if len(raw) == _KEK_BYTES else f"Barbican wants {_KEK_BYTES} bytes in base64, it holds {len(raw)}"


def _heat(value: str) -> str:
    lengths = ", ".join(map(str, _HEAT_LENGTHS))
    return "" if len(value) in _HEAT_LENGTHS else f"Heat wants one of {lengths} characters, it has {len(value)}"


_CHECKS: Mapping[str, Callable[[str], str]] = {"simplecryptokek": _kek, "authEncryptionKey": _heat}
