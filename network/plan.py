"""From settings to plan."""

from __future__ import annotations

from network import nodes, ranges, wires
from network.checks import check
from network.model import Address, Plan, Role
from settings import Settings


def plan(settings: Settings, project: str = "rhoso-lab") -> Plan:
    """The plan of a lab. `project` is the Pulumi project, part of what MACs and bridges are made from.

    Raises ValueError, naming the two, should anything that must be unique not be.
    """
    machine, existing = settings.networks.machine, tuple(nodes.existing(settings))
    machines = tuple(nodes.nodes(settings, project))
    api_vips, ingress_vips = ((), ()) if existing else _vips(settings)
    made = Plan(
        stack=settings.stack,
        cluster_name=settings.name,
        base_domain=settings.domain,
        api_vips=api_vips,
        ingress_vips=ingress_vips,
        rendezvous_ip=None if existing else machines[0].ip,
        resolvers=machine.dns or (machine.default_gateway,),
        networks={network.key: network for network in wires.kvm_networks(settings, project, machines, api_vips)},
        openstack={network.name: network for network in wires.openstack_networks(settings)},
        nodes=machines,
        existing=existing,
    )
    check(made)
    return made


def _vips(settings: Settings) -> tuple[tuple[Address, ...], tuple[Address, ...]]:
    """Where API and applications are reached."""
    openshift, cidr = settings.openshift, settings.networks.machine.cidr
    if settings.topology.is_single_node:
        node = ranges.MACHINE[Role.MASTER].address(cidr, 0).ip
        return (node,), (node,)
    api = openshift.api_vip or ranges.host(cidr, ranges.API_VIP)
    return (api,), (openshift.ingress_vip or ranges.host(cidr, ranges.INGRESS_VIP),)
