"""A plan that is wrong, however it came to be, is refused with the two things that clash."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface

import pytest

from network import Plan
from network.checks import check
from tests.lab import plan

Spoil = Callable[[Plan], Plan]


def with_nic(node_name: str, network: str, **changes: object) -> Spoil:
    """A plan in which one NIC differs."""

    def spoil(good: Plan) -> Plan:
        node = good.node(node_name)
        nics = tuple(replace(nic, **changes) if nic.network == network else nic for nic in node.nics)  # type: ignore[arg-type]
        return replace(good, nodes=tuple(replace(n, nics=nics) if n is node else n for n in good.nodes))

    return spoil


def with_fqdn(good: Plan) -> Plan:
    return replace(good, nodes=(replace(good.nodes[0], fqdn=good.nodes[1].fqdn), *good.nodes[1:]))


def with_subnet(network: str, **changes: object) -> Spoil:
    """A plan in which one of OpenStack's networks is cut up differently."""

    def spoil(good: Plan) -> Plan:
        old = good.openstack[network]
        new = replace(old, subnets=(replace(old.subnets[0], **changes),))  # type: ignore[arg-type]
        return replace(good, openstack={**good.openstack, network: new})

    return spoil


def bounds(first: str, last: str) -> tuple[IPv4Address, IPv4Address]:
    return IPv4Address(first), IPv4Address(last)


def wire_of(address: str) -> tuple[IPv4Interface, ...]:
    return (IPv4Interface(address),)


WRONG: list[tuple[str, Spoil, str]] = [
    (
        "two NICs with one MAC",
        with_nic("worker-0", "osp", mac=plan().node("master-0").nics[0].mac),
        "worker-0 on osp and master-0 on ocp have the same MAC address 52:46:90:81:24:54",
    ),
    ("two nodes with one name", with_fqdn, "master-1 and master-0 have the same host name master-1.lab.example.com"),
    (
        "two nodes with one address",
        with_nic("master-1", "ocp", addresses=wire_of("192.168.130.20/24")),
        "have the same address 192.168.130.20",
    ),
    (
        "a node outside its network",
        with_nic("master-1", "ocp", addresses=wire_of("192.168.133.21/24")),
        "master-1 has 192.168.133.21/24, which is not in network ocp",
    ),
    (
        "a VLAN outside its network",
        with_nic(
            "compute-0",
            "osp",
            vlans=(replace(plan().node("compute-0").nic("osp").vlans[0], addresses=wire_of("172.16.0.9/24")),),
        ),
        "compute-0 has 172.16.0.9/24, which is not in network internalapi",
    ),
    (
        "a VIP among the workers",
        lambda good: replace(good, api_vips=(IPv4Address("192.168.130.77"),)),
        "the addresses of workers and VIP 192.168.130.77 overlap on ocp",
    ),
    (
        "a VIP elsewhere",
        lambda good: replace(good, ingress_vips=(IPv4Address("192.168.140.7"),)),
        "VIP 192.168.140.7 is not in network ocp",
    ),
    (
        "a VIP that is the gateway",
        lambda good: replace(good, api_vips=(IPv4Address("192.168.130.1"),)),
        "the gateway of ocp and the API have the same address 192.168.130.1",
    ),
    (
        "a rendezvous that is a worker",
        lambda good: replace(good, rendezvous_ip=good.workers[0].ip),
        "the rendezvous 192.168.130.30 is no master's address",
    ),
    (
        "pods among the services",
        with_subnet("storage", nad_range=bounds("172.18.0.30", "172.18.0.85")),
        "pods and MetalLB overlap on storage",
    ),
    (
        "pods among the workers",
        with_subnet("tenant", nad_range=bounds("172.19.0.12", "172.19.0.70")),
        "the addresses of workers and pods overlap on tenant",
    ),
    (
        "services in another network",
        with_subnet("storage", metallb=bounds("172.20.0.80", "172.20.0.90")),
        "MetalLB leaves network storage",
    ),
    (
        "two wires on one bridge",
        lambda good: replace(
            good, networks={key: replace(network, bridge="br0") for key, network in good.networks.items()}
        ),
        "osp and ocp have the same bridge br0",
    ),
]


def test_the_plan_of_the_lab_is_right() -> None:
    check(plan())


@pytest.mark.parametrize(("spoil", "complaint"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_a_wrong_plan_is_refused(spoil: Spoil, complaint: str) -> None:
    with pytest.raises(ValueError) as caught:
        check(spoil(plan()))

    assert complaint in str(caught.value)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    broken = replace(plan(), api_vips=(IPv4Address("10.9.9.9"),), rendezvous_ip=IPv4Address("10.9.9.8"))

    with pytest.raises(ValueError, match=r"VIP 10\.9\.9\.9 is not.*; the rendezvous 10\.9\.9\.8 is no"):
        check(broken)
