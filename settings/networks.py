"""The networks of the lab: three wires, and the VLANs that OpenStack runs on one of them.

Defaults are the standard RHOSO plan, except that the control plane network is not libvirt's own default network
(192.168.122.0/24), which is in use on nearly every KVM host. What each address is for is `network/`'s business.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from pydantic import Field

from settings.base import REBUILD, Model
from settings.types import Cidr, Mtu, VlanId


class Network(Model):
    """What every network has."""

    cidr: Cidr = Field(
        title="Range", description="IPv4 network, /16 to /24, disjoint from all others.", json_schema_extra=REBUILD
    )
    mtu: Mtu = Field(default=1500, title="MTU", description="Largest packet, in bytes.", json_schema_extra=REBUILD)


class Vlan(Network):
    """A network of OpenStack that is a VLAN on the control plane's wire."""

    vlan: VlanId = Field(title="VLAN id", description="802.1Q VLAN id, 1 to 4094.", json_schema_extra=REBUILD)


class MachineNetwork(Network):
    """Where OpenShift's nodes and VIPs are."""

    cidr: Cidr = Field(
        default=IPv4Network("192.168.130.0/24"),
        title="Range",
        description="IPv4 network, /16 to /24: OpenShift's machine network, behind NAT.",
        json_schema_extra=REBUILD,
    )


class ControlPlaneNetwork(Network):
    """OpenStack's flat control plane network."""

    cidr: Cidr = Field(
        default=IPv4Network("192.168.131.0/24"),
        title="Range",
        description="IPv4 network, /16 to /24: OpenStack's control plane, untagged.",
        json_schema_extra=REBUILD,
    )


class InternalApiNetwork(Vlan):
    """Where OpenStack's services talk to each other."""

    cidr: Cidr = Field(
        default=IPv4Network("172.17.0.0/24"),
        title="Range",
        description="IPv4 network, /16 to /24: OpenStack's internal API.",
        json_schema_extra=REBUILD,
    )
    vlan: VlanId = Field(
        default=20, title="VLAN id", description="802.1Q VLAN id, 1 to 4094.", json_schema_extra=REBUILD
    )


class StorageNetwork(Vlan):
    """Where storage traffic runs."""

    cidr: Cidr = Field(
        default=IPv4Network("172.18.0.0/24"),
        title="Range",
        description="IPv4 network, /16 to /24: OpenStack's storage traffic.",
        json_schema_extra=REBUILD,
    )
    vlan: VlanId = Field(
        default=21, title="VLAN id", description="802.1Q VLAN id, 1 to 4094.", json_schema_extra=REBUILD
    )


class TenantNetwork(Vlan):
    """Where the instances' overlay runs."""

    cidr: Cidr = Field(
        default=IPv4Network("172.19.0.0/24"),
        title="Range",
        description="IPv4 network, /16 to /24: the overlay between instances.",
        json_schema_extra=REBUILD,
    )
    vlan: VlanId = Field(
        default=22, title="VLAN id", description="802.1Q VLAN id, 1 to 4094.", json_schema_extra=REBUILD
    )


class ExternalNetwork(Network):
    """Where instances meet the world."""

    cidr: Cidr = Field(
        default=IPv4Network("10.0.0.0/24"),
        title="Range",
        description="IPv4 network, /16 to /24: floating addresses and provider networks, behind NAT.",
        json_schema_extra=REBUILD,
    )


class Networks(Model):
    """All networks. The order of the fields is the order in which overlaps are reported."""

    machine: MachineNetwork = Field(
        default_factory=MachineNetwork, title="Machine", description="OpenShift's wire.", json_schema_extra=REBUILD
    )
    ctlplane: ControlPlaneNetwork = Field(
        default_factory=ControlPlaneNetwork,
        title="Control plane",
        description="OpenStack's wire, untagged.",
        json_schema_extra=REBUILD,
    )
    internalapi: InternalApiNetwork = Field(
        default_factory=InternalApiNetwork,
        title="Internal API",
        description="VLAN on OpenStack's wire.",
        json_schema_extra=REBUILD,
    )
    storage: StorageNetwork = Field(
        default_factory=StorageNetwork,
        title="Storage",
        description="VLAN on OpenStack's wire.",
        json_schema_extra=REBUILD,
    )
    tenant: TenantNetwork = Field(
        default_factory=TenantNetwork,
        title="Tenant",
        description="VLAN on OpenStack's wire.",
        json_schema_extra=REBUILD,
    )
    external: ExternalNetwork = Field(
        default_factory=ExternalNetwork, title="External", description="The third wire.", json_schema_extra=REBUILD
    )

    def each(self) -> Iterator[tuple[str, Network]]:
        """Every network with its name as written in the settings."""
        for name in type(self).model_fields:
            yield name, getattr(self, name)

    def vlans(self) -> Iterator[tuple[str, Vlan]]:
        """The networks that are VLANs, with their names."""
        for name, network in self.each():
            if isinstance(network, Vlan):
                yield name, network
