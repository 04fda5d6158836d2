"""What holds for the plan of any lab that settings accept."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from itertools import combinations, pairwise
from typing import Any

from hypothesis import HealthCheck, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from network import Plan, plan
from settings import Settings, parse

# Private /16 blocks that overlap nothing which OpenShift, OVN-Kubernetes or libvirt keeps for itself.
BLOCKS = [f"10.{second}.0.0/16" for second in range(128)] + [f"172.{second}.0.0/16" for second in range(16, 30)]
NETWORKS = ("machine", "ctlplane", "internalapi", "storage", "tenant", "external")
VLANS = ("internalapi", "storage", "tenant")
# A busy machine is no fault of the plan: nothing here is judged by how long it takes.
unhurried = budget(deadline=None, suppress_health_check=[HealthCheck.too_slow])
LABEL = st.from_regex(r"[a-z][a-z0-9-]{0,8}[a-z0-9]", fullmatch=True)


@st.composite
def cidrs(draw: st.DrawFn) -> list[str]:
    """A disjoint network for each name: one subnet, of any allowed size, out of a block of its own."""
    blocks = draw(st.lists(st.sampled_from(BLOCKS), min_size=6, max_size=6, unique=True))
    result = []
    for block in blocks:
        prefix = draw(st.integers(16, 24))
        index = draw(st.integers(0, 2 ** (prefix - 16) - 1))
        base = int(IPv4Network(block).network_address) + index * 2 ** (32 - prefix)
        result.append(f"{IPv4Address(base)}/{prefix}")
    return result


@st.composite
def configurations(draw: st.DrawFn) -> dict[str, Any]:
    """A valid configuration of any shape."""
    networks: dict[str, dict[str, object]] = {
        name: {"cidr": cidr, "mtu": 1500} for name, cidr in zip(NETWORKS, draw(cidrs()), strict=True)
    }
    ids = draw(st.lists(st.integers(1, 4094), min_size=3, max_size=3, unique=True))
    for name, vlan in zip(VLANS, ids, strict=True):
        networks[name]["vlan"] = vlan
    return {
        "name": draw(LABEL),
        "domain": f"{draw(LABEL)}.example",
        "secret": "0123456789abcdef" * 2,
        "hosts": {"main": {"uri": "qemu:///system"}},
        "openshift": {"pullSecret": '{"auths": {"registry.example.com": {"auth": "dXNlcjpwYXNz"}}}'},
        "topology": {
            "masters": {"count": draw(st.integers(3, 5))},
            "workers": {"count": draw(st.integers(1, 20))},
            "computes": {"count": draw(st.integers(0, 12) | st.just(151))},
        },
        "networks": networks,
    }


def settings_of(configuration: dict[str, Any]) -> Settings:
    return parse("lab", configuration)


def used_ranges(the_plan: Plan) -> dict[str, list[tuple[str, IPv4Address, IPv4Address]]]:
    """Everything that owns addresses, by network: the static nodes one by one, and the ranges."""
    used: dict[str, list[tuple[str, IPv4Address, IPv4Address]]] = {name: [] for name in NETWORKS}

    def add(network: str, owner: str, address: IPv4Address | None, last: IPv4Address | None = None) -> None:
        if address is not None:
            used[network].append((owner, address, last or address))

    for key, name in {"ocp": "machine", "osp": "ctlplane", "external": "external"}.items():
        add(name, "gateway", the_plan.networks[key].gateway)
    add("machine", "api", the_plan.api_vip)
    add("machine", "ingress", the_plan.ingress_vip)
    for node in the_plan.nodes:
        add("machine", node.name, node.ip)
        # Computes stand inside NetConfig's range on purpose: it reserves their addresses from there.
        if node in the_plan.workers:
            nic = node.nic("osp")
            add("ctlplane", node.name, nic.address.ip if nic.address else None)
            for vlan in nic.vlans:
                add(vlan.network, node.name, vlan.address.ip)
    for name, network in the_plan.openstack.items():
        for owner, bounds in {"nad": network.nad_range, "metallb": network.metallb}.items():
            if bounds is not None:
                add(name, owner, *bounds)
        for bounds in network.allocation:
            add(name, "allocation", *bounds)
    return used


@unhurried
@given(configurations())
def test_nothing_owns_an_address_of_another(configuration: dict[str, Any]) -> None:
    for network, owners in used_ranges(plan(settings_of(configuration))).items():
        in_order = sorted(owners, key=lambda owner: owner[1])
        for before, after in pairwise(in_order):
            assert before[2] < after[1], f"{before[0]} and {after[0]} overlap on {network}"


@unhurried
@given(configurations())
def test_every_address_is_a_usable_one_of_its_network(configuration: dict[str, Any]) -> None:
    settings = settings_of(configuration)
    cidr_of = {name: network.cidr for name, network in settings.networks.each()}

    for network, owners in used_ranges(plan(settings)).items():
        cidr = cidr_of[network]
        for owner, first, last in owners:
            assert cidr.network_address < first <= last < cidr.broadcast_address, f"{owner} is outside {network}"


@unhurried
@given(configurations())
def test_computes_lie_in_the_range_that_netconfig_gives_them_from(configuration: dict[str, Any]) -> None:
    the_plan = plan(settings_of(configuration))
    allocations = {name: network.allocation for name, network in the_plan.openstack.items()}

    for node in the_plan.computes:
        osp, external = node.nic("osp"), node.nic("external")
        addresses = {"ctlplane": osp.address, "external": external.address}
        addresses |= {vlan.network: vlan.address for vlan in osp.vlans}
        for network, address in addresses.items():
            assert address is not None
            assert any(first <= address.ip <= last for first, last in allocations[network])


@unhurried
@given(configurations(), st.integers(0, 19), st.integers(0, 12))
def test_adding_machines_renumbers_none(configuration: dict[str, Any], workers: int, computes: int) -> None:
    before = plan(settings_of(configuration))
    topology = configuration["topology"]
    topology["workers"]["count"] = min(20, topology["workers"]["count"] + workers)
    topology["computes"]["count"] = min(151, topology["computes"]["count"] + computes)
    after = plan(settings_of(configuration))

    assert [after.node(node.name) for node in before.nodes] == list(before.nodes)
    assert (after.api_vip, after.ingress_vip, after.rendezvous_ip) == (
        before.api_vip,
        before.ingress_vip,
        before.rendezvous_ip,
    )
    assert after.openstack == before.openstack


@unhurried
@given(configurations())
def test_the_same_settings_give_the_same_plan(configuration: dict[str, Any]) -> None:
    assert plan(settings_of(configuration)) == plan(settings_of(configuration))


@unhurried
@given(configurations(), st.sets(st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True), min_size=2, max_size=4))
def test_stacks_side_by_side_share_no_mac_no_bridge_and_no_name(
    configuration: dict[str, Any], stacks: set[str]
) -> None:
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

    assert not any(one.overlaps(other) for one, other in combinations(wires, 2))
