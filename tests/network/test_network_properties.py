"""What holds for the plan of any lab that settings accept."""

from __future__ import annotations

import os
import subprocess
import sys
from ipaddress import IPv4Network
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from network import Bounds, Plan, plan
from settings import Settings, parse
from tests.lab import plan as planned
from tests.strategies import configurations

ROOT = Path(__file__).parents[2]
# A busy machine is no fault of the plan: nothing here is judged by how long it takes.
unhurried = budget(deadline=None, suppress_health_check=[HealthCheck.too_slow])
thorough = budget(unhurried, max_examples=500)


def settings_of(configuration: dict[str, Any]) -> Settings:
    return parse("lab", configuration)


def used_ranges(the_plan: Plan) -> dict[str, list[tuple[str, int, int]]]:
    """Everything that owns addresses, by network: the static nodes one by one, and the ranges."""
    used: dict[str, list[tuple[str, int, int]]] = {name: [] for name in ("machine", *the_plan.openstack)}

    def add(network: str, owner: str, bounds: Bounds) -> None:
        used[network].append((owner, int(bounds[0]), int(bounds[1])))

    for key, name in {"ocp": "machine", "osp": "ctlplane", "external": "external"}.items():
        [subnet] = the_plan.networks[key].subnets
        for address in {subnet.host, subnet.gateway} - {None}:
            assert address is not None
            add(name, "host or gateway", (address, address))
    for vip in () if the_plan.is_single_node else (*the_plan.api_vips, *the_plan.ingress_vips):
        add("machine", "VIP", (vip, vip))
    for node in the_plan.nodes:
        add("machine", node.name, (node.ip, node.ip))
        # Computes stand inside NetConfig's range on purpose: it reserves their addresses from there.
        if node in the_plan.openstack_nodes:
            nic = node.nic("osp")
            for address in nic.addresses:
                add("ctlplane", node.name, (address.ip, address.ip))
            for vlan in nic.vlans:
                for address in vlan.addresses:
                    add(vlan.network, node.name, (address.ip, address.ip))
    for name, network in the_plan.openstack.items():
        for part in network.subnets:
            for owner, bounds in {"nad": part.nad_range, "metallb": part.metallb}.items():
                if bounds is not None:
                    add(name, owner, bounds)
            for bounds in part.allocation:
                add(name, "allocation", bounds)
    return used


@thorough
@given(configurations())
def test_nothing_owns_an_address_of_another_or_outside_its_network(configuration: dict[str, Any]) -> None:
    settings = settings_of(configuration)
    cidr_of = {name: network.cidr for name, network in settings.networks.each()}

    for network, owners in used_ranges(plan(settings)).items():
        in_order = sorted(owners, key=lambda owner: owner[1])
        for before, after in pairwise(in_order):
            assert before[2] < after[1], f"{before[0]} and {after[0]} overlap on {network}"
        first, last = int(cidr_of[network].network_address), int(cidr_of[network].broadcast_address)
        assert first < in_order[0][1], f"{in_order[0][0]} has no usable address on {network}"
        assert in_order[-1][2] < last, f"{in_order[-1][0]} has no usable address on {network}"


@thorough
@given(configurations(), st.integers(0, 19), st.integers(0, 12))
def test_adding_machines_renumbers_none(configuration: dict[str, Any], workers: int, computes: int) -> None:
    before = plan(settings_of(configuration))
    topology = configuration["topology"]
    if topology["workers"]["count"]:  # without workers the lab is of another shape
        topology["workers"]["count"] = min(20, topology["workers"]["count"] + workers)
    topology["computes"]["count"] += computes
    after = plan(settings_of(configuration))

    assert [after.node(node.name) for node in before.nodes] == list(before.nodes)
    assert (after.api_vips, after.ingress_vips, after.rendezvous_ip) == (
        before.api_vips,
        before.ingress_vips,
        before.rendezvous_ip,
    )
    for name, network in before.openstack.items():
        new = after.openstack[name]
        assert (new.vlan, new.cidr, new.mtu) == (network.vlan, network.cidr, network.mtu)
        assert new.subnets[0].nad_range == network.subnets[0].nad_range
        assert new.subnets[0].metallb == network.subnets[0].metallb
        assert new.subnets[0].allocation == network.subnets[0].allocation


def test_the_largest_lab_has_a_plan_too() -> None:
    """`plan` checks what it made."""
    largest = {"masters": {"count": 5}, "workers": {"count": 20}, "computes": {"count": 151}}

    assert len(planned(topology=largest).nodes) == 176


@unhurried
@given(configurations())
def test_computes_lie_in_the_range_that_netconfig_gives_them_from(configuration: dict[str, Any]) -> None:
    the_plan = plan(settings_of(configuration))
    allocations = {name: network.subnets[0].allocation for name, network in the_plan.openstack.items()}

    for node in the_plan.computes:
        osp, external = node.nic("osp"), node.nic("external")
        addresses = {"ctlplane": osp.addresses, "external": external.addresses}
        addresses |= {vlan.network: vlan.addresses for vlan in osp.vlans}
        for network, given_ in addresses.items():
            [address] = given_
            assert any(int(first) <= int(address.ip) <= int(last) for first, last in allocations[network])


def test_another_process_makes_the_same_plan() -> None:
    """Python hashes texts differently in every process; nothing of that may show."""
    show = "from tests.lab import plan; print(repr(plan()))"
    said = {
        subprocess.run(
            [sys.executable, "-c", show],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert said == {f"{planned()!r}\n"}


@unhurried
@given(configurations(), st.sets(st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True), min_size=2, max_size=4))
def test_stacks_side_by_side_share_no_mac_no_bridge_and_no_name(
    configuration: dict[str, Any], stacks: set[str]
) -> None:
    # An existing bridge is what the user says it is, also for two stacks.
    for wire in ("machine", "external"):
        for key in ("mode", "bridge", "gateway", "dns"):
            configuration["networks"][wire].pop(key, None)
    plans = [plan(parse(stack, configuration)) for stack in stacks]
    nics = [nic for the_plan in plans for node in the_plan.nodes for nic in node.nics]
    networks = [network for the_plan in plans for network in the_plan.networks.values()]

    assert len({nic.mac for nic in nics}) == len(nics)
    assert len({network.bridge for network in networks}) == len(networks)
    assert len({network.name for network in networks}) == len(networks)


@unhurried
@given(configurations(), st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}", fullmatch=True))
def test_macs_and_bridges_are_what_the_kernel_takes(configuration: dict[str, Any], stack: str) -> None:
    the_plan = plan(parse(stack, configuration))

    for node in the_plan.nodes:
        for nic in node.nics:
            octets = bytes.fromhex(nic.mac.replace(":", ""))
            assert len(octets) == 6
            assert octets[0] & 0b01 == 0, "multicast"
            assert octets[0] & 0b10, "not locally administered"
            assert nic.mac == nic.mac.lower()
    for network in the_plan.networks.values():
        assert len(network.bridge) <= 15, "IFNAMSIZ is 16 with the final NUL"


@unhurried
@given(configurations())
def test_networks_of_a_plan_are_disjoint(configuration: dict[str, Any]) -> None:
    the_plan = plan(settings_of(configuration))
    wires = [the_plan.networks["ocp"].cidr, *(network.cidr for network in the_plan.openstack.values())]

    for one, other in combinations(wires, 2):
        assert isinstance(one, IPv4Network)
        assert isinstance(other, IPv4Network)
        assert not one.overlaps(other)
