"""From settings to plan.

Each part is computed from the settings and an index alone, never from another node, so nothing depends on how many
nodes there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from network import names, ranges
from network.macs import check_distinct, mac
from network.model import KvmNetwork, Nic, Node, OpenStackNetwork, Plan, Role, VlanAddress
from settings import Settings
from settings.networks import Network

FIRST_SLOT = 3
"""PCI slots 0 to 2 of QEMU's pc machine hold the host bridge, the ISA and disk controllers and the video card. Slots
have ACPI hotplug numbers there, by which a NIC in slot 3 is called ens3 (systemd.net-naming-scheme, `ens<slot>`)."""

_JOINS: dict[Role, tuple[str, ...]] = {
    Role.MASTER: ("ocp",),
    Role.WORKER: ("ocp", "osp"),
    Role.COMPUTE: ("ocp", "osp", "external"),
}
"""The libvirt networks a role is on, in the order of its NICs."""

_MACHINE_SPANS = {
    Role.MASTER: ranges.MACHINE_MASTERS,
    Role.WORKER: ranges.MACHINE_WORKERS,
    Role.COMPUTE: ranges.MACHINE_COMPUTES,
}
_OSP_SPANS = {Role.WORKER: ranges.OSP_WORKERS, Role.COMPUTE: ranges.OSP_COMPUTES}


def plan(settings: Settings, project: str = "rhoso-lab") -> Plan:
    """The plan of a lab. `project` is the Pulumi project, which keeps labs of different projects on a host apart."""
    machine = settings.networks.machine.cidr
    nodes = tuple(_nodes(settings, project))
    check_distinct((f"{node.name} on {nic.network}", nic.mac) for node in nodes for nic in node.nics)
    api_vip, ingress_vip = ranges.host(machine, ranges.API_VIP), ranges.host(machine, ranges.INGRESS_VIP)
    return Plan(
        stack=settings.stack,
        cluster_name=settings.name,
        base_domain=settings.domain,
        api_vip=api_vip,
        ingress_vip=ingress_vip,
        rendezvous_ip=next(node.ip for node in nodes if node.role is Role.MASTER),
        networks={network.key: network for network in _kvm_networks(settings, project, nodes, api_vip)},
        openstack={network.name: network for network in _openstack_networks(settings)},
        nodes=nodes,
    )


def _nodes(settings: Settings, project: str) -> Iterator[Node]:
    topology = settings.topology
    counts = {
        Role.MASTER: topology.masters.count,
        Role.WORKER: topology.workers.count,
        Role.COMPUTE: topology.computes.count,
    }
    for role, count in counts.items():
        for index in range(count):
            name = names.node(role, index)
            yield Node(
                name=name,
                role=role,
                index=index,
                fqdn=f"{name}.{settings.cluster_domain}",
                nics=tuple(_nics(settings, project, role, index)),
            )


def _nics(settings: Settings, project: str, role: Role, index: int) -> Iterator[Nic]:
    for slot, key in enumerate(_JOINS[role], start=FIRST_SLOT):
        wire = _wires(settings)[key]
        yield Nic(
            name=f"ens{slot}",
            slot=slot,
            mac=mac(project, settings.stack, names.node(role, index), key),
            network=key,
            address=_address(wire.cidr, key, role, index),
            gateway=ranges.host(wire.cidr, ranges.GATEWAY) if key == "ocp" else None,
            vlans=tuple(_vlans(settings, role, index)) if key == "osp" else (),
            mtu=wire.mtu,
        )


def _wires(settings: Settings) -> dict[str, Network]:
    """The settings of each libvirt network's untagged traffic, by the libvirt network's key."""
    networks = settings.networks
    return {"ocp": networks.machine, "osp": networks.ctlplane, "external": networks.external}


def _address(cidr: IPv4Network, key: str, role: Role, index: int) -> IPv4Interface:
    if key == "ocp":
        span = _MACHINE_SPANS[role]
    elif key == "osp":
        span = _OSP_SPANS[role]
    else:
        span = ranges.EXTERNAL_COMPUTES
    return span.address(cidr, index)


def _vlans(settings: Settings, role: Role, index: int) -> Iterator[VlanAddress]:
    for name, network in settings.networks.vlans():
        yield VlanAddress(
            network=name,
            vlan=network.vlan,
            # A policy names the device, so that attachments can; on RHEL 9 without NMState the name must give the id:
            # cloud-init writes ifcfg files there, and NetworkManager takes the id from the name (`vlan<id>`).
            interface=name if role is Role.WORKER else f"vlan{network.vlan}",
            address=_OSP_SPANS[role].address(network.cidr, index),
            mtu=network.mtu,
        )


def _kvm_networks(
    settings: Settings, project: str, nodes: tuple[Node, ...], api_vip: IPv4Address
) -> Iterator[KvmNetwork]:
    domain = settings.cluster_domain
    for key, wire in _wires(settings).items():
        machines = key == "ocp"
        # api-int is for nodes that have no resolver of the cluster's own yet; the ingress wildcard is apps_domain.
        hosts = {f"api.{domain}": api_vip, f"api-int.{domain}": api_vip, **{node.fqdn: node.ip for node in nodes}}
        yield KvmNetwork(
            key=key,
            name=names.kvm_network(settings.stack, key),
            bridge=names.bridge(project, settings.stack, key),
            mode="none" if key == "osp" else "nat",
            cidr=wire.cidr,
            gateway=ranges.host(wire.cidr, ranges.GATEWAY),
            mtu=wire.mtu,
            dns_hosts=hosts if machines else {},
            apps_domain=f"apps.{domain}" if machines else None,
        )


def _openstack_networks(settings: Settings) -> Iterator[OpenStackNetwork]:
    vlans = {name: network.vlan for name, network in settings.networks.vlans()}
    for name, network in settings.networks.each():
        if name == "machine":
            continue
        cidr, in_cluster = network.cidr, name != "external"
        yield OpenStackNetwork(
            name=name,
            cidr=cidr,
            vlan=vlans.get(name),
            gateway=None if in_cluster else ranges.host(cidr, ranges.GATEWAY),
            dns_domain=f"{name}.{settings.cluster_domain}",
            mtu=network.mtu,
            nad_range=ranges.OSP_NAD.bounds(cidr) if in_cluster else None,
            metallb=ranges.OSP_METALLB.bounds(cidr) if in_cluster else None,
            allocation=(ranges.OSP_ALLOCATION.bounds(cidr) if in_cluster else ranges.EXTERNAL_ALLOCATION.bounds(cidr),),
        )
