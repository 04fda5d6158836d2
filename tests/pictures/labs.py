"""Labs to draw: the example stacks, any valid lab, and shapes that settings can't make yet but plans can hold."""

from __future__ import annotations

import dataclasses
from ipaddress import IPv6Address, IPv6Interface, IPv6Network
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from network import Bounds, Interface, Plan, Role
from network import plan as make_plan
from settings import parse
from settings.stackfile import load_stack
from tests.strategies import configurations

ROOT = Path(__file__).parents[2]
STACKS = ("lab", "compact", "wide", "sno")
MOST = 35
"""Machines that a picture must hold."""


def example(stack: str) -> Plan:
    """The plan of an example stack, from its file."""
    return make_plan(load_stack(stack, ROOT))


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """The plan of any valid lab of at most `MOST` machines."""
    configuration = draw(configurations())
    topology = configuration["topology"]
    room = MOST - topology["masters"]["count"] - topology["workers"]["count"]
    topology["computes"]["count"] = draw(st.integers(0, room))
    stack = draw(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}", fullmatch=True))
    return make_plan(parse(stack, configuration))


def dual_stack(plan: Plan) -> Plan:
    """The same lab with an IPv6 address beside every IPv4 one, and an IPv6 range in every network."""
    networks = {
        key: dataclasses.replace(
            network,
            subnets=(
                *network.subnets,
                dataclasses.replace(
                    network.subnets[0],
                    cidr=_range(key),
                    host=_address(key, 1),
                    gateway=_address(key, 1),
                    static={role: _bounds(key, 32) for role in network.subnets[0].static},
                ),
            ),
        )
        for key, network in plan.networks.items()
    }
    openstack = {
        name: dataclasses.replace(
            network,
            subnets=(
                *network.subnets,
                dataclasses.replace(
                    network.subnets[0], cidr=_range(name), static={Role.WORKER: _bounds(name, 16)}, nad_range=None
                ),
            ),
        )
        for name, network in plan.openstack.items()
    }
    return dataclasses.replace(plan, networks=networks, openstack=openstack, nodes=_both_families(plan))


def on_two_hosts(plan: Plan) -> Plan:
    """The same lab with its computes on a second host, whose networks are still the first one's."""
    nodes = tuple(dataclasses.replace(n, host="second") if n.role is Role.COMPUTE else n for n in plan.nodes)
    return dataclasses.replace(plan, nodes=nodes)


def _both_families(plan: Plan) -> tuple[Any, ...]:
    def more(network: str, number: int, addresses: tuple[Interface, ...]) -> tuple[Interface, ...]:
        return (*addresses, IPv6Interface((_address(network, number), 64)))

    return tuple(
        dataclasses.replace(
            node,
            nics=tuple(
                dataclasses.replace(
                    nic,
                    addresses=more(nic.network, number, nic.addresses),
                    vlans=tuple(
                        dataclasses.replace(vlan, addresses=more(vlan.network, number, vlan.addresses))
                        for vlan in nic.vlans
                    ),
                )
                for nic in node.nics
            ),
        )
        for number, node in enumerate(plan.nodes, start=32)
    )


def _range(name: str) -> IPv6Network:
    return IPv6Network(f"fd00:0:0:{len(name):x}::/64")


def _address(name: str, number: int) -> IPv6Address:
    return _range(name).network_address + number


def _bounds(name: str, first: int) -> Bounds:
    return _address(name, first), _address(name, first + 31)
