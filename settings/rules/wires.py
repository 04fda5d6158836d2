"""Rules about wires: modes and bridges, who is on them, and the VLANs that run on one of them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from settings.errors import Problem
from settings.explain import quoted
from settings.stack import Settings


def a_bridge_is_named_where_one_is_used(settings: Settings) -> Iterator[Problem]:
    """Mode bridge and a bridge's name belong together."""
    for name, wire in settings.networks.wires():
        mode, bridge = f"networks.{name}.mode", f"networks.{name}.bridge"
        if wire.mode == "bridge" and wire.bridge is None:
            yield Problem(bridge, None, f"is missing, and {mode} is bridge", "Name the KVM host's bridge.", (mode,))
        if wire.mode != "bridge" and wire.bridge is not None:
            rule = f"is given, but {mode} is {wire.mode}"
            yield Problem(bridge, wire.bridge, rule, f"Set {mode} to bridge, or remove the bridge.", (mode,))


def every_wire_has_its_own_bridge(settings: Settings) -> Iterator[Problem]:
    """Two networks on one bridge would be one network."""
    for (first, one), (second, other) in combinations(settings.networks.wires(), 2):
        if one.bridge is not None and one.bridge == other.bridge:
            yield Problem(
                f"networks.{second}.bridge",
                other.bridge,
                f"is also networks.{first}.bridge; each network needs a bridge of its own",
                "Name another bridge.",
                reads=(f"networks.{first}.bridge",),
            )


def somebody_leads_out(settings: Settings) -> Iterator[Problem]:
    """On an existing bridge the default gateway is somebody else's, and guessing it would cut every machine off."""
    machine = settings.networks.machine
    if machine.mode == "bridge" and machine.gateway is None:
        yield Problem(
            "networks.machine.gateway",
            None,
            "is missing, and on an existing bridge it can't be guessed",
            f"Give the gateway of {machine.cidr}.",
            reads=("networks.machine.mode", "networks.machine.cidr"),
        )


def somebody_answers_for_names(settings: Settings) -> Iterator[Problem]:
    """On an existing bridge there is no resolver of libvirt's."""
    machine, domain = settings.networks.machine, settings.cluster_domain
    if machine.mode == "bridge" and not machine.dns:
        # Without VIPs the node itself has to find the API by its inner name too.
        inner = f", api-int.{domain}" if settings.topology.is_single_node else ""
        yield Problem(
            "networks.machine.dns",
            None,
            "is missing, and libvirt answers for no names on an existing bridge",
            f"Give a resolver that knows api.{domain}{inner} and *.apps.{domain}.",
            reads=("networks.machine.mode", "name", "domain", "topology.masters.count"),
        )


def nat_is_reached_on_the_host_itself(settings: Settings) -> Iterator[Problem]:
    """Behind another machine's NAT the cluster could be built but never talked to."""
    if settings.networks.machine.mode != "nat":
        return
    for key, host in settings.hosts.items():
        if host.is_remote:
            yield Problem(
                f"hosts.{key}.uri",
                quoted(("hosts", key, "uri"), host.uri),
                "leads to another machine, whose NAT networks cannot be reached from here",
                "Run the program on that machine with qemu:///system, or set networks.machine.mode to route or bridge.",
                reads=("networks.machine.mode",),
            )


def the_right_machines_are_on_the_external_network(settings: Settings) -> Iterator[Problem]:
    """Instances leave through the computes; masters that carry no OpenStack have nothing to do there."""
    roles = settings.networks.external.roles
    given = ", ".join(roles) or "nobody"
    if "computes" not in roles:
        yield Problem(
            "networks.external.roles", given, "lacks computes, through which instances leave", "Add computes."
        )
    if "masters" in roles and not settings.topology.is_compact:
        yield Problem(
            "networks.external.roles",
            given,
            "has masters, which carry no OpenStack beside workers",
            "Remove masters.",
            reads=("topology.workers.count",),
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


RULES = (
    a_bridge_is_named_where_one_is_used,
    every_wire_has_its_own_bridge,
    somebody_leads_out,
    somebody_answers_for_names,
    nat_is_reached_on_the_host_itself,
    the_right_machines_are_on_the_external_network,
    vlans_are_distinct,
    vlans_fit_their_wire,
)
