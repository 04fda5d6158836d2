"""A small valid lab for the tests: what a stack's configuration holds, and what follows from it."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from network import Plan
from network import plan as make_plan
from settings import Problem, Settings, SettingsError, parse

SECRET = "0123456789abcdef" * 4
MISSING: Any = object()
"""Stands for a setting that is not there."""

PULL_SECRET = json.dumps({"auths": {"registry.example.com": {"auth": "cHVsbDpzZWNyZXQtb2YtdGVzdHM="}}})


def raw(**changes: Any) -> dict[str, Any]:
    """The configuration of the seed lab, with top-level keys changed."""
    return {
        "domain": "example.com",
        "secret": SECRET,
        "hosts": {"main": {"uri": "qemu:///system"}},
        "openshift": {"pullSecret": PULL_SECRET},
    } | changes


def settings(stack: str = "lab", **changes: Any) -> Settings:
    """Checked settings of that configuration."""
    return parse(stack, raw(**changes))


def plan(stack: str = "lab", **changes: Any) -> Plan:
    """The plan of that configuration."""
    return make_plan(settings(stack, **changes))


def configuration(changes: dict[str, Any]) -> dict[str, Any]:
    """The smallest good configuration with values changed at dotted paths; MISSING takes one away."""
    configured = copy.deepcopy(raw())
    for path, value in changes.items():
        *sections, key = path.split(".")
        here = configured
        for section in sections:
            here = here.setdefault(section, {})
        if value is MISSING:
            del here[key]
        else:
            here[key] = copy.deepcopy(value)
    return configured


def problems_of(changes: dict[str, Any], stack: str = "lab") -> list[Problem]:
    """What a broken configuration is told; it must be refused."""
    with pytest.raises(SettingsError) as caught:
        parse(stack, configuration(changes))
    return caught.value.problems


@cache
def certificate() -> str:
    """A certificate in PEM form that says nothing."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a mirror's authority")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
