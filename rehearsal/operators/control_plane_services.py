"""The services of OpenStackControlPlane: which condition is whose, what each waits for, and what it reads.

Source: openstack-operator 18.0-fr2, apis/core/v1beta1 (conditions.go; openstackcontrolplane_webhook.go,
checkDepsEnabled) and pkg/openstack; the services' own operators for what their APIs start on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Section = Mapping[str, Any]

CA, DNS, TOPOLOGY, CLIENT = "CA", "DNS", "Topology", "Client"
"""Parts that are no section with pods of its own."""

_ODD_TYPES = {
    CA: "OpenStackControlPlaneCAReadyCondition",
    DNS: "OpenStackControlPlaneDNSReadyCondition",
    TOPOLOGY: "TopologyReady",
}


@dataclass(frozen=True)
class Service:
    """A section of the spec.

    ``part``: its name in the conditions and messages. ``default``: whether it runs where ``enabled`` is not said.
    ``requires``: the sections that the webhook wants enabled with it, with the words for them. ``after``: the parts
    that must be up before its pods start. ``exposed``: the name of its API in messages, where it has a Route.
    """

    section: str
    part: str
    default: bool = True
    requires: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    exposed: str = ""

    def runs(self, spec: Section) -> bool:
        """Whether the spec switches it on."""
        return bool((spec.get(self.section) or {}).get("enabled", self.default))


_BASE = ("galera", "memcached", "rabbitmq", "keystone")
_KEYSTONE = ("KeystoneAPI",)

SERVICES = (
    Service("dns", DNS),
    Service("rabbitmq", "RabbitMQ"),
    Service("galera", "MariaDB"),
    Service("memcached", "Memcached"),
    Service("ovn", "OVN"),
    Service("redis", "Redis", default=False),
    Service(
        "keystone",
        "KeystoneAPI",
        requires=_BASE[:3],
        after=("RabbitMQ", "MariaDB", "Memcached"),
        exposed="keystone",
    ),
    Service(
        "placement",
        "PlacementAPI",
        requires=("galera", "memcached", "keystone"),
        after=_KEYSTONE,
        exposed="placement",
    ),
    Service("swift", "Swift", requires=("memcached", "keystone"), after=_KEYSTONE, exposed="swift"),
    Service("barbican", "Barbican", requires=("galera", "keystone"), after=_KEYSTONE, exposed="barbican"),
    Service("glance", "Glance", requires=("galera", "memcached", "keystone"), after=_KEYSTONE, exposed="glance"),
    Service("cinder", "Cinder", requires=_BASE, after=_KEYSTONE, exposed="cinder"),
    Service("neutron", "Neutron", requires=_BASE, after=("KeystoneAPI", "OVN"), exposed="neutron"),
    Service(
        "nova",
        "Nova",
        requires=(*_BASE, "glance", "neutron", "placement"),
        after=("PlacementAPI", "Glance", "Neutron"),
        exposed="nova",
    ),
    Service("telemetry", "Telemetry", after=_KEYSTONE),
    Service("heat", "Heat", default=False, requires=_BASE, after=_KEYSTONE, exposed="heat"),
    Service(
        "horizon",
        "Horizon",
        default=False,
        requires=("galera", "memcached", "keystone"),
        after=_KEYSTONE,
        exposed="horizon",
    ),
    Service("manila", "Manila", default=False, after=_KEYSTONE, exposed="manila"),
    Service("ironic", "Ironic", default=False, after=_KEYSTONE, exposed="ironic"),
    Service(
        "octavia",
        "Octavia",
        default=False,
        requires=(*_BASE, "glance", "neutron", "nova", "ovn"),
        after=("Nova", "OVN"),
        exposed="octavia",
    ),
    Service("designate", "Designate", default=False, after=(*_KEYSTONE, "Redis"), exposed="designate"),
)
"""In an order in which each comes after those that it waits for."""

BY_SECTION: Mapping[str, Service] = {service.section: service for service in SERVICES}

_WORDS = {"galera": "Galera", "rabbitmq": "RabbitMQ", "ovn": "OVN"}


def running(spec: Section) -> list[Service]:
    """The services that the spec switches on, each after those that it waits for."""
    return [service for service in SERVICES if service.runs(spec)]


def word(section: str) -> str:
    """A section as the webhook's sentences call it."""
    return _WORDS.get(section, section.capitalize())


def condition_type(part: str) -> str:
    """The type of a part's condition."""
    return _ODD_TYPES.get(part, f"OpenStackControlPlane{part}Ready")


@dataclass(frozen=True)
class Place:
    """A mapping somewhere in a service's section. ``path``: its keys, ("nova", "template", "apiServiceTemplate")."""

    service: Service
    path: tuple[str, ...]
    value: Section

    @property
    def name(self) -> str:
        """ "nova.template.apiServiceTemplate"."""
        return ".".join(self.path)


def places(spec: Section) -> Iterator[Place]:
    """Every mapping inside the sections of the services that run, outermost first."""
    for service in running(spec):
        yield from _inside(service, (service.section,), spec.get(service.section) or {})


def _inside(service: Service, path: tuple[str, ...], value: Any) -> Iterator[Place]:
    if isinstance(value, Mapping):
        yield Place(service, path, value)
        for key, item in value.items():
            yield from _inside(service, (*path, str(key)), item)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _inside(service, (*path, str(number)), item)
