"""The plan of labs of other shapes: compact ones, wires of other kinds, addresses of the user's own."""

from __future__ import annotations

from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest

from network import Plan, Role, plan
from settings.stackfile import load_stack
from tests.lab import plan as planned

ROOT = Path(__file__).parents[2]
EXAMPLES = ("lab", "compact", "wide", "sno")


def example(stack: str) -> Plan:
    return plan(load_stack(stack, ROOT))


@pytest.mark.parametrize(
    ("stack", "shape"),
    [("lab", (3, 10, 2)), ("compact", (3, 0, 1)), ("wide", (3, 10, 20)), ("sno", (1, 0, 1))],
)
def test_the_examples_have_the_shapes_they_are_named_for(stack: str, shape: tuple[int, int, int]) -> None:
    the_plan = example(stack)

    assert (len(the_plan.masters), len(the_plan.workers), len(the_plan.computes)) == shape


def test_the_examples_side_by_side_on_one_host_share_nothing() -> None:
    plans = [example(stack) for stack in EXAMPLES]
    networks = [network for the_plan in plans for network in the_plan.networks.values()]
    cidrs = [the_plan.networks["ocp"].cidr for the_plan in plans]
    cidrs += [network.cidr for the_plan in plans for network in the_plan.openstack.values()]
    macs = [nic.mac for the_plan in plans for node in the_plan.nodes for nic in node.nics]
    fqdns = [node.fqdn for the_plan in plans for node in the_plan.nodes]

    for things in (macs, fqdns, [network.name for network in networks], [network.bridge for network in networks]):
        assert len(set(things)) == len(things)
    for number, cidr in enumerate(cidrs):
        assert not [other for other in cidrs[number + 1 :] if other.overlaps(cidr)]


def test_masters_of_a_compact_lab_are_where_workers_would_be() -> None:
    compact = example("compact")

    assert compact.openstack_nodes == compact.masters
    for master in compact.masters:
        assert [(nic.name, nic.network) for nic in master.nics] == [("ens3", "ocp"), ("ens4", "osp")]
        assert [vlan.interface for vlan in master.nic("osp").vlans] == ["internalapi", "storage", "tenant"]
    assert [str(master.nic("osp").addresses[0]) for master in compact.masters] == [
        "10.61.1.5/24",
        "10.61.1.6/24",
        "10.61.1.7/24",
    ]
    assert set(compact.openstack["storage"].subnets[0].static) == {Role.MASTER, Role.COMPUTE}


def test_masters_keep_macs_and_addresses_on_the_machine_network_whatever_the_shape() -> None:
    compact, full = planned(topology={"workers": {"count": 0}}), planned()

    assert [master.nic("ocp") for master in compact.masters] == [master.nic("ocp") for master in full.masters]


def test_a_block_gives_every_network_without_a_range_its_part() -> None:
    the_plan = planned(networks={"block": "10.60.0.0/20", "storage": {"cidr": "172.18.9.0/24"}})

    found = [str(the_plan.networks["ocp"].cidr), *(str(network.cidr) for network in the_plan.openstack.values())]
    assert found == ["10.60.0.0/24", "10.60.1.0/24", "10.60.2.0/24", "172.18.9.0/24", "10.60.4.0/24", "10.60.5.0/24"]


def test_an_existing_bridge_keeps_its_name_its_gateway_and_its_resolver() -> None:
    machine: dict[str, Any] = {"mode": "bridge", "bridge": "br0", "cidr": "192.0.2.0/24"}
    machine |= {"gateway": "192.0.2.3", "dns": ["192.0.2.53", "192.0.2.54"]} | {"dns": ["198.51.100.53"]}
    the_plan = planned(networks={"machine": machine})
    ocp = the_plan.networks["ocp"]

    assert (ocp.mode, ocp.bridge, str(ocp.subnets[0].gateway)) == ("bridge", "br0", "192.0.2.3")
    assert ocp.subnets[0].host is None
    assert (ocp.dns_hosts, ocp.apps_domain) == ({}, None), "libvirt answers for no names there"
    assert the_plan.resolvers == (IPv4Address("198.51.100.53"),)
    assert {gateway for node in the_plan.nodes for nic in node.nics for gateway in nic.gateways} == {
        ocp.subnets[0].gateway
    }


def test_nobody_leads_out_of_an_isolated_network_or_an_unknown_bridge() -> None:
    for external in ({"mode": "isolated"}, {"mode": "bridge", "bridge": "br-ext"}):
        the_plan = planned(networks={"external": external})
        assert the_plan.networks["external"].subnets[0].gateway is None
        assert the_plan.openstack["external"].subnets[0].gateway is None, "NetConfig must not name one either"
    ctlplane = planned(networks={"ctlplane": {"mode": "bridge", "bridge": "br-osp"}}).networks["osp"].subnets[0]
    assert (ctlplane.host, ctlplane.gateway) == (None, None)


def test_vips_of_the_users_own_are_what_the_names_lead_to() -> None:
    openshift = {"pullSecret": '{"auths": {"r": {"auth": "eDp4"}}}', "apiVip": "192.168.130.10"}
    the_plan = planned(openshift=openshift)

    assert [str(vip) for vip in the_plan.api_vips] == ["192.168.130.10"]
    assert the_plan.networks["ocp"].dns_hosts["api.lab.example.com"] == the_plan.api_vips
    assert [str(vip) for vip in the_plan.ingress_vips] == ["192.168.130.7"]


def test_workers_on_the_external_network_have_a_bare_third_nic() -> None:
    worker = planned(networks={"external": {"roles": ["computes", "workers"]}}).workers[0]

    assert [(nic.name, nic.network) for nic in worker.nics] == [("ens3", "ocp"), ("ens4", "osp"), ("ens5", "external")]
    assert worker.nic("external").addresses == (), "the NIC is OVN's"
