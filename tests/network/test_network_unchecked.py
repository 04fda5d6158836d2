"""What openshift-install does not check at all, and finds out only after the machines have booted, if ever.

The list below the table of agent-installer.md §1.5, item by item: settings or plan refuse each before anything is made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Interface
from typing import Any

import pytest

from components import kvm_networks
from manifests import agent_config, install_config
from network import Plan, Role
from network import plan as make_plan
from network.checks import check
from tests.lab import plan, problems_of, settings

SINGLE = {"masters": {"count": 1}, "workers": {"count": 0}}
SHAPES: list[dict[str, Any]] = [{}, {"workers": {"count": 0}}, SINGLE, {"masters": {"count": 5}}]


def renamed(old: str, **changes: str) -> Callable[[Plan], Plan]:
    """A plan in which one machine is called otherwise."""
    return lambda good: replace(
        good,
        nodes=tuple(replace(node, **changes) if node.name == old else node for node in good.nodes),  # type: ignore[arg-type]
    )


def moved(name: str, address: str) -> Callable[[Plan], Plan]:
    """A plan in which one machine has another address on the machine network."""

    def spoil(good: Plan) -> Plan:
        node = good.node(name)
        first = replace(node.nics[0], addresses=(IPv4Interface(address),))
        new = replace(node, nics=(first, *node.nics[1:]))
        return replace(good, nodes=tuple(new if other is node else other for other in good.nodes))

    return spoil


def met_at(address: str) -> Callable[[Plan], Plan]:
    """A plan with another rendezvous."""
    return lambda good: replace(good, rendezvous_ip=IPv4Address(address))


@dataclass(frozen=True)
class Item:
    """An item of the list, a plan that breaks it, and what is said."""

    name: str
    spoil: Callable[[Plan], Plan]
    says: str


ITEMS = [
    Item("unique hostnames", renamed("master-1", name="master-0", fqdn="master-0.lab.example.com"), "same host name"),
    Item("unique node IPs", moved("worker-3", "192.168.130.20/24"), "have the same address 192.168.130.20"),
    Item("node IP inside machineNetwork", moved("worker-3", "192.168.140.33/24"), "which is not in network ocp"),
    Item("rendezvousIP inside machineNetwork", met_at("192.168.140.20"), "192.168.140.20 is no master's address"),
    Item("rendezvousIP is a master's", met_at("192.168.130.100"), "192.168.130.100 is no master's address"),
    Item("VIP is no node's IP", moved("master-2", "192.168.130.5/24"), "the API and master-2 on ocp have the same"),
    Item("hostname syntax", renamed("worker-1", name="worker_1"), "worker_1 is no host name"),
    Item("hostname length", renamed("worker-1", fqdn=f"worker-1.{'a' * 55}"), "is no host name"),
    Item("a hostname that means every machine", renamed("worker-1", fqdn="localhost.localdomain"), "is no host name"),
]


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.name)
def test_the_plan_refuses_it(item: Item) -> None:
    with pytest.raises(ValueError, match="the plan is wrong") as caught:
        check(item.spoil(plan()))
    assert item.says in str(caught.value)


@pytest.mark.parametrize(
    ("vip", "says"),
    [
        ("192.168.130.21", "are for the lab's machines"),
        ("192.168.130.1", "is also the gateway"),
        ("192.168.140.5", "is not in 192.168.130.0/24"),
    ],
)
@pytest.mark.parametrize("field", ["openshift.apiVip", "openshift.ingressVip"])
def test_a_vip_of_the_users_is_no_nodes_not_the_gateway_and_in_the_network(field: str, vip: str, says: str) -> None:
    problems = problems_of({field: vip})
    assert [one for one in problems if one.field == field and one.value == vip and says in one.rule and one.remedy]


def test_no_network_has_a_dhcp_pool_that_a_vip_could_lie_in() -> None:
    made = [kvm_networks._arguments(network, plan()) for network in plan().networks.values()]
    assert [arguments["dhcp"].enabled for arguments in made] == [False, False, False]


def test_a_host_name_with_its_domain_is_short_enough() -> None:
    [problem] = problems_of({"domain": "d" * 50 + ".example.com"})
    assert (problem.field, "63 is the most" in problem.rule) == ("domain", True)


@pytest.mark.parametrize("topology", SHAPES, ids=str)
def test_exactly_the_expected_hosts_are_listed_each_once(topology: dict[str, Any]) -> None:
    """With one more or one less the installation waits for ever (§2.6, start-cluster-installation)."""
    lab = settings(topology=topology)
    the_plan = make_plan(lab)
    install, agent = install_config.render(lab, the_plan, "key"), agent_config.render(lab, the_plan)

    listed = Counter(host["role"] for host in agent["hosts"])
    assert (listed["master"], listed["worker"]) == (
        install["controlPlane"]["replicas"],
        install["compute"][0]["replicas"],
    )
    machines = [node for node in the_plan.nodes if node.role is not Role.COMPUTE]
    assert [host["hostname"] for host in agent["hosts"]] == [node.name for node in machines]
    macs = [[interface["macAddress"] for interface in host["interfaces"]] for host in agent["hosts"]]
    assert macs == [[nic.mac for nic in node.nics] for node in machines]
    assert [mac for macs_of in macs for mac in macs_of if mac != mac.lower()] == [], "compared as text"


def test_a_single_node_answers_at_its_own_address() -> None:
    single = plan(topology=SINGLE)
    [master] = single.masters
    assert single.api_vips == single.ingress_vips == (master.ip,)
    ocp = single.networks["ocp"]
    for name in ("api", "api-int", "master-0"):
        assert ocp.dns_hosts[f"{name}.lab.example.com"] == (master.ip,)
    assert ocp.apps_domain == "apps.lab.example.com"
    options = kvm_networks._arguments(ocp, single)["dnsmasq_options"].options
    assert [option.option_value for option in options] == [f"/apps.lab.example.com/{master.ip}"]
    elsewhere = replace(single, api_vips=(IPv4Address("192.168.130.5"),))
    with pytest.raises(ValueError, match=r"the API of a single node is at 192\.168\.130\.5"):
        check(elsewhere)
