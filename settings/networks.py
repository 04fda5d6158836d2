"""The networks of the lab: three wires, and the VLANs that OpenStack runs on one of them.

Defaults are the standard RHOSO plan, except that the control plane network is not libvirt's own default network
(192.168.122.0/24), which is in use on nearly every KVM host. What each address is for is `network/`'s business.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, IPv4Network
from typing import Any, Literal, TypeAlias

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from settings.base import FREE, REBUILD, Model, unit
from settings.types import Address, Block, BridgeName, Cidr, Mtu, VlanId

RoleName: TypeAlias = Literal["masters", "workers", "computes"]

_MODE = "How the KVM host carries it: "


def _range(of_what: str) -> str:
    return f"IPv4 network, /16 to /24: {of_what}. Cut from networks.block if that is set and this is not."


class Network(Model):
    """What every network has."""

    cidr: Cidr = Field(
        title="Range", description="IPv4 network, /16 to /24, disjoint from all others.", json_schema_extra=REBUILD
    )
    mtu: Mtu = Field(
        default=1500, title="MTU", description="Largest packet.", json_schema_extra=REBUILD | unit("bytes")
    )


class Wire(Network):
    """A network that machines have a NIC on: one libvirt network each."""

    mode: Literal["nat", "route", "isolated", "bridge"] = Field(
        title="Mode", description=_MODE.removesuffix(": "), json_schema_extra=REBUILD
    )
    bridge: BridgeName | None = Field(
        default=None,
        title="Existing bridge",
        description="Mode bridge: the KVM host's bridge that the machines are put on; to be on a VLAN of the site, one "
        "over the host's own interface of that VLAN.",
        examples=["br0"],
        json_schema_extra=REBUILD,
    )


class Vlan(Network):
    """A network of OpenStack that is a VLAN on the control plane's wire."""

    vlan: VlanId = Field(title="VLAN id", description="802.1Q VLAN id, 1 to 4094.", json_schema_extra=REBUILD)


class MachineNetwork(Wire):
    """Where OpenShift's nodes and VIPs are, and every machine's default route."""

    cidr: Cidr = Field(
        default=IPv4Network("192.168.130.0/24"),
        title="Range",
        description=_range("OpenShift's machine network"),
        json_schema_extra=REBUILD,
    )
    mode: Literal["nat", "route", "bridge"] = Field(
        default="nat",
        title="Mode",
        description=f"{_MODE}nat; route (others must know the way back); bridge (an existing one).",
        json_schema_extra=REBUILD,
    )
    gateway: Address | None = Field(
        default=None,
        title="Gateway",
        description="Mode bridge: the default gateway. Otherwise it is the KVM host, with the network's first address.",
        examples=["192.168.130.1"],
        json_schema_extra=REBUILD,
    )
    dns: tuple[Address, ...] = Field(
        default=(),
        title="Resolvers",
        description="What the machines ask for names. None: the KVM host, which mode bridge does not have there.",
        json_schema_extra=REBUILD,
    )

    @property
    def default_gateway(self) -> IPv4Address:
        """The gateway, given or by default."""
        return self.gateway or self.cidr[1]


class ControlPlaneNetwork(Wire):
    """OpenStack's flat control plane network, whose wire carries the VLANs too."""

    cidr: Cidr = Field(
        default=IPv4Network("192.168.131.0/24"),
        title="Range",
        description=_range("OpenStack's control plane, untagged"),
        json_schema_extra=REBUILD,
    )
    mode: Literal["isolated", "bridge"] = Field(
        default="isolated",
        title="Mode",
        description=f"{_MODE}isolated from the world; bridge (an existing one, which must pass the VLANs).",
        json_schema_extra=REBUILD,
    )


class InternalApiNetwork(Vlan):
    """Where OpenStack's services talk to each other."""

    cidr: Cidr = Field(
        default=IPv4Network("172.17.0.0/24"),
        title="Range",
        description=_range("OpenStack's internal API"),
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
        description=_range("OpenStack's storage traffic"),
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
        description=_range("the overlay between instances"),
        json_schema_extra=REBUILD,
    )
    vlan: VlanId = Field(
        default=22, title="VLAN id", description="802.1Q VLAN id, 1 to 4094.", json_schema_extra=REBUILD
    )


class ExternalNetwork(Wire):
    """Where instances meet the world."""

    cidr: Cidr = Field(
        default=IPv4Network("10.0.0.0/24"),
        title="Range",
        description=_range("floating addresses and provider networks"),
        json_schema_extra=REBUILD,
    )
    mode: Literal["nat", "route", "isolated", "bridge"] = Field(
        default="nat",
        title="Mode",
        description=f"{_MODE}nat; route (others must know the way back); isolated; bridge (an existing one).",
        json_schema_extra=REBUILD,
    )
    gateway: Address | None = Field(
        default=None,
        title="Gateway",
        description="Mode bridge: the gateway of instances, if there is one. Modes nat and route: the KVM host.",
        examples=["10.0.0.1"],
        json_schema_extra=REBUILD,
    )
    roles: tuple[RoleName, ...] = Field(
        default=("computes",),
        title="Roles",
        description="Who has a NIC on it: computes, and workers too if they shall be on it.",
        json_schema_extra=REBUILD,
    )

    @property
    def default_gateway(self) -> IPv4Address | None:
        """The gateway, given or by default; none where nothing leads out, or nobody said what does."""
        return self.gateway or (self.cidr[1] if self.mode in ("nat", "route") else None)


class Networks(Model):
    """All networks. The order of the fields is the order in which overlaps are reported, and a block is cut."""

    block: Block | None = Field(
        default=None,
        title="Block",
        description="IPv4 network, /12 to /21, from which every network without a range of its own is cut as a /24. "
        "One setting keeps labs on one host apart.",
        examples=["10.60.0.0/21"],
        json_schema_extra=FREE,
    )
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

    @model_validator(mode="before")
    @classmethod
    def _cut_block(cls, given: Any) -> Any:
        """Give every network without a range its /24 of the block: the first to the machine network, and so on."""
        if not isinstance(given, Mapping) or given.get("block") is None:
            return given
        try:
            block: IPv4Network = TypeAdapter(Block).validate_python(given["block"])
        except ValidationError:
            return given  # the field's own check says what is wrong
        result = dict(given)
        for name, part in zip(_NAMES, block.subnets(new_prefix=24), strict=False):
            section = given.get(name, {})
            if isinstance(section, Mapping) and "cidr" not in section:
                result[name] = {**section, "cidr": str(part)}
        return result

    def each(self) -> Iterator[tuple[str, Network]]:
        """Every network with its name as written in the settings."""
        for name in _NAMES:
            yield name, getattr(self, name)

    def vlans(self) -> Iterator[tuple[str, Vlan]]:
        """The networks that are VLANs, with their names."""
        for name, network in self.each():
            if isinstance(network, Vlan):
                yield name, network

    def wires(self) -> Iterator[tuple[str, Wire]]:
        """The networks that machines have a NIC on, with their names."""
        for name, network in self.each():
            if isinstance(network, Wire):
                yield name, network


_NAMES = tuple(name for name in Networks.model_fields if name != "block")
