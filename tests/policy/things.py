"""Resources as the policy pack's rules are given them."""

from __future__ import annotations

from typing import Any

from policy.model import BLUEPRINT, COMMAND, DOMAIN, VOLUME, Resource


def resource(name: str, resource_type: str, *after: str, protected: bool = False, **props: Any) -> Resource:
    """One that depends directly on others, by their names."""
    return Resource(f"urn::{name}", resource_type, name, props, frozenset(f"urn::{n}" for n in after), protected)


def domain(name: str, **props: Any) -> Resource:
    """A machine as the program makes it, with other properties."""
    own = {
        "memory": 1024,
        "networkInterfaces": [{"mac": f"52:54:00:00:00:{ord(name[-1]):02x}"}],
        "graphics": {"type": "vnc", "listenType": "address", "listenAddress": "127.0.0.1"},
        "consoles": [{"type": "pty", "targetPort": "0"}],
    }
    return resource(name, DOMAIN, **{**own, **props})


def volume(name: str, size: object) -> Resource:
    """A volume of ``size`` bytes."""
    return resource(name, VOLUME, size=size)


def command(name: str, create: str, *after: str, **props: Any) -> Resource:
    """A command."""
    return resource(name, COMMAND, *after, create=create, **props)


def limits(**values: str) -> Resource:
    """A blueprint; each value as JSON text."""
    known = {"production": "false", "memoryMib": "null", "diskGb": "null", "overcommit": "false"}
    return resource("blueprint", BLUEPRINT, generation="1", limits={**known, **values})
