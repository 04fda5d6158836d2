"""The plan's vocabulary: frozen values that every later room reads and none changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import TypeAlias

Bounds: TypeAlias = tuple[IPv4Address, IPv4Address]
"""First and last address of a range, both included."""


class Role(StrEnum):
    """What a machine is for. Masters and workers are nodes of the cluster; computes stand outside it."""

    MASTER = "master"
    WORKER = "worker"
    COMPUTE = "compute"


@dataclass(frozen=True, slots=True)
class VlanAddress:
    """A VLAN device on a NIC. `interface` is its kernel name: the network's on workers, `vlan<id>` on computes."""

    network: str
    vlan: int
    interface: str
    address: IPv4Interface
    mtu: int


@dataclass(frozen=True, slots=True)
class Nic:
    """One NIC of a machine.

    `name` is the kernel's name for it, which follows from PCI slot `slot`; `network` is the key of the libvirt network
    (`ocp`, `osp`, `external`). On a worker's `osp` NIC address and VLANs are what the cluster's policies will set; the
    installation itself leaves it bare. `gateway` is set on `ocp` alone, so every machine has one default route.
    """

    name: str
    slot: int
    mac: str
    network: str
    address: IPv4Interface | None
    gateway: IPv4Address | None
    vlans: tuple[VlanAddress, ...]
    mtu: int


@dataclass(frozen=True, slots=True)
class Node:
    """One machine with its NICs in order; the first is on the machine network."""

    name: str
    role: Role
    index: int
    fqdn: str
    nics: tuple[Nic, ...]

    def nic(self, network: str) -> Nic:
        """The NIC on a libvirt network, by key. Raises KeyError if the machine is not on it."""
        for nic in self.nics:
            if nic.network == network:
                return nic
        raise KeyError(f"{self.name} has no NIC on network {network}")

    @property
    def ip(self) -> IPv4Address:
        """The address on the machine network."""
        address = self.nic("ocp").address
        assert address is not None  # every machine has one there; see plan.py
        return address.ip


@dataclass(frozen=True, slots=True)
class KvmNetwork:
    """A libvirt network. `mode` is `nat` or `none` (isolated); `gateway` is the KVM host's own address on it.

    `dns_hosts` are names that its resolver knows; everything under `apps_domain` leads to the ingress VIP.
    """

    key: str
    name: str
    bridge: str
    mode: str
    cidr: IPv4Network
    gateway: IPv4Address
    mtu: int
    dns_hosts: Mapping[str, IPv4Address]
    apps_domain: str | None


@dataclass(frozen=True, slots=True)
class OpenStackNetwork:
    """A network as NetConfig, attachments and address pools describe it. Ranges never overlap each other.

    `nad_range` is for pods, `metallb` for services, `allocation` for machines outside the cluster. `gateway` is None
    where OpenStack must not set a route: each compute keeps the one default route it has on the machine network.
    """

    name: str
    cidr: IPv4Network
    vlan: int | None
    gateway: IPv4Address | None
    dns_domain: str
    mtu: int
    nad_range: Bounds | None
    metallb: Bounds | None
    allocation: tuple[Bounds, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything about one lab's networks and machines that can be known beforehand."""

    stack: str
    cluster_name: str
    base_domain: str
    api_vip: IPv4Address
    ingress_vip: IPv4Address
    rendezvous_ip: IPv4Address
    networks: Mapping[str, KvmNetwork]
    openstack: Mapping[str, OpenStackNetwork]
    nodes: tuple[Node, ...]

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
        """The workers."""
        return self._of(Role.WORKER)

    @property
    def computes(self) -> tuple[Node, ...]:
        """The machines outside the cluster."""
        return self._of(Role.COMPUTE)

    @property
    def cluster_nodes(self) -> tuple[Node, ...]:
        """Masters, then workers: what the installer must see, exactly."""
        return self.masters + self.workers

    def node(self, name: str) -> Node:
        """A machine by its short name. Raises KeyError if there is none."""
        for node in self.nodes:
            if node.name == name:
                return node
        raise KeyError(f"the plan has no machine {name}")

    def _of(self, role: Role) -> tuple[Node, ...]:
        return tuple(node for node in self.nodes if node.role is role)
