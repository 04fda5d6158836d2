"""What a rule is given of a resource, and what it answers. Nothing here knows Pulumi."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

DOMAIN = "libvirt:index/domain:Domain"
VOLUME = "libvirt:index/volume:Volume"
POOL = "libvirt:index/pool:Pool"
NETWORK = "libvirt:index/network:Network"
COMMAND = "command:local:Command"
BLUEPRINT = "pulumi-python:dynamic:Resource"
LIMITS = "limits"


class _Unknown:
    def __repr__(self) -> str:
        return "<not known yet>"


UNKNOWN: Final = _Unknown()
"""Stands for a value that only the run itself brings."""


@dataclass(frozen=True)
class Hidden:
    """Stands for a value that the engine keeps as a secret. Only what a secret rule is given has any."""


@dataclass(frozen=True)
class Resource:
    """One resource: its properties as plain data, in the provider's own spelling (camelCase), with ``UNKNOWN`` and
    ``Hidden`` in their places; the URNs of what it depends on directly; its options ``protect`` and
    ``additionalSecretOutputs``."""

    urn: str
    type: str
    name: str
    props: Mapping[str, Any]
    dependencies: frozenset[str] = frozenset()
    protected: bool = False
    secret_outputs: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Violation:
    """``message`` names resource, value, rule and remedy, and never quotes a secret. Without ``urn`` it is about the
    stack as a whole."""

    message: str
    urn: str | None = None


def of_type(resources: Iterable[Resource], *types: str) -> Iterator[Resource]:
    """The resources of some types."""
    return (resource for resource in resources if resource.type in types)


def limits(resources: Iterable[Resource]) -> Mapping[str, str] | None:
    """What the blueprint records for the rules (settings/changes.py): name → value as JSON text; None without one."""
    for resource in of_type(resources, BLUEPRINT):
        found = resource.props.get(LIMITS)
        if isinstance(found, Mapping):
            return found
    return None


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value inside one that is neither a map nor a list, with its path (``spec.rules[0].host``)."""
    if isinstance(value, Mapping):
        for key, inside in value.items():
            yield from leaves(inside, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for position, inside in enumerate(value):
            yield from leaves(inside, f"{path}[{position}]")
    else:
        yield path, value
