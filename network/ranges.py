"""Which offset in a network is for what.

One table of offsets, the same in every network of a kind, so that an address can be read: .21 on the machine network
is the second master. Larger networks use the same offsets and leave the rest free. The spans of one network never
overlap, and their bounds never move: that is why adding a node renumbers nothing.

Sources: workers, NADs, MetalLB and NetConfig as in the standard RHOSO plan (openstack-k8s-operators/architecture
examples/va/hci, infra-operator config/samples/network_v1beta1_netconfig.yaml). The machine network's
table is this program's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network


@dataclass(frozen=True, slots=True)
class Span:
    """Offsets `first` to `last` in a network, both included."""

    first: int
    last: int

    def __len__(self) -> int:
        return self.last - self.first + 1

    def address(self, cidr: IPv4Network, index: int) -> IPv4Interface:
        """The address of the `index`-th node (from 0) with its prefix. Raises ValueError when the span is used up."""
        if not 0 <= index < len(self):
            raise ValueError(f"number {index} is outside the {len(self)} addresses from .{self.first} in {cidr}")
        return IPv4Interface((cidr.network_address + self.first + index, cidr.prefixlen))

    def bounds(self, cidr: IPv4Network) -> tuple[IPv4Address, IPv4Address]:
        """First and last address in a network."""
        return cidr.network_address + self.first, cidr.network_address + self.last


GATEWAY = 1
"""The KVM host on every network it has a leg on."""

API_VIP = 5
INGRESS_VIP = 7

MACHINE_MASTERS = Span(20, 29)
MACHINE_WORKERS = Span(30, 99)
MACHINE_COMPUTES = Span(100, 250)
"""Machine network: gateway and VIPs below .20, then the nodes by role."""

OSP_WORKERS = Span(10, 29)
OSP_NAD = Span(30, 70)
OSP_METALLB = Span(80, 90)
OSP_ALLOCATION = Span(100, 250)
"""Control plane and VLANs: workers' static addresses, pods (whereabouts), services (MetalLB), NetConfig."""

OSP_COMPUTES = OSP_ALLOCATION
EXTERNAL_ALLOCATION = OSP_ALLOCATION
EXTERNAL_COMPUTES = EXTERNAL_ALLOCATION
"""Computes have fixed addresses inside NetConfig's range, which is what NetConfig reserves them from."""


def host(cidr: IPv4Network, offset: int) -> IPv4Address:
    """The single address at an offset."""
    return cidr.network_address + offset
