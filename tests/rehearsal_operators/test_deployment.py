"""The deployment: what it waits for, what it finds on the computes, and what stays of it. The computes are made up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from network import Node
from rehearsal.operators import compute, ssh
from rehearsal.operators.deployment import Deployment
from rehearsal.operators.openstack_cli import state
from rehearsal.operators.standin import Outcome, View
from rehearsal.operators.world import World
from tests.lab import plan
from tests.rehearsal_operators.lab_objects import Object, computes, run, true, world

DEPLOYMENT = Deployment()


def set_up(**spec: Any) -> Object:
    """The lab's node set, ready to be deployed."""
    node_set = computes()
    node_set["spec"] |= spec
    return node_set | {"status": {"observedGeneration": 1, "conditions": true("SetupReady")}}


def facts(node: Node) -> list[str]:
    """What a compute that is as planned says of itself."""
    lines = [f"host {node.fqdn}"]
    for nic in node.nics:
        lines += [f"device {nic.name} {nic.mac} {nic.mtu} nic"]
        lines += [f"address {nic.name} {address}" for address in nic.addresses]
        lines += [f"default {gateway} {nic.name}" for gateway in nic.gateways]
        for vlan in nic.vlans:
            lines += [f"device {vlan.interface} {nic.mac} {vlan.mtu} ", f"vlan {vlan.interface} {vlan.vlan} {nic.name}"]
            lines += [f"address {vlan.interface} {address}" for address in vlan.addresses]
    return lines


class Guests:
    """Computes that answer to ssh as planned, but for the lines that a test changes."""

    def __init__(self) -> None:
        self.said = {str(node.nic("osp").addresses[0].ip): facts(node) for node in plan().computes}
        self.refused: dict[str, ssh.Said] = {}
        self.asked: list[tuple[ssh.Login, str, bool]] = []

    def replace(self, address: str, old: str, new: str) -> None:
        """Change a line of what a compute says; an empty one is left out."""
        assert any(old in line for line in self.said[address]), self.said[address]
        lines = [line.replace(old, new) for line in self.said[address]]
        self.said[address] = [line for line in lines if line.strip()]

    def run(self, login: ssh.Login, script: str, timeout: float, *, root: bool = False) -> ssh.Said:
        """Stands in for ssh.run."""
        self.asked.append((login, script, root))
        if login.address in self.refused:
            return self.refused[login.address]
        return ssh.Said(0, "\n".join(self.said[login.address]) + "\n", "")


@pytest.fixture
def guests(monkeypatch: pytest.MonkeyPatch) -> Guests:
    made = Guests()
    monkeypatch.setattr(ssh, "run", made.run)
    monkeypatch.setattr(compute, "_PAUSE_SECONDS", 0.0)
    return made


def act(tmp_path: Path, deployment: Object | None = None, node_set: Object | None = None) -> Outcome:
    """Deploy, in a world where everything is there."""
    there = world(node_set or set_up(), directory=tmp_path)
    return DEPLOYMENT.act(deployment or run(), there)


def conditions(status: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {entry["type"]: entry for entry in status["conditions"]}


def needs(deployment: Object, there: World) -> list[str]:
    return [need.sentence for need in DEPLOYMENT.unmet(deployment, there)]


def test_it_waits_for_nothing_when_all_is_there() -> None:
    assert needs(run(), world(set_up())) == []


@pytest.mark.parametrize(
    ("without", "said"),
    [
        ("Secret/nova-cell1-compute-config", "secret/nova-cell1-compute-config not found, which service nova reads"),
        ("Secret/libvirt-secret", "which service libvirt reads"),
        ("Secret/nova-migration-ssh-key", "which service nova reads"),
        ("ConfigMap/ovncontroller-config", "configmap/ovncontroller-config not found, which service ovn reads"),
        ("Secret/combined-ca-bundle", "secret/combined-ca-bundle not found"),
        ("OpenStackDataPlaneNodeSet/computes", "OpenStackDataPlaneNodeSet computes not found"),
        ("Node/worker-0", "0 nodes match the ansibleJobNodeSelector"),
    ],
)
def test_whatever_is_missing_is_named_and_waited_for(without: str, said: str) -> None:
    found = needs(run(), world(set_up(), without=[without]))
    assert any(said in sentence for sentence in found), found
    status = DEPLOYMENT.status(View(run(), "waiting", tuple(DEPLOYMENT.unmet(run(), world()))), world())
    assert status["deployed"] is False


@pytest.mark.parametrize("status", [{}, {"observedGeneration": 0, "conditions": true("SetupReady")}])
def test_a_node_set_that_is_not_set_up_is_waited_for(status: dict[str, Any]) -> None:
    assert needs(run(), world(computes() | {"status": status})) == [
        "OpenStackDataPlaneNodeSet computes is not SetupReady yet"
    ]


def test_it_logs_in_to_every_compute_as_the_node_set_says_and_starts_what_runs_there(
    guests: Guests, tmp_path: Path
) -> None:
    outcome = act(tmp_path)
    assert outcome.problem == ""
    logins = {(login.user, login.address, login.port) for login, _, _ in guests.asked}
    assert logins == {("cloud-admin", "192.168.131.100", 22), ("cloud-admin", "192.168.131.101", 22)}
    assert all("PRIVATE KEY" in login.key for login, _, _ in guests.asked)
    started = [script for _, script, root in guests.asked if root]
    assert len(started) == 2 and all("edpm_nova_compute" in script for script in started)
    with state.opened(tmp_path) as known:
        assert set(known["computes"]) == {f"compute-{n}.ctlplane.lab.example.com" for n in (0, 1)}
        [one, _] = known["computes"].values()
    assert one["gateway"] is True and one["physical_networks"] == ["datacentre"]


def test_what_stays_of_it_is_what_the_node_set_reads(guests: Guests, tmp_path: Path) -> None:
    outcome = act(tmp_path)
    status = DEPLOYMENT.status(View(run(), "ready", facts=outcome.facts), world(set_up()))
    assert status["deployed"] is True
    assert status["deployedVersion"] == "18.0.7"
    assert status["containerImages"] == {"OvnControllerImage": "registry.example.com/ovn:1"}
    assert set(status["nodeSetHashes"]) == {"computes"}
    assert conditions(status)["Ready"]["status"] == "True"
    told = {entry["type"] for entry in status["nodeSetConditions"]["computes"]}
    assert {"NodeSetDeploymentReady", "ServiceConfigureNetworkDeploymentReady"} <= told
    assert DEPLOYMENT.settled(run() | {"status": status})


FIRST = "192.168.131.100"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("192.168.131.100/24", "192.168.131.150/24", "ens4 has not 192.168.131.100/24, but 192.168.131.150/24"),
        ("172.18.0.100/24", "172.18.0.100/16", "vlan21 has not 172.18.0.100/24"),
        ("vlan vlan21 21 ens4", "vlan vlan21 23 ens4", "ens4 has no VLAN 21; the machine has 20 on ens4"),
        ("vlan vlan21 21 ens4", "vlan vlan21 21 ens5", "ens4 has no VLAN 21"),
        ("10.0.0.100/24", "10.0.0.99/24", "ens5 has not 10.0.0.100/24"),
        ("default 192.168.130.1 ens3", "", "the machine has 0 default routes"),
        ("default 192.168.130.1 ens3", "default 192.168.130.9 ens3", "the default route is not by 192.168.130.1"),
        ("device ens4", "device ens9", "ens9 has not 192.168.131.100/24, but no address"),
    ],
)
def test_a_compute_that_is_not_as_its_os_net_config_says_fails_it(
    guests: Guests, tmp_path: Path, old: str, new: str, said: str
) -> None:
    guests.replace(FIRST, old, new)
    outcome = act(tmp_path)
    assert said in outcome.problem
    assert "execution.name configure-network-" in outcome.problem and "compute-0: " in outcome.problem
    with state.opened(tmp_path) as known:
        assert known["computes"] == {}, "nobody knows a compute whose deployment failed"


def test_a_second_default_route_fails_it(guests: Guests, tmp_path: Path) -> None:
    guests.said[FIRST].append("default 10.0.0.1 ens5")
    assert "the machine has 2 default routes, expected one" in act(tmp_path).problem


def test_a_card_that_is_not_there_is_told_by_its_mac(guests: Guests, tmp_path: Path) -> None:
    mac = plan().computes[0].nic("external").mac
    guests.replace(FIRST, mac, "52:54:00:00:00:01")
    assert f"no NIC has nic3's MAC {mac}" in act(tmp_path).problem


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("use_dhcp: false", "use_dhcp: true", "nic1 asks for DHCP"),
        ("{{ machine_mtu }}", "{{ unheard_of }}", "cannot be rendered: 'unheard_of' is undefined"),
        (" if network != 'external'", "", "No variable found with this name: external_vlan_id"),
        ("routes: {{ ctlplane_host_routes }}", "routes: [{default: true, next_hop: 192.168.131.1}]", "gives 2 default"),
        ("network_config:", "config:", "comes to no list network_config"),
        ("name: nic3", "name: nic4", "nic4 is in no mapping"),
    ],
)
def test_a_template_that_does_not_fit_fails_it(guests: Guests, tmp_path: Path, old: str, new: str, said: str) -> None:
    node_set = set_up()
    variables = node_set["spec"]["nodeTemplate"]["ansible"]["ansibleVars"]
    template = variables["edpm_network_config_template"]
    assert old in template
    variables["edpm_network_config_template"] = template.replace(old, new)
    assert said in act(tmp_path, node_set=node_set).problem


@pytest.mark.parametrize(
    ("answer", "tries", "said"),
    [
        (ssh.Said(255, "", "Permission denied (publickey)"), 1, "Failed to connect to the host via ssh"),
        (ssh.Said(255, "", "No route to host"), 3, "No route to host"),
        (ssh.Said(1, "", "sudo: a password is required"), 1, "sudo: a password is required"),
    ],
)
def test_a_compute_that_does_not_let_it_in_fails_it_at_its_first_service(
    guests: Guests, tmp_path: Path, answer: ssh.Said, tries: int, said: str
) -> None:
    guests.refused[FIRST] = answer
    outcome = act(tmp_path)
    assert said in outcome.problem and "execution.name redhat-" in outcome.problem
    assert len([login for login, _, _ in guests.asked if login.address == FIRST]) == tries


def test_failed_is_for_good(guests: Guests, tmp_path: Path) -> None:
    guests.replace(FIRST, "default 192.168.130.1 ens3", "")
    outcome = act(tmp_path)
    status = DEPLOYMENT.status(View(run(), "failed", problem=outcome.problem, facts=outcome.facts), world(set_up()))
    found = conditions(status)["DeploymentReady"]
    assert (found["status"], found["reason"], found["severity"]) == ("False", "BackoffLimitExceeded", "Error")
    assert found["message"] == outcome.problem
    services = {entry["type"]: entry["status"] for entry in status["nodeSetConditions"]["computes"]}
    assert services["ServiceBootstrapDeploymentReady"] == "True"
    assert services["ServiceConfigureNetworkDeploymentReady"] == "False"
    assert "ServiceNovaDeploymentReady" not in services
    assert DEPLOYMENT.retry is None and DEPLOYMENT.settled(run() | {"status": status})


def test_only_some_services_and_some_nodes_where_that_is_asked_for(guests: Guests, tmp_path: Path) -> None:
    deployment = run()
    deployment["spec"] |= {"servicesOverride": ["ovn"], "ansibleLimit": "compute-1"}
    guests.replace("192.168.131.101", "default 192.168.130.1 ens3", "")
    assert act(tmp_path, deployment).problem == "", "ovn does not look at routes"
    assert {login.address for login, _, _ in guests.asked} == {"192.168.131.101"}
    assert needs(deployment, world(set_up(), without=["Secret/libvirt-secret"])) == []
    with state.opened(tmp_path) as known:
        assert known["computes"] == {}


def test_its_spec_never_changes() -> None:
    other = run()
    other["spec"]["servicesOverride"] = ["ovn"]
    assert DEPLOYMENT.refuses("UPDATE", other, run(), world()) == "OpenStackDataPlaneDeployment Spec is immutable"
    assert DEPLOYMENT.refuses("UPDATE", run(), run(), world()) is None
    assert DEPLOYMENT.refuses("CREATE", run(), None, world()) is None
