"""Load balancers of the services: whether MetalLB can give each the address that it asks for (rhoso.md, S7 and S8).

MetalLB shares an address between Services that carry the same sharing key and have no port in common, announces it from
nodes with an interface that an L2Advertisement of its pool names, and else leaves the Service pending.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .control_plane_networks import interfaces, nodes
from .control_plane_services import Place, Section, places
from .standin import Unmet
from .world import World, is_true

METALLB, POOLS, ADVERTISEMENTS = "MetalLB.metallb.io", "IPAddressPool.metallb.io", "L2Advertisement.metallb.io"
NAMESPACE = "metallb-system"
_PREFIX = "metallb.universe.tf"

# The port of an API by the key that its template lies under, else by its section.
_PORTS = {
    "apiServiceTemplate": 8774,
    "metadataServiceTemplate": 8775,
    "noVNCProxyServiceTemplate": 6080,
    "heatCfnAPI": 8000,
    "ironicInspector": 5050,
    "ovndbcluster-nb": 6641,
    "ovndbcluster-sb": 6642,
    "barbican": 9311,
    "cinder": 8776,
    "designate": 9001,
    "dns": 53,
    "glance": 9292,
    "heat": 8004,
    "horizon": 443,
    "ironic": 6385,
    "keystone": 5000,
    "manila": 8786,
    "neutron": 9696,
    "octavia": 9876,
    "placement": 8778,
    "rabbitmq": 5671,
    "swift": 8080,
    "telemetry": 8042,
}


@dataclass(frozen=True)
class Balancer:
    """An override of type LoadBalancer. ``address`` "": any of the pool; ``pool`` "": any pool."""

    part: str
    name: str
    pool: str
    address: str
    sharing_key: str
    port: int


def balancers(spec: Section) -> Iterator[Balancer]:
    """The load balancers that the services that run ask for."""
    for place in places(spec):
        service = (place.value.get("override") or {}).get("service") or {}
        # Services with two endpoints have an override each, under "public" and "internal".
        both = {"": service, "public": service.get("public"), "internal": service.get("internal")}
        for endpoint, override in both.items():
            if isinstance(override, Mapping) and (override.get("spec") or {}).get("type") == "LoadBalancer":
                yield _balancer(place, endpoint, override)


def unmet(spec: Section, world: World) -> Iterator[Unmet]:
    """The load balancers that stay pending, and why."""
    wanted = list(balancers(spec))
    takers: dict[str, Balancer] = {}
    for balancer in wanted:
        for sentence in _sentences(balancer, takers, world):
            yield Unmet(f"{balancer.name}: {sentence}", balancer.part)
        takers.setdefault(balancer.address, balancer)


def _sentences(balancer: Balancer, takers: Mapping[str, Balancer], world: World) -> Iterator[str]:
    if not any(is_true(metallb, "Available") for metallb in world.all(METALLB)):
        yield "MetalLB is not available, so nobody gives its Service an address"
        return
    pool = world.get(POOLS, balancer.pool, NAMESPACE)
    if balancer.pool and pool is None:
        yield f"IPAddressPool {balancer.pool} is missing in namespace {NAMESPACE}"
        return
    if pool is not None:
        ranges = [str(entry) for entry in pool["spec"]["addresses"]]
        if balancer.address and not any(_holds(entry, balancer.address) for entry in ranges):
            yield f"{balancer.address} is not in IPAddressPool {balancer.pool} ({', '.join(ranges)})"
        yield from _announced(balancer.pool, world)
    other = takers.get(balancer.address) if balancer.address else None
    if other is not None:
        if not balancer.sharing_key or balancer.sharing_key != other.sharing_key:
            yield f"{balancer.address} is taken by {other.name}, and both must carry one {_PREFIX}/allow-shared-ip"
        elif balancer.port == other.port:
            yield f"{balancer.address} cannot be shared with {other.name}: both listen on port {balancer.port}"


def _announced(pool: str, world: World) -> Iterator[str]:
    found = [item for item in world.all(ADVERTISEMENTS, NAMESPACE) if _is_of(item.get("spec") or {}, pool)]
    if not found:
        yield f"no L2Advertisement announces IPAddressPool {pool}"
        return
    there = {name for node in nodes(world) for name in interfaces(node["metadata"]["name"], world) or ()}
    named = [(item["metadata"]["name"], (item.get("spec") or {}).get("interfaces") or ()) for item in found]
    if not any(not names or there.intersection(names) for _, names in named):
        name, names = named[0]
        yield f"L2Advertisement {name} announces on {', '.join(names)}, which no node has"


def _is_of(spec: Mapping[str, Any], pool: str) -> bool:
    """An advertisement that selects nothing is of every pool."""
    return pool in (spec.get("ipAddressPools") or ()) or not (
        spec.get("ipAddressPools") or spec.get("ipAddressPoolSelectors")
    )


def _balancer(place: Place, endpoint: str, override: Section) -> Balancer:
    annotations = (override.get("metadata") or {}).get("annotations") or {}
    ports = [_PORTS[key] for key in (*reversed(place.path),) if key in _PORTS]
    return Balancer(
        place.service.part,
        f"{place.name}.override.service" + (f".{endpoint}" if endpoint else ""),
        annotations.get(f"{_PREFIX}/address-pool", ""),
        annotations.get(f"{_PREFIX}/loadBalancerIPs", ""),
        annotations.get(f"{_PREFIX}/allow-shared-ip", ""),
        ports[0] if ports else 0,
    )


def _holds(entry: str, address: str) -> bool:
    """``entry``: "172.17.0.80-172.17.0.90" or "172.17.0.80/28"."""
    ip = ipaddress.ip_address(address)
    first, dash, last = entry.partition("-")
    if not dash:
        return ip in ipaddress.ip_network(entry, strict=False)
    return int(ipaddress.ip_address(first.strip())) <= int(ip) <= int(ipaddress.ip_address(last.strip()))
