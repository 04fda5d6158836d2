"""The networks: as libvirt carries them, and as OpenStack cuts them up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network

from network import names, ranges
from network.model import Address, KvmNetwork, Node, OpenStackNetwork, OpenStackSubnet, Role, Subnet
from network.nodes import joins, wires
from network.ranges import Span
from settings import Settings

_LIBVIRT_MODE = {"nat": "nat", "route": "route", "isolated": "none", "bridge": "bridge"}


def kvm_networks(
    settings: Settings, project: str, nodes: tuple[Node, ...], api_vips: tuple[Address, ...]
) -> Iterator[KvmNetwork]:
    """The libvirt networks."""
    domain = settings.cluster_domain
    # api-int is for nodes that have no resolver of the cluster's own yet; the ingress wildcard is apps_domain.
    hosts = {f"api.{domain}": api_vips, f"api-int.{domain}": api_vips} if api_vips else {}
    hosts |= {node.fqdn: tuple(address.ip for address in node.nic("ocp").addresses) for node in nodes}
    gateways = {
        "ocp": settings.networks.machine.default_gateway,
        "osp": None,
        "external": settings.networks.external.default_gateway,
    }
    for key, wire in wires(settings).items():
        # On an existing bridge names are somebody else's business.
        resolves = key == "ocp" and wire.mode != "bridge"
        yield KvmNetwork(
            key=key,
            name=names.kvm_network(settings.stack, key),
            host=settings.host_key,
            bridge=wire.bridge or names.bridge(project, settings.stack, key),
            mode=_LIBVIRT_MODE[wire.mode],
            subnets=(
                Subnet(
                    cidr=wire.cidr,
                    host=None if wire.mode == "bridge" else ranges.host(wire.cidr, ranges.GATEWAY),
                    gateway=gateways[key],
                    static=_static(settings, key, wire.cidr, ranges.KVM[key]),
                ),
            ),
            mtu=wire.mtu,
            dns_hosts=hosts if resolves else {},
            apps_domain=f"apps.{domain}" if resolves and api_vips else None,
        )


def openstack_networks(settings: Settings) -> Iterator[OpenStackNetwork]:
    """The networks that OpenStack knows: all but the machine network."""
    vlans = {name: network.vlan for name, network in settings.networks.vlans()}
    for name, network in settings.networks.each():
        if name == "machine":
            continue
        cidr, inside = network.cidr, name != "external"
        key, spans = ("osp", ranges.OSP) if inside else ("external", ranges.EXTERNAL)
        yield OpenStackNetwork(
            name=name,
            vlan=vlans.get(name),
            dns_domain=f"{name}.{settings.cluster_domain}",
            mtu=network.mtu,
            subnets=(
                OpenStackSubnet(
                    cidr=cidr,
                    gateway=None if inside else settings.networks.external.default_gateway,
                    static=_static(settings, key, cidr, spans),
                    nad_range=ranges.NAD.bounds(cidr) if inside else None,
                    metallb=ranges.METALLB.bounds(cidr) if inside else None,
                    allocation=(ranges.ALLOCATION.bounds(cidr),),
                ),
            ),
        )


def _static(
    settings: Settings, key: str, cidr: IPv4Network, spans: Mapping[Role, Span]
) -> dict[Role, tuple[Address, Address]]:
    """The ranges of those roles that this lab has on a network."""
    present = {Role(name.removesuffix("s")) for name, sized in settings.machines.items() if sized.count}
    here = [role for role in spans if role in present and key in joins(settings, role)]
    if key == "osp" and settings.openshift.existing.is_used:
        here.insert(0, Role.WORKER)
    return {role: spans[role].bounds(cidr) for role in here}
