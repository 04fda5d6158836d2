"""Rules about addresses: networks keep apart from each other and from what is taken, and VIPs from all machines."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from itertools import combinations
from urllib.parse import urlsplit

from settings.errors import Problem
from settings.stack import Settings

RESERVED: dict[IPv4Network, str] = {
    IPv4Network("100.64.0.0/16"): "OVN-Kubernetes keeps for its join subnet",
    IPv4Network("100.88.0.0/16"): "OVN-Kubernetes keeps for its transit subnet",
    IPv4Network("169.254.0.0/17"): "OVN-Kubernetes keeps for masquerading",
}
"""Ranges that are taken inside every cluster. Source: openshift/installer pkg/types/validation."""

LIBVIRT_DEFAULT = IPv4Network("192.168.122.0/24")
"""In use on nearly every KVM host."""

MACHINES = (20, 250)
"""First and last offset of machines in the machine network (network/ranges.py; a test holds the two together)."""

_CLUSTER = {
    "openshift.podNetwork": "OpenShift keeps for pods",
    "openshift.serviceNetwork": "OpenShift keeps for services",
}
_ANOTHER = "Give it another range."


def networks_are_disjoint(settings: Settings) -> Iterator[Problem]:
    """No address belongs to two networks of the lab."""
    for (first, one), (second, other) in combinations(settings.networks.each(), 2):
        if one.cidr.overlaps(other.cidr):
            yield Problem(
                f"networks.{second}.cidr",
                str(other.cidr),
                f"overlaps networks.{first}.cidr {one.cidr}; networks must be disjoint",
                _ANOTHER,
                reads=(f"networks.{first}.cidr", "networks.block"),
            )


def networks_avoid_what_is_taken(settings: Settings) -> Iterator[Problem]:
    """No network of the lab covers a range that OpenShift, OVN-Kubernetes or libvirt uses itself."""
    cluster = _inside(settings)
    taken = RESERVED | {LIBVIRT_DEFAULT: "libvirt's own default network uses"}
    taken |= {cidr: _CLUSTER[field] for field, cidr in cluster.items()}
    block = settings.networks.block
    ours = {f"networks.{name}.cidr": network.cidr for name, network in settings.networks.each()}
    if block is not None:
        # What is cut from the block is its fault, and said once.
        ours = {"networks.block": block} | {field: cidr for field, cidr in ours.items() if not cidr.subnet_of(block)}
    for field, cidr in ours.items():
        for range_, by in taken.items():
            if cidr.overlaps(range_):
                yield Problem(field, str(cidr), f"overlaps {range_}, which {by}", _ANOTHER, reads=tuple(cluster))


def the_clusters_own_networks_are_disjoint(settings: Settings) -> Iterator[Problem]:
    """Pods, services and OVN-Kubernetes share no address."""
    cluster = _inside(settings)
    for (first, one), (second, other) in combinations(cluster.items(), 2):
        if one.overlaps(other):
            yield Problem(
                second, str(other), f"overlaps {first} {one}; they must be disjoint", _ANOTHER, reads=(first,)
            )
    for field, cidr in cluster.items():
        for range_, by in RESERVED.items():
            if cidr.overlaps(range_):
                yield Problem(field, str(cidr), f"overlaps {range_}, which {by}", _ANOTHER)


def _inside(settings: Settings) -> dict[str, IPv4Network]:
    return {
        "openshift.podNetwork": settings.openshift.pod_network,
        "openshift.serviceNetwork": settings.openshift.service_network,
    }


def gateways_are_in_their_networks(settings: Settings) -> Iterator[Problem]:
    """A gateway is a neighbour that no machine of the lab can be; only an existing bridge has one of its own."""
    networks = settings.networks
    for name, network in (("machine", networks.machine), ("external", networks.external)):
        field, gateway = f"networks.{name}.gateway", network.gateway
        if gateway is None:
            continue
        reads = (f"networks.{name}.cidr", f"networks.{name}.mode", "networks.block")
        if network.mode == "isolated":
            rule = "is given, but nothing leads out of an isolated network"
            yield Problem(field, str(gateway), rule, "Remove it, or use another mode.", reads=reads)
        elif network.mode != "bridge" and gateway != network.cidr[1]:
            rule = f"is not {network.cidr[1]}, where the KVM host is in mode {network.mode}"
            yield Problem(field, str(gateway), rule, "Remove it, or use mode bridge.", reads=reads)
        elif fault := _misplaced(gateway, network.cidr):
            yield Problem(field, str(gateway), *fault, reads=reads)


def vips_stand_alone(settings: Settings) -> Iterator[Problem]:
    """API and ingress VIP lie in the machine network, apart from each other and from all that has an address there."""
    machine, openshift = settings.networks.machine, settings.openshift
    if openshift.existing.is_used or settings.topology.is_single_node:
        return
    given = {
        "openshift.apiVip": openshift.api_vip or machine.cidr[5],
        "openshift.ingressVip": openshift.ingress_vip or machine.cidr[7],
    }
    reads = ("networks.machine", "networks.block", *given)
    for field, vip in given.items():
        if fault := _misplaced(vip, machine.cidr):
            yield Problem(field, str(vip), *fault, reads=reads)
        elif vip == machine.default_gateway or vip in machine.dns:
            rule = "is also the gateway or a resolver of networks.machine"
            yield Problem(field, str(vip), rule, "Give it an address of its own.", reads=reads)
    if len(set(given.values())) == 1:
        rule = "is also openshift.apiVip; the API and the applications need an address each"
        yield Problem(
            "openshift.ingressVip", str(given["openshift.ingressVip"]), rule, "Give it another address.", reads=reads
        )


def _misplaced(address: IPv4Address, cidr: IPv4Network) -> tuple[str, str] | None:
    """Rule and remedy if an address that is nobody else's can't be this one."""
    first, last = (cidr.network_address + offset for offset in MACHINES)
    remedy = f"Use one that is free, from {cidr[2]} to {first - 1}."
    if address not in cidr:
        return f"is not in {cidr}, the network it must be in", remedy
    if address in (cidr.network_address, cidr.broadcast_address):
        return f"is the network's or the broadcast address of {cidr}", remedy
    if first <= address <= last:
        return f"is between {first} and {last}, which are for the lab's machines", remedy
    return None


def resolvers_are_nobody_else(settings: Settings) -> Iterator[Problem]:
    """A resolver may be anywhere, but where the lab gives out addresses it must not be one of them."""
    networks = settings.networks
    for number, address in enumerate(networks.machine.dns):
        field = f"networks.machine.dns[{number}]"
        if address.is_unspecified or address.is_multicast or address.is_loopback:
            yield Problem(field, str(address), "is not the address of a machine", "Give a resolver's address.")
        for name, network in networks.each():
            fault = _misplaced(address, network.cidr) if address in network.cidr else None
            if fault:
                reads = (f"networks.{name}.cidr", "networks.block")
                yield Problem(field, str(address), *fault, reads=reads)


def proxies_are_outside_the_cluster(settings: Settings) -> Iterator[Problem]:
    """Nodes need the proxy before the cluster's own networks exist."""
    inside = [*_inside(settings).values(), *RESERVED]
    for name, secret in (("http", settings.openshift.proxy.http), ("https", settings.openshift.proxy.https)):
        try:
            address = IPv4Address(urlsplit(secret.get_secret_value()).hostname or "") if secret else None
        except ValueError:
            continue  # a name
        if address is not None and any(address in cidr for cidr in inside):
            yield Problem(
                f"openshift.proxy.{name}",
                None,
                "has an address inside the cluster's own networks, where nothing is yet when it is needed",
                "Use a proxy outside, or move the cluster's network.",
                reads=tuple(_inside(settings)),
            )


RULES = (
    networks_are_disjoint,
    networks_avoid_what_is_taken,
    the_clusters_own_networks_are_disjoint,
    gateways_are_in_their_networks,
    vips_stand_alone,
    resolvers_are_nobody_else,
    proxies_are_outside_the_cluster,
)
