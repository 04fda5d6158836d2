"""The plan of the design's lab, address by address."""

from __future__ import annotations

import dataclasses
import json
from ipaddress import IPv4Address, IPv4Interface
from typing import Any

import pytest

from network import Node, Plan, Role, names, plan, ranges
from network.macs import mac
from settings import parse, topology
from settings.rules.ranges import MACHINES

SMALLEST: dict[str, Any] = {
    "domain": "example.com",
    "secret": "0123456789abcdef" * 2,
    "hosts": {"main": {"uri": "qemu:///system"}},
    "openshift": {"pullSecret": '{"auths": {"registry.example.com": {"auth": "dXNlcjpwYXNz"}}}'},
}


def lab(stack: str = "lab", **changes: object) -> Plan:
    return plan(parse(stack, SMALLEST | changes))


def addresses(node: Node) -> list[list[str]]:
    """Addresses of each NIC."""
    return [[str(address) for address in nic.addresses] for nic in node.nics]


def test_the_lab_has_three_masters_ten_workers_and_two_computes() -> None:
    found = [node.name for node in lab().nodes]

    assert found == [
        *(f"master-{index}" for index in range(3)),
        *(f"worker-{index}" for index in range(10)),
        *(f"compute-{index}" for index in range(2)),
    ]
    assert [node.name for node in lab().cluster_nodes] == found[:13]
    assert [node.name for node in lab().openstack_nodes] == found[3:13]


def test_each_role_is_on_its_networks_with_nics_named_by_slot() -> None:
    wiring = {node.role: [(nic.name, nic.slot, nic.network) for nic in node.nics] for node in lab().nodes}

    ocp, osp, external = ("ens3", 3, "ocp"), ("ens4", 4, "osp"), ("ens5", 5, "external")
    assert wiring == {Role.MASTER: [ocp], Role.WORKER: [ocp, osp], Role.COMPUTE: [ocp, osp, external]}


def test_addresses_can_be_read_off_the_table_of_ranges() -> None:
    the_lab = lab()

    assert [str(vip) for vip in (*the_lab.api_vips, *the_lab.ingress_vips)] == ["192.168.130.5", "192.168.130.7"]
    assert [str(node.ip) for node in the_lab.masters] == ["192.168.130.20", "192.168.130.21", "192.168.130.22"]
    assert str(the_lab.node("worker-9").ip) == "192.168.130.39"
    compute = the_lab.node("compute-1")
    assert addresses(compute) == [["192.168.130.101/24"], ["192.168.131.101/24"], ["10.0.0.101/24"]]
    assert [(vlan.interface, vlan.vlan, str(vlan.addresses[0])) for vlan in compute.nic("osp").vlans] == [
        ("vlan20", 20, "172.17.0.101/24"),
        ("vlan21", 21, "172.18.0.101/24"),
        ("vlan22", 22, "172.19.0.101/24"),
    ]


def test_openstack_networks_follow_the_standard_plan() -> None:
    networks = lab().openstack

    assert list(networks) == ["ctlplane", "internalapi", "storage", "tenant", "external"]
    [internal] = networks["internalapi"].subnets
    address = IPv4Address
    assert internal.static[Role.WORKER] == (address("172.17.0.10"), address("172.17.0.29"))
    assert internal.nad_range == (address("172.17.0.30"), address("172.17.0.70"))
    assert internal.metallb == (address("172.17.0.80"), address("172.17.0.90"))
    assert internal.allocation == ((address("172.17.0.100"), address("172.17.0.250")),)
    assert networks["internalapi"].dns_domain == "internalapi.lab.example.com"
    [external] = networks["external"].subnets
    assert (networks["external"].vlan, external.nad_range, external.metallb) == (None, None, None)
    assert external.gateway == address("10.0.0.1")


def test_only_openstacks_external_network_has_a_gateway() -> None:
    """A default route on the control plane would be a second one for each compute."""
    networks = lab().openstack.values()

    assert [network.name for network in networks for part in network.subnets if part.gateway] == ["external"]


def test_the_kvm_host_is_on_every_wire_and_leads_out_of_two() -> None:
    subnets = {key: network.subnets[0] for key, network in lab().networks.items()}

    assert [str(subnet.host) for subnet in subnets.values()] == ["192.168.130.1", "192.168.131.1", "10.0.0.1"]
    assert {key: subnet.gateway == subnet.host for key, subnet in subnets.items()} == {
        **{"ocp": True, "osp": False, "external": True}
    }


def test_each_machine_has_its_one_default_route_on_the_machine_network() -> None:
    for node in lab().nodes:
        routes = [(nic.network, str(gateway)) for nic in node.nics for gateway in nic.gateways]
        assert routes == [("ocp", "192.168.130.1")]


def test_the_machine_network_resolves_the_api_the_applications_and_every_node() -> None:
    the_lab = lab()
    ocp = the_lab.networks["ocp"]

    assert ocp.dns_hosts["api.lab.example.com"] == ocp.dns_hosts["api-int.lab.example.com"] == the_lab.api_vips
    assert {ocp.dns_hosts[node.fqdn] for node in the_lab.nodes} == {(node.ip,) for node in the_lab.nodes}
    assert ocp.apps_domain == "apps.lab.example.com"
    assert [the_lab.networks[key].dns_hosts for key in ("osp", "external")] == [{}, {}]
    assert the_lab.resolvers == (ocp.subnets[0].gateway,)


def test_the_three_wires_are_named_after_the_stack_and_only_osp_is_isolated() -> None:
    networks = lab("two").networks

    assert [(network.name, network.mode) for network in networks.values()] == [
        ("two-ocp", "nat"),
        ("two-osp", "none"),
        ("two-external", "nat"),
    ]


def test_every_machine_and_network_belongs_to_the_host_by_its_key() -> None:
    the_lab = lab(hosts={"attic": {"uri": "qemu:///system"}})

    assert {node.host for node in the_lab.nodes} == {"attic"}
    assert {network.host for network in the_lab.networks.values()} == {"attic"}


def test_the_rendezvous_is_the_first_master() -> None:
    assert lab().rendezvous_ip == lab().masters[0].ip


def test_an_mtu_reaches_nics_vlans_and_networks() -> None:
    the_lab = lab(networks={"ctlplane": {"mtu": 9000}, "storage": {"mtu": 8000}})
    nic = the_lab.workers[0].nic("osp")

    assert (nic.mtu, the_lab.networks["osp"].mtu, the_lab.openstack["ctlplane"].mtu) == (9000, 9000, 9000)
    assert {vlan.network: vlan.mtu for vlan in nic.vlans} == {"internalapi": 1500, "storage": 8000, "tenant": 1500}


def test_a_machine_without_a_nic_on_a_network_says_so() -> None:
    with pytest.raises(KeyError, match="master-0 has no NIC on network osp"):
        lab().masters[0].nic("osp")
    with pytest.raises(KeyError, match="no machine worker-10"):
        lab().node("worker-10")


def test_the_most_machines_that_settings_accept_have_an_address_each() -> None:
    most = {role: min(len(spans[role]) for spans in ranges.KVM.values() if role in spans) for role in Role}

    assert most[Role.MASTER] >= topology.MASTERS_MOST
    assert most[Role.WORKER] == topology.WORKERS_MOST
    assert most[Role.COMPUTE] == topology.COMPUTES_MOST


def test_settings_keep_vips_off_exactly_the_offsets_of_machines() -> None:
    spans = ranges.MACHINE.values()

    assert (min(span.first for span in spans), max(span.last for span in spans)) == MACHINES
    assert max(ranges.API_VIP, ranges.INGRESS_VIP) < MACHINES[0]


def test_a_span_that_is_used_up_says_so() -> None:
    cidr = IPv4Interface("10.1.0.0/24").network

    with pytest.raises(ValueError, match="number 20 is outside the 20 addresses"):
        ranges.OSP[Role.WORKER].address(cidr, 20)


def test_a_mac_stays_what_it_was() -> None:
    """These must not change with the program: a changed MAC would cut every installed node off."""
    assert mac("rhoso-lab", "lab", "master-0", "ocp") == "52:46:90:81:24:54"
    assert names.bridge("rhoso-lab", "lab", "ocp") == "ocp-08842e71f3"


def test_the_plan_can_be_written_as_json() -> None:
    text = json.dumps(dataclasses.asdict(lab()), default=str)

    assert json.loads(text)["nodes"][0]["nics"][0]["addresses"] == ["192.168.130.20/24"]
