"""The plan's vocabulary: frozen values that every later room reads and none changes.

Whatever can have an address of either family holds a tuple of them, the first being the primary one. Today each
holds one IPv4 value; a second family would be a second element, and no type would change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from typing import TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Interface: TypeAlias = IPv4Interface | IPv6Interface
Cidr: TypeAlias = IPv4Network | IPv6Network
Bounds: TypeAlias = tuple[Address, Address]
"""First and last address of a range, both included."""


class Role(StrEnum):
    """What a machine is for. Masters and workers are nodes of the cluster; computes stand outside it."""

    MASTER = "master"
    WORKER = "worker"
    COMPUTE = "compute"


@dataclass(frozen=True, slots=True)
class VlanDevice:
    """A VLAN device on a NIC. `interface` is its kernel name: the network's in the cluster, `vlan<id>` on computes."""

    network: str
    vlan: int
    interface: str
    addresses: tuple[Interface, ...]
    mtu: int


@dataclass(frozen=True, slots=True)
class Nic:
    """One NIC of a machine.

    `name` is the kernel's name for it, which follows from PCI slot `slot`; `mac` is empty where only an existing
    cluster knows it, and `slot` 0; `network` is the key of the libvirt network
    (`ocp`, `osp`, `external`). On a cluster node's `osp` NIC addresses and VLANs are what the cluster's policies will
    set; the installation itself leaves it bare. `gateways` is set on `ocp` alone, so every machine has one default
    route a family.
    """

    name: str
    slot: int
    mac: str
    network: str
    addresses: tuple[Interface, ...]
    gateways: tuple[Address, ...]
    vlans: tuple[VlanDevice, ...]
    mtu: int


@dataclass(frozen=True, slots=True)
class Node:
    """One machine with its NICs in order; the first is on the machine network. `host` is the key of its KVM host.

    A node of an existing cluster has no host, at most the one NIC on `osp`, and no `ip`.
    """

    name: str
    role: Role
    index: int
    host: str
    fqdn: str
    nics: tuple[Nic, ...]

    def nic(self, network: str) -> Nic:
        """The NIC on a libvirt network, by key. Raises KeyError if the machine is not on it."""
        for nic in self.nics:
            if nic.network == network:
                return nic
        raise KeyError(f"{self.name} has no NIC on network {network}")

    @property
    def ip(self) -> Address:
        """The primary address on the machine network."""
        return self.nic("ocp").addresses[0].ip


@dataclass(frozen=True, slots=True)
class Subnet:
    """One range of a libvirt network.

    `host` is the KVM host's own address there (None on an existing bridge), `gateway` what leads out of it (None where
    nothing does); `static` are the ranges of the machines by role.
    """

    cidr: Cidr
    host: Address | None
    gateway: Address | None
    static: Mapping[Role, Bounds]


@dataclass(frozen=True, slots=True)
class KvmNetwork:
    """A libvirt network on KVM host `host`.

    `mode` is libvirt's: `nat`, `route`, `none` (isolated) or `bridge` (an existing bridge, whose addresses and names
    are somebody else's business). `dns_hosts` are names that its resolver knows; everything under `apps_domain` leads
    to the ingress VIP.
    """

    key: str
    name: str
    host: str
    bridge: str
    mode: str
    subnets: tuple[Subnet, ...]
    mtu: int
    dns_hosts: Mapping[str, tuple[Address, ...]]
    apps_domain: str | None

    @property
    def cidr(self) -> Cidr:
        """The primary range."""
        return self.subnets[0].cidr


@dataclass(frozen=True, slots=True)
class OpenStackSubnet:
    """One range as NetConfig, attachments and address pools cut it up. The parts never overlap each other.

    `static` is for the cluster's nodes by role, `nad_range` for pods (whereabouts), `metallb` for services,
    `allocation` for machines outside the cluster. `gateway` is None where OpenStack must not set a route: each compute
    keeps the one default route it has on the machine network.
    """

    cidr: Cidr
    gateway: Address | None
    static: Mapping[Role, Bounds]
    nad_range: Bounds | None
    metallb: Bounds | None
    allocation: tuple[Bounds, ...]


@dataclass(frozen=True, slots=True)
class OpenStackNetwork:
    """A network of OpenStack: `vlan` on the `osp` wire, or untagged where that is None."""

    name: str
    vlan: int | None
    dns_domain: str
    mtu: int
    subnets: tuple[OpenStackSubnet, ...]

    @property
    def cidr(self) -> Cidr:
        """The primary range."""
        return self.subnets[0].cidr


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything about one lab's networks and machines that can be known beforehand.

    `networks` by key of the libvirt network, `openstack` by name of OpenStack's network, `nodes` masters first, then
    workers, then computes. `resolvers` are what every machine asks for names. `existing` are the nodes of a cluster
    that is there already: then there are no masters, workers, VIPs and rendezvous of the plan's own. `api_vips` and
    `ingress_vips` are where API and applications are reached: of a single node that is its own address.
    """

    stack: str
    cluster_name: str
    base_domain: str
    api_vips: tuple[Address, ...]
    ingress_vips: tuple[Address, ...]
    rendezvous_ip: Address | None
    resolvers: tuple[Address, ...]
    networks: Mapping[str, KvmNetwork]
    openstack: Mapping[str, OpenStackNetwork]
    nodes: tuple[Node, ...]
    existing: tuple[Node, ...] = ()

    @property
    def cluster_domain(self) -> str:
        """The cluster's own domain, `<name>.<domain>`."""
        return f"{self.cluster_name}.{self.base_domain}"

    @property
    def masters(self) -> tuple[Node, ...]:
        """The control plane machines."""
        return self._of(Role.MASTER)

    @property
    def workers(self) -> tuple[Node, ...]:
        """The workers; none in a compact lab."""
        return self._of(Role.WORKER)

    @property
    def computes(self) -> tuple[Node, ...]:
        """The machines outside the cluster."""
        return self._of(Role.COMPUTE)

    @property
    def is_single_node(self) -> bool:
        """Whether one master is the whole cluster, without addresses of its own for API and applications."""
        return len(self.masters) == 1 and not self.workers

    @property
    def cluster_nodes(self) -> tuple[Node, ...]:
        """Masters, then workers: what the installer must see, exactly; or those of the existing cluster."""
        return self.existing or self.masters + self.workers

    @property
    def openstack_nodes(self) -> tuple[Node, ...]:
        """The cluster nodes that carry OpenStack's control plane: the workers, or a compact lab's masters; of an
        existing cluster those with the NIC."""
        return tuple(node for node in self.existing if node.nics) or self.workers or self.masters

    def node(self, name: str) -> Node:
        """A machine by its short name. Raises KeyError if there is none."""
        for node in self.nodes:
            if node.name == name:
                return node
        raise KeyError(f"the plan has no machine {name}")

    def _of(self, role: Role) -> tuple[Node, ...]:
        return tuple(node for node in self.nodes if node.role is role)
