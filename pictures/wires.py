"""Which networks a lab has and what is plugged into which: the plan as the pictures look at it.

The plan tells of libvirt's networks and, separately, of OpenStack's. A picture needs both as one list: what travels
untagged on a wire, then the VLANs on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from network import Cidr, Interface, KvmNetwork, Node, OpenStackNetwork, Plan
from pictures.palette import WIRES

VLANS_ON = "osp"
"""The wire that carries OpenStack's VLANs (network.model.OpenStackNetwork)."""

_NAMES = {"ocp": "machine"}


@dataclass(frozen=True, slots=True)
class Segment:
    """One network of the lab: what is untagged on a wire, or a VLAN on it. `openstack` is None where it has none."""

    name: str
    wire: KvmNetwork
    cidrs: tuple[Cidr, ...]
    openstack: OpenStackNetwork | None

    @property
    def vlan(self) -> int | None:
        """The VLAN id, None where frames are untagged."""
        return self.openstack.vlan if self.openstack else None

    @property
    def tag(self) -> str:
        """The VLAN id in words."""
        return "untagged" if self.vlan is None else f"VLAN {self.vlan}"


@dataclass(frozen=True, slots=True)
class Tap:
    """A machine's leg in a segment: a NIC, or a VLAN device on one (then without a MAC of its own)."""

    segment: str
    wire: str
    interface: str
    mac: str | None
    addresses: tuple[Interface, ...]


def segments(plan: Plan) -> tuple[Segment, ...]:
    """All networks, wire by wire: the untagged one, then its VLANs."""
    return tuple(_segments(plan))


def _segments(plan: Plan) -> Iterator[Segment]:
    untagged = [network for network in plan.openstack.values() if network.vlan is None]
    tagged = [network for network in plan.openstack.values() if network.vlan is not None]
    for key, wire in plan.networks.items():
        same = next((network for network in untagged if network.cidr == wire.cidr), None)
        name = same.name if same else _NAMES.get(key, key)
        yield Segment(name, wire, tuple(subnet.cidr for subnet in wire.subnets), same)
        for network in tagged if key == VLANS_ON else ():
            yield Segment(network.name, wire, tuple(subnet.cidr for subnet in network.subnets), network)


def taps(plan: Plan, node: Node) -> tuple[Tap, ...]:
    """A machine's legs in the order of its NICs, a NIC's VLANs after it."""
    untagged = {segment.wire.key: segment.name for segment in segments(plan) if segment.vlan is None}
    return tuple(
        tap
        for nic in node.nics
        for tap in (
            Tap(untagged[nic.network], nic.network, nic.name, nic.mac, nic.addresses),
            *(Tap(vlan.network, nic.network, vlan.interface, None, vlan.addresses) for vlan in nic.vlans),
        )
    )


def numbers(plan: Plan) -> dict[str, int]:
    """Each wire's number, by which it has its colour; with very many wires colours come again."""
    return {key: number % WIRES for number, key in enumerate(plan.networks)}
