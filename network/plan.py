"""From settings to plan."""

from __future__ import annotations

from network import nodes, ranges, wires
from network.checks import check
from network.model import Plan
from settings import Settings


def plan(settings: Settings, project: str = "rhoso-lab") -> Plan:
    """The plan of a lab. `project` is the Pulumi project, part of what MACs and bridges are made from.

    Raises ValueError, naming the two, should anything that must be unique not be.
    """
    machine, openshift = settings.networks.machine, settings.openshift
    machines = tuple(nodes.nodes(settings, project))
    api_vips = (openshift.api_vip or ranges.host(machine.cidr, ranges.API_VIP),)
    ingress_vips = (openshift.ingress_vip or ranges.host(machine.cidr, ranges.INGRESS_VIP),)
    made = Plan(
        stack=settings.stack,
        cluster_name=settings.name,
        base_domain=settings.domain,
        api_vips=api_vips,
        ingress_vips=ingress_vips,
        rendezvous_ip=machines[0].ip,
        resolvers=machine.dns or (machine.default_gateway,),
        networks={network.key: network for network in wires.kvm_networks(settings, project, machines, api_vips)},
        openstack={network.name: network for network in wires.openstack_networks(settings)},
        nodes=machines,
    )
    check(made)
    return made
