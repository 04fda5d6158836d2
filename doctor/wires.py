"""The host's own networks: bridges that the settings name, and ranges that are taken already."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from doctor.finding import Finding, Topic
from doctor.names import INTERFACES
from doctor.subject import Subject
from network import KvmNetwork

ROUTES = Path("/proc/net/route")
"""The kernel's IPv4 routes of the main table: interface, destination, …, the mask in the eighth column, each as eight
hexadecimal digits in the machine's byte order (proc(5))."""


def existing_bridges(subject: Subject) -> Iterator[Finding]:
    """A bridge that a network is to be put on exists, and carries packets as large as the network's."""
    named = [network for network in subject.plan.networks.values() if network.mode == "bridge"]
    for network in named:
        topic = Topic(f"bridge {network.bridge}", "networks")
        yield _there(subject, topic, network) if subject.settings.host.is_remote else _here(subject, topic, network)
    if not named:
        yield Topic("existing bridges", "networks").skips("Not needed: no network is in mode bridge.")


def _here(subject: Subject, topic: Topic, network: KvmNetwork) -> Finding:
    interface = INTERFACES / network.bridge
    if not interface.is_dir():
        remedy = f"Make it (nmcli connection add type bridge ifname {network.bridge}), or name another."
        return topic.fails(f"The host has no interface {network.bridge}.", remedy)
    if not (interface / "bridge").is_dir():
        return topic.fails(f"{network.bridge} is an interface and no bridge.", "Name the bridge that it is a port of.")
    mtu = int((interface / "mtu").read_text())
    if mtu < network.mtu:
        remedy = f"Raise it: nmcli connection modify {network.bridge} 802-3-ethernet.mtu {network.mtu}; or lower mtu."
        return topic.fails(f"{network.bridge} carries packets of {mtu} bytes, and {network.mtu} are planned.", remedy)
    tags = [str(carried.vlan) for carried in subject.plan.openstack.values() if carried.vlan is not None]
    filters = interface / "bridge" / "vlan_filtering"
    if network.key == "osp" and tags and filters.is_file() and filters.read_text().strip() != "0":
        # Nobody lets a tag through at the ports of the machines, which come and go.
        found = f"{network.bridge} filters VLANs, and the machines' NICs on it carry {', '.join(tags)}."
        remedy = f"Turn it off: nmcli connection modify {network.bridge} bridge.vlan-filtering no; or name another."
        return topic.fails(found, remedy)
    return topic.passes(f"{network.bridge} is a bridge, MTU {mtu}.")


def _there(subject: Subject, topic: Topic, network: KvmNetwork) -> Finding:
    answer = subject.virsh.ask("iface-list --all")
    if not answer.ok:
        remedy = f"Run there: ip -details link show {network.bridge}"
        return topic.skips(f"Not looked at: the host is another machine, and says {answer.said}.", remedy)
    if network.bridge not in (line.split()[0] for line in answer.out.splitlines() if line.strip()):
        return topic.fails(f"The host has no interface {network.bridge}.", "Make it, or name another.")
    return topic.passes(f"The host has an interface {network.bridge}.")


def ranges(subject: Subject) -> Iterator[Finding]:
    """What libvirt will route must be nobody else's on this host; what only machines see may be."""
    topic, bad = Topic("address ranges", "networks"), False
    taken = dict(_taken(subject))
    for what, planned, badly in _planned(subject):
        for other, whose in taken.items():
            if planned.overlaps(other):
                bad = True
                found = f"{what} {planned} overlaps {other}, which is {whose}."
                yield topic.complains(found, "Give it another range, or all by networks.block.", badly=badly)
    if not bad:
        place = "libvirt's other networks" if subject.settings.host.is_remote else "the host's other networks"
        yield topic.passes(f"None of the planned ranges is in one of {place}.")


def _planned(subject: Subject) -> Iterator[tuple[str, IPv4Network, bool]]:
    """Each range with its setting, and whether the host itself will route it."""
    settings, plan = subject.settings, subject.plan
    wires = {network.cidr for network in plan.networks.values() if network.mode != "bridge"}
    bridged = {network.cidr for network in plan.networks.values() if network.mode == "bridge"}
    for name, network in settings.networks.each():
        if network.cidr not in bridged:
            yield f"networks.{name}.cidr", network.cidr, network.cidr in wires
    if settings.reaches("openshift"):
        # A node that should reach the host's own network would look for it among its pods.
        yield "openshift.podNetwork", settings.openshift.pod_network, False
        yield "openshift.serviceNetwork", settings.openshift.service_network, False


def _taken(subject: Subject) -> Iterator[tuple[IPv4Network, str]]:
    own = {network.uuid for network in subject.own_networks}
    bridges = {network.bridge for network in subject.plan.networks.values()}
    if not subject.settings.host.is_remote:
        for interface, network in routes():
            if interface not in bridges:
                yield network, f"routed to {interface}"
    for other in subject.virsh.networks:
        if other.uuid not in own:
            yield from ((taken, f"libvirt's network {other.name}") for taken in other.ranges)


def routes() -> Iterator[tuple[str, IPv4Network]]:
    """The host's routes but the default one, with their interfaces."""
    lines = ROUTES.read_text().splitlines()[1:] if ROUTES.is_file() else []
    for interface, destination, _, _, _, _, _, mask, *_ in map(str.split, lines):
        # Only little-endian machines run KVM on x86.
        address, bits = (IPv4Address(bytes.fromhex(word)[::-1]) for word in (destination, mask))
        network = IPv4Network(f"{address}/{bits}")
        if network.prefixlen:
            yield interface, network
