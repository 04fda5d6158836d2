"""os-net-config's template: on every compute it makes of each network what is planned.

The template is rendered as the data plane does it: with variables taken from NetConfig and node set by IPAM's rules
(openstack-operator internal/dataplane/inventory.go), written here apart from the renderers.
"""

from __future__ import annotations

import json
from ipaddress import ip_address, ip_network
from typing import Any

import jinja2
import pytest
import yaml
from hypothesis import HealthCheck, given
from hypothesis import settings as budget

from manifests import net_config, node_set, os_net_config
from network import Node, Plan
from network import plan as make_plan
from settings import Settings, parse
from tests.lab import plan, settings
from tests.strategies import configurations

RESOLVER = "192.168.131.80"


def injected(nodes: dict[str, Any], networks: dict[str, Any], key: str) -> dict[str, Any]:
    """The variables of one compute: the node set's own, and what IPAM makes of its networks."""
    node = nodes["spec"]["nodes"][key]
    known = {network["name"]: network for network in networks["spec"]["networks"]}
    made: dict[str, Any] = {"dns_search_domains": []}
    for wanted in node["networks"]:
        network = known[wanted["name"]]
        [subnet] = [subnet for subnet in network["subnets"] if subnet["name"] == wanted["subnetName"]]
        name = network["name"]
        assert any(within(wanted["fixedIP"], part) for part in subnet["allocationRanges"]), f"{name}: IPAM refuses it"
        gateway = subnet.get("gateway")
        default = [{"destination": "0.0.0.0/0", "nexthop": gateway}] if wanted.get("defaultRoute") else []
        made |= {
            f"{name}_ip": wanted["fixedIP"],
            f"{name}_cidr": ip_network(subnet["cidr"]).prefixlen,
            f"{name}_mtu": network["mtu"],
            f"{name}_gateway_ip": gateway,
            f"{name}_host_routes": default,
        }
        if "vlan" in subnet:
            made[f"{name}_vlan_id"] = subnet["vlan"]
        made["dns_search_domains"].append(network["dnsDomain"])
    names = [wanted["name"] for wanted in node["networks"] if wanted["name"] != "ctlplane"]
    made |= {"ctlplane_dns_nameservers": [RESOLVER], "nodeset_networks": names}
    made["networks_lower"] = {name: name.lower() for name in names}
    made |= nodes["spec"]["nodeTemplate"]["ansible"]["ansibleVars"]
    made |= node["ansible"]["ansibleVars"]
    return made


def within(address: str, bounds: dict[str, str]) -> bool:
    """Whether an address is in a range with start and end."""
    start, middle, end = (int(ip_address(text)) for text in (bounds["start"], address, bounds["end"]))
    return start <= middle <= end


def os_net_config_of(variables: dict[str, Any], trim: bool = True) -> list[dict[str, Any]]:
    """What Ansible writes for os-net-config. Ansible trims blocks; the template must not depend on it."""

    def lookup(plugin: str, name: str, default: Any = None) -> Any:
        assert plugin == "vars"
        return variables[name] if default is None else variables.get(name, default)

    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, trim_blocks=trim)
    text = environment.from_string(variables["edpm_network_config_template"]).render(variables, lookup=lookup)
    entries: list[dict[str, Any]] = yaml.safe_load(text)["network_config"]
    return entries


def entries_of(the_settings: Settings, the_plan: Plan, node: Node) -> list[dict[str, Any]]:
    """The same for a compute of a lab."""
    nodes = node_set.render(the_settings, the_plan)
    return os_net_config_of(injected(nodes, net_config.render(the_plan, "openstack"), node.name))


def default_routes(entries: list[dict[str, Any]]) -> list[str]:
    """The gateways of all default routes."""
    routes = [route for entry in entries for route in entry.get("routes", [])]
    return [route["next_hop"] if "next_hop" in route else route["nexthop"] for route in routes if is_default(route)]


def is_default(route: dict[str, Any]) -> bool:
    return route.get("default", False) or "0.0.0.0/0" in (route.get("ip_netmask"), route.get("destination"))


def as_planned(entries: list[dict[str, Any]], node: Node) -> None:
    """Every NIC and VLAN has what the plan says, and there is nothing else."""
    machine, wire, *vlans, bridge = entries
    macs = os_net_config.mapping(node)
    for entry, nic in ((machine, node.nic("ocp")), (wire, node.nic("osp")), (bridge, node.nic("external"))):
        [name] = [entry["name"]] if entry["type"] == "interface" else [member["name"] for member in entry["members"]]
        assert macs[name] == nic.mac
        assert [address["ip_netmask"] for address in entry["addresses"]] == [str(a) for a in nic.addresses]
        assert entry["mtu"] == nic.mtu
        assert entry["use_dhcp"] is False
    planned = {vlan.vlan: vlan for vlan in node.nic("osp").vlans}
    assert {vlan["vlan_id"] for vlan in vlans} == set(planned)
    for vlan in vlans:
        assert (vlan["type"], vlan["device"], vlan["mtu"]) == ("vlan", wire["name"], planned[vlan["vlan_id"]].mtu)
        assert [a["ip_netmask"] for a in vlan["addresses"]] == [str(a) for a in planned[vlan["vlan_id"]].addresses]
    assert default_routes(entries) == [str(gateway) for gateway in node.nic("ocp").gateways]


@pytest.mark.parametrize("trim", [True, False])
def test_a_compute_gets_its_planned_networks_and_one_default_route(trim: bool) -> None:
    the_plan = plan()
    nodes, networks = node_set.render(settings(), the_plan), net_config.render(the_plan, "openstack")
    for node in the_plan.computes:
        entries = os_net_config_of(injected(nodes, networks, node.name), trim)
        as_planned(entries, node)
        assert [entry["type"] for entry in entries] == ["interface"] * 2 + ["vlan"] * 3 + ["ovs_bridge"]
        assert entries[-1]["name"] == "br-ex"
        assert entries[-1]["members"][0]["primary"] is True


def test_a_default_route_by_ipam_would_be_the_second_and_is_seen() -> None:
    the_plan = plan()
    nodes, networks = node_set.render(settings(), the_plan), net_config.render(the_plan, "openstack")
    external = nodes["spec"]["nodes"]["compute-0"]["networks"][-1]
    external["defaultRoute"] = True
    with pytest.raises(AssertionError):
        as_planned(os_net_config_of(injected(nodes, networks, "compute-0")), the_plan.node("compute-0"))


def test_every_network_has_its_own_mtu() -> None:
    mtus = {"machine": 1400, "ctlplane": 9000, "internalapi": 1500, "storage": 8900, "tenant": 1600, "external": 1450}
    the_settings = settings(networks={name: {"mtu": mtu} for name, mtu in mtus.items()})
    the_plan = make_plan(the_settings)
    entries = entries_of(the_settings, the_plan, the_plan.computes[0])
    assert [entry["mtu"] for entry in entries] == list(mtus.values())
    assert entries[-1]["members"][0]["mtu"] == mtus["external"]


def test_a_compute_asks_openstacks_resolver_over_the_control_plane() -> None:
    entries = entries_of(settings(), plan(), plan().computes[1])
    assert {e["name"]: e["dns_servers"] for e in entries if "dns_servers" in e} == {"nic2": [RESOLVER]}
    assert "ctlplane.lab.example.com" in entries[1]["domain"]


@budget(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(configurations())
def test_the_data_plane_of_any_lab_follows_its_plan(configuration: dict[str, Any]) -> None:
    the_settings = parse("lab", configuration)
    the_plan = make_plan(the_settings)
    nodes = json.loads(json.dumps(node_set.render(the_settings, the_plan)))
    networks = net_config.render(the_plan, "openstack")

    assert list(nodes["spec"]["nodes"]) == [node.name for node in the_plan.computes]
    mappings = nodes["spec"]["nodeTemplate"]["ansible"]["ansibleVars"]["edpm_network_config_os_net_config_mappings"]
    for node in the_plan.computes:
        assert nodes["spec"]["nodes"][node.name]["ansible"]["ansibleHost"] == str(node.nic("osp").addresses[0].ip)
        assert sorted(mappings[node.name].values()) == sorted(nic.mac for nic in node.nics)
    for node in the_plan.computes[-1:]:
        as_planned(os_net_config_of(injected(nodes, networks, node.name)), node)
