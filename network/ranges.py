"""Which offset in a network is for what.

One table of offsets, the same in every network of a kind, so that an address can be read: .21 on the machine network
is the second master. Larger networks use the same offsets and leave the rest free. The spans of one network never
overlap, and their bounds never move: that is why adding a node renumbers nothing.

Sources: workers, NADs, MetalLB and NetConfig as in the standard RHOSO plan (openstack-k8s-operators/architecture
examples/va/hci, infra-operator config/samples/network_v1beta1_netconfig.yaml). The machine network's
table is this program's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from types import MappingProxyType

from network.model import Bounds, Role


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

    def bounds(self, cidr: IPv4Network) -> Bounds:
        """First and last address in a network."""
        return cidr.network_address + self.first, cidr.network_address + self.last


GATEWAY = 1
"""The KVM host on every network it has a leg on."""

API_VIP = 5
INGRESS_VIP = 7

MACHINE: Mapping[Role, Span] = MappingProxyType(
    {Role.MASTER: Span(20, 29), Role.WORKER: Span(30, 99), Role.COMPUTE: Span(100, 250)}
)
"""Machine network: gateway and VIPs below .20, then the nodes by role."""

NAD = Span(30, 70)
METALLB = Span(80, 90)
ALLOCATION = Span(100, 250)
"""Control plane and VLANs: pods (whereabouts), services (MetalLB), NetConfig."""

OSP: Mapping[Role, Span] = MappingProxyType(
    {Role.MASTER: Span(5, 9), Role.WORKER: Span(10, 29), Role.COMPUTE: ALLOCATION}
)
"""Control plane and VLANs: static addresses, of masters where there are no workers. Computes have fixed addresses
inside NetConfig's range, which is what NetConfig reserves them from."""

EXTERNAL: Mapping[Role, Span] = MappingProxyType({Role.COMPUTE: ALLOCATION})
"""External network: only computes have addresses; a worker's NIC there is OVN's."""

KVM: Mapping[str, Mapping[Role, Span]] = MappingProxyType({"ocp": MACHINE, "osp": OSP, "external": EXTERNAL})
"""The static spans of each libvirt network by its key."""


def host(cidr: IPv4Network, offset: int) -> IPv4Address:
    """The single address at an offset."""
    return cidr.network_address + offset
