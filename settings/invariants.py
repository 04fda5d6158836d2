"""Rules about the lab as a whole, which no single field can know.

Each rule is a small function that yields a `Problem` for everything it finds wrong; all rules always run, so a user
hears everything at once. What a field can judge alone is judged in `types.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import IPv4Network
from itertools import combinations
from typing import TypeAlias

from settings.errors import Problem
from settings.explain import quoted
from settings.stack import Settings

Rule: TypeAlias = Callable[[Settings], Iterator[Problem]]

RESERVED: dict[IPv4Network, str] = {
    IPv4Network("10.128.0.0/14"): "OpenShift keeps for pods",
    IPv4Network("172.30.0.0/16"): "OpenShift keeps for services",
    IPv4Network("100.64.0.0/16"): "OVN-Kubernetes keeps for its join subnet",
    IPv4Network("100.88.0.0/16"): "OVN-Kubernetes keeps for its transit subnet",
    IPv4Network("169.254.0.0/17"): "OVN-Kubernetes keeps for masquerading",
    IPv4Network("192.168.122.0/24"): "libvirt's own default network uses",
}
"""Ranges that are taken. Source: openshift/installer pkg/types/validation; the last is libvirt's default."""

FQDN_LONGEST = 63
"""Characters of a host name with its domain (assisted-service internal/host/hostutil)."""

MANY_MASTERS_FROM = (4, 18)
"""The OpenShift version from which the agent installer takes 4 or 5 masters."""

FLOORS: dict[str, dict[str, int]] = {
    "masters": {"vcpus": 4, "memoryMib": 16384, "diskGb": 100},
    "workers": {"vcpus": 2, "memoryMib": 16384, "diskGb": 100},
    "computes": {"vcpus": 2, "memoryMib": 16384, "diskGb": 40},
}
"""The least a real lab runs with. CPUs and disks of cluster nodes: assisted-service's environment template; memory of
workers and computes: what RHOSO's services and an instance need besides the system."""

_UNITS = {"vcpus": "virtual CPUs", "memoryMib": "MiB of memory", "diskGb": "GB of disk"}


def networks_are_disjoint(settings: Settings) -> Iterator[Problem]:
    """No address belongs to two networks of the lab."""
    for (first, one), (second, other) in combinations(settings.networks.each(), 2):
        if one.cidr.overlaps(other.cidr):
            yield Problem(
                f"networks.{second}.cidr",
                str(other.cidr),
                f"overlaps networks.{first}.cidr {one.cidr}; networks must be disjoint",
                "Give it another range.",
                reads=(f"networks.{first}.cidr",),
            )


def networks_avoid_what_is_taken(settings: Settings) -> Iterator[Problem]:
    """No network of the lab covers a range that OpenShift, OVN-Kubernetes or libvirt uses itself."""
    for name, network in settings.networks.each():
        for taken, by in RESERVED.items():
            if network.cidr.overlaps(taken):
                yield Problem(
                    f"networks.{name}.cidr",
                    str(network.cidr),
                    f"overlaps {taken}, which {by}",
                    "Give it another range.",
                )


def vlans_are_distinct(settings: Settings) -> Iterator[Problem]:
    """VLANs share one wire, so their ids must differ."""
    for (first, one), (second, other) in combinations(settings.networks.vlans(), 2):
        if one.vlan == other.vlan:
            yield Problem(
                f"networks.{second}.vlan",
                str(other.vlan),
                f"is also networks.{first}.vlan; VLANs on one wire need different ids",
                "Give it another id.",
                reads=(f"networks.{first}.vlan",),
            )


def vlans_fit_their_wire(settings: Settings) -> Iterator[Problem]:
    """A VLAN cannot carry larger packets than the wire it runs on."""
    wire = settings.networks.ctlplane.mtu
    for name, vlan in settings.networks.vlans():
        if vlan.mtu > wire:
            yield Problem(
                f"networks.{name}.mtu",
                str(vlan.mtu),
                f"is more than networks.ctlplane.mtu {wire}; a VLAN cannot carry more than its wire",
                f"Lower it to {wire}, or raise networks.ctlplane.mtu.",
                reads=("networks.ctlplane.mtu",),
            )


def host_names_are_short_enough(settings: Settings) -> Iterator[Problem]:
    """The installer's service refuses host names over 63 characters, domain included."""
    topology = settings.topology
    counts = {"master": topology.masters.count, "worker": topology.workers.count, "compute": topology.computes.count}
    names = [f"{role}-{count - 1}.{settings.cluster_domain}" for role, count in counts.items() if count]
    longest = max(names, key=len)
    if len(longest) > FQDN_LONGEST:
        yield Problem(
            "domain",
            settings.domain,
            f"makes host names too long: {longest} has {len(longest)} characters, {FQDN_LONGEST} is the most",
            f"Shorten domain or name by {len(longest) - FQDN_LONGEST}.",
            reads=("name", "topology"),
        )


def machines_are_large_enough(settings: Settings) -> Iterator[Problem]:
    """Below the floor an installation fails after an hour; a lab of stand-in guests turns the rule off."""
    if not settings.topology.hardware_floors:
        return
    for role, floors in FLOORS.items():
        machines = getattr(settings.topology, role)
        if not machines.count:
            continue
        given = machines.model_dump(by_alias=True)
        for key, floor in floors.items():
            if given[key] < floor:
                yield Problem(
                    f"topology.{role}.{key}",
                    str(given[key]),
                    f"is less than the {floor} {_UNITS[key]} that one of the {role} needs",
                    f"Raise it to {floor} or more, or set topology.hardwareFloors to false for stand-in guests.",
                    reads=("topology.hardwareFloors",),
                )


def many_masters_need_a_release_that_knows_them(settings: Settings) -> Iterator[Problem]:
    """Four and five masters came with 4.18."""
    count, version = settings.topology.masters.count, settings.openshift.version
    if count > 3 and tuple(int(part) for part in version.split(".")[:2]) < MANY_MASTERS_FROM:
        yield Problem(
            "topology.masters.count",
            str(count),
            f"is more than OpenShift {version} can install; before 4.18 there are exactly 3 masters",
            "Set it to 3, or raise openshift.version.",
            reads=("openshift.version",),
        )


def nat_is_reached_on_the_host_itself(settings: Settings) -> Iterator[Problem]:
    """Behind another machine's NAT the cluster could be built but never talked to."""
    for key, host in settings.hosts.items():
        if host.is_remote:
            yield Problem(
                f"hosts.{key}.uri",
                quoted(("hosts", key, "uri"), host.uri),
                "leads to another machine, whose NAT networks cannot be reached from here",
                "Run the program on that machine, with qemu:///system.",
            )


def emulated_guests_have_an_emulated_cpu(settings: Settings) -> Iterator[Problem]:
    """libvirt refuses to pass the host's CPU through without hardware virtualisation."""
    for key, host in settings.hosts.items():
        if host.domain_type == "qemu" and host.cpu_mode == "host-passthrough":
            yield Problem(
                f"hosts.{key}.cpuMode",
                host.cpu_mode,
                f"needs hardware virtualisation, and hosts.{key}.domainType is qemu",
                "Set it to maximum, or domainType to kvm.",
                reads=(f"hosts.{key}.domainType",),
            )


RULES: tuple[Rule, ...] = (
    nat_is_reached_on_the_host_itself,
    emulated_guests_have_an_emulated_cpu,
    host_names_are_short_enough,
    many_masters_need_a_release_that_knows_them,
    machines_are_large_enough,
    networks_are_disjoint,
    networks_avoid_what_is_taken,
    vlans_are_distinct,
    vlans_fit_their_wire,
)


def broken_rules(settings: Settings) -> Iterator[Problem]:
    """Everything that is wrong with the lab as a whole."""
    for rule in RULES:
        yield from rule(settings)
