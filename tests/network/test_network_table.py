"""What `make plan` prints for a person: tables that can be read back into the plan."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from ipaddress import IPv6Address, IPv6Interface, IPv6Network
from itertools import pairwise
from pathlib import Path

import pytest

from network import KvmNetwork, OpenStackNetwork, Plan, Role, plan
from network.table import MACHINES, NETWORKS
from network.table import text as as_table
from settings.stackfile import load_stack
from tests.lab import plan as planned

ROOT = Path(__file__).parents[2]
EXAMPLES = ("lab", "compact", "wide", "sno")
WIDEST = 110


def example(stack: str) -> Plan:
    return plan(load_stack(stack, ROOT))


def read_back(printed: str, header: tuple[str, ...], own: int) -> list[tuple[str, ...]]:
    """The rows under a header, cut where its columns begin, with the `own` cells that are said once filled in."""
    lines = printed.splitlines()
    [top] = [number for number, line in enumerate(lines) if tuple(line.split()) == header]
    starts = [lines[top].index(name) for name in header] + [None]
    rows: list[tuple[str, ...]] = []
    for line in lines[top + 1 :]:
        if not line:
            break
        cells = tuple(line[first:last].strip() for first, last in pairwise(starts))
        rows.append(cells if cells[0] else rows[-1][:own] + cells[own:])
    return rows


def expected_machines(the_plan: Plan) -> Iterator[tuple[str, ...]]:
    for node in the_plan.nodes:
        for nic in node.nics:
            addresses = ", ".join(str(address) for address in nic.addresses) or "-"
            yield node.name, node.role.value, nic.name, nic.mac, nic.network, addresses, "-"
            for vlan in nic.vlans:
                [address] = vlan.addresses
                yield node.name, node.role.value, vlan.interface, "", vlan.network, str(address), str(vlan.vlan)


@pytest.mark.parametrize("stack", EXAMPLES)
def test_the_table_holds_every_nic_and_vlan_of_the_plan_and_nothing_else(stack: str) -> None:
    the_plan = example(stack)

    assert read_back(as_table(the_plan), MACHINES, own=2) == list(expected_machines(the_plan))


def test_a_node_is_one_block_with_its_vlans_under_their_nic() -> None:
    lines = as_table(example("lab")).splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("compute-1"))
    block = [line.split() for line in lines[start : start + 6]]

    assert [line[0] for line in block] == ["compute-1", "ens4", "vlan20", "vlan21", "vlan22", "ens5"]
    assert lines[start + 2].index("vlan20") > lines[start + 1].index("ens4"), "a device is indented under its NIC"


@pytest.mark.parametrize("stack", EXAMPLES)
def test_the_table_fits_a_terminal_of_110_columns(stack: str) -> None:
    lines = as_table(example(stack)).splitlines()

    assert max(map(len, lines)) <= WIDEST
    assert [line for line in lines if line != line.rstrip()] == []


def test_the_networks_of_the_lab_are_listed_range_by_range() -> None:
    rows = read_back(as_table(example("lab")), NETWORKS, own=6)

    ocp = ("ocp", "-", "192.168.130.0/24", "nat", "ocp-08842e71f3", "192.168.130.1")
    ctlplane = ("osp (ctlplane)", "-", "192.168.131.0/24", "none", "osp-c592dc18a4", "-")
    storage = ("storage", "21", "172.18.0.0/24", "-", "-", "-")
    external = ("external", "-", "10.0.0.0/24", "nat", "ext-735d08f47a", "10.0.0.1")
    assert [row for row in rows if row[0] in ("ocp", "osp (ctlplane)", "storage", "external")] == [
        (*ocp, "API", "192.168.130.5"),
        (*ocp, "ingress", "192.168.130.7"),
        (*ocp, "masters", "192.168.130.20-29"),
        (*ocp, "workers", "192.168.130.30-99"),
        (*ocp, "computes", "192.168.130.100-250"),
        (*ctlplane, "KVM host", "192.168.131.1"),
        (*ctlplane, "workers", "192.168.131.10-29"),
        (*ctlplane, "pods", "192.168.131.30-70"),
        (*ctlplane, "MetalLB", "192.168.131.80-90"),
        (*ctlplane, "computes", "192.168.131.100-250"),
        (*ctlplane, "NetConfig", "192.168.131.100-250"),
        (*storage, "workers", "172.18.0.10-29"),
        (*storage, "pods", "172.18.0.30-70"),
        (*storage, "MetalLB", "172.18.0.80-90"),
        (*storage, "computes", "172.18.0.100-250"),
        (*storage, "NetConfig", "172.18.0.100-250"),
        (*external, "computes", "10.0.0.100-250"),
        (*external, "NetConfig", "10.0.0.100-250"),
    ]


@pytest.mark.parametrize("stack", EXAMPLES)
def test_no_network_and_no_range_of_the_plan_is_left_out(stack: str) -> None:
    the_plan = example(stack)
    listed = {(row[2], row[6], row[7]) for row in read_back(as_table(the_plan), NETWORKS, own=6)}

    carriers: list[KvmNetwork | OpenStackNetwork] = [*the_plan.networks.values(), *the_plan.openstack.values()]
    expected: set[tuple[str, str, str]] = set()
    for network in carriers:
        for subnet in network.subnets:
            ranges = {f"{role}s": [bounds] for role, bounds in subnet.static.items()}
            for what, field in (("pods", "nad_range"), ("MetalLB", "metallb")):
                ranges[what] = [getattr(subnet, field)] if getattr(subnet, field, None) else []
            ranges["NetConfig"] = list(getattr(subnet, "allocation", ()))
            expected |= {
                (str(subnet.cidr), what, f"{first}-{str(last).split('.')[3]}")
                for what, bounds in ranges.items()
                for first, last in bounds
            }
    vips = {(str(the_plan.networks["ocp"].cidr), "API", str(vip)) for vip in the_plan.api_vips}
    vips |= {(str(the_plan.networks["ocp"].cidr), "ingress", str(vip)) for vip in the_plan.ingress_vips}
    vips = set() if the_plan.is_single_node else vips
    hosts = {(str(n.cidr), "KVM host", str(n.subnets[0].host)) for n in the_plan.networks.values() if n.mode == "none"}
    assert listed == expected | vips | hosts


def test_what_stands_alone_is_said_first() -> None:
    assert as_table(example("lab")).splitlines()[:2] == [
        "Stack lab, cluster lab.example.com",
        "API 192.168.130.5; ingress 192.168.130.7; rendezvous 192.168.130.20; resolvers 192.168.130.1",
    ]


def test_a_nic_without_an_address_and_a_range_across_octets_can_be_read() -> None:
    the_plan = planned(networks={"external": {"roles": ["computes", "workers"]}})
    rows = read_back(as_table(the_plan), MACHINES, own=2)
    assert [row[2:6] for row in rows if row[0] == "worker-0"][-1] == (
        "ens5",
        the_plan.node("worker-0").nic("external").mac,
        "external",
        "-",
    )

    wire = the_plan.networks["osp"]
    subnet = dataclasses.replace(wire.subnets[0], static={Role.WORKER: (wire.cidr[1], wire.cidr[-1] + 1)})
    across = dataclasses.replace(the_plan, networks={"osp": dataclasses.replace(wire, subnets=(subnet,))}, openstack={})
    assert "192.168.131.1-192.168.132.0" in as_table(across)


def test_a_second_family_stands_beside_the_first() -> None:
    the_plan = example("compact")
    six = IPv6Network("fd00:1::/64")
    wire, node = the_plan.networks["ocp"], the_plan.nodes[0]
    subnet = dataclasses.replace(
        wire.subnets[0],
        cidr=six,
        host=six[1],
        gateway=six[1],
        static={node.role: (IPv6Address("fd00:1::20"), six[0x29])},
    )
    nic = dataclasses.replace(node.nics[0], addresses=(*node.nics[0].addresses, IPv6Interface("fd00:1::20/64")))
    dual = dataclasses.replace(
        the_plan,
        networks={**the_plan.networks, "ocp": dataclasses.replace(wire, subnets=(*wire.subnets, subnet))},
        nodes=(dataclasses.replace(node, nics=(nic,)),),
    )

    printed = as_table(dual)
    assert read_back(printed, MACHINES, own=2)[0][5] == "10.61.0.20/24, fd00:1::20/64"
    networks = read_back(printed, NETWORKS, own=6)
    assert [(row[0], *row[5:]) for row in networks if row[2] == "fd00:1::/64"] == [
        ("ocp", "fd00:1::1", "masters", "fd00:1::20-fd00:1::29")
    ]
