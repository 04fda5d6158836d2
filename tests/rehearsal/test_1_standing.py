"""What stands after one ``pulumi up``: every machine where the plan has it."""

from __future__ import annotations

import json

import pytest

from network import Node, Role
from network import plan as make_plan
from settings import parse
from tests.lab import raw
from tests.rehearsal.conftest import ROOT, Lab

pytestmark = pytest.mark.rehearsal

PLAN = make_plan(parse("rehearsal", raw()))
# ssh to a compute with one of two keys: the lab's own, or a strange one.
SSH = """
set -e
umask 077; d=$(mktemp -d); trap 'rm -r $d' EXIT
pulumi stack output --stack rehearsal --show-secrets computeSshKey > $d/ours
ssh-keygen -q -t ecdsa -b 521 -N '' -f $d/other
with() { ssh -F none -i $d/$1 -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=no \\
         -o UserKnownHostsFile=/dev/null -o ConnectTimeout=20 -o LogLevel=ERROR -l cloud-admin "$2" "$3"; }
"""


def called(node: Node) -> str:
    """A cluster node is called by its short name, as agent-config says. A compute has its full name: cloud-init on
    RHEL prefers it, and so does RHOSO's data plane."""
    return node.fqdn if node.role is Role.COMPUTE else node.name


def test_fifteen_machines_run(lab: Lab) -> None:
    running = lab.run("virsh", "--quiet", "list", "--name").stdout.split()
    assert sorted(running) == sorted(f"rehearsal-{node.name}" for node in PLAN.nodes)


def test_every_machine_answers_on_its_planned_address_under_its_planned_name(lab: Lab) -> None:
    urls = {f"http://{node.ip}:8090/": called(node) for node in PLAN.nodes}
    answers = lab.answers(list(urls))
    assert {url: answer.get("hostname") for url, answer in answers.items()} == urls


def test_every_nic_has_its_planned_kernel_name_and_mac(lab: Lab) -> None:
    answers = lab.answers([f"http://{node.ip}:8090/" for node in PLAN.nodes])
    for node in PLAN.nodes:
        seen = {nic["name"]: nic["mac"] for nic in answers[f"http://{node.ip}:8090/"]["nics"]}
        planned = {nic.name: nic.mac for nic in node.nics}
        assert {name: seen.get(name) for name in planned} == planned, node.name


def test_a_workers_second_nic_is_what_its_policy_wants(lab: Lab) -> None:
    answers = lab.answers([f"http://{node.ip}:8090/" for node in PLAN.workers])
    for node in PLAN.workers:
        osp = node.nic("osp")
        wanted = {osp.name: osp.addresses, **{vlan.interface: vlan.addresses for vlan in osp.vlans}}
        seen = {nic["name"]: nic for nic in answers[f"http://{node.ip}:8090/"]["nics"]}
        for name, addresses in wanted.items():
            assert (seen[name]["up"], seen[name]["addresses"]) == (True, [str(each) for each in addresses]), node.name


def test_every_nic_is_plugged_into_its_planned_bridge(lab: Lab) -> None:
    script = "for t in /sys/class/net/vnet*; do echo $(cat $t/address) $(basename $(readlink $t/master)); done"
    # The host's end of a NIC has the guest's MAC with fe as its first octet (libvirt's virnetdevtap.c).
    lines = lab.run("sh", "-c", script).stdout.splitlines()
    seen = {mac[3:]: bridge for mac, bridge in (line.split() for line in lines)}
    planned = {nic.mac[3:]: PLAN.networks[nic.network].bridge for node in PLAN.nodes for nic in node.nics}
    assert seen == planned


@pytest.mark.parametrize("node", PLAN.computes, ids=lambda node: node.name)
def test_a_compute_answers_on_all_its_networks(lab: Lab, node: Node) -> None:
    urls = [f"http://{nic.addresses[0].ip}:8090/" for nic in node.nics]
    assert len(urls) == 3
    assert {answer.get("hostname") for answer in lab.answers(urls).values()} == {called(node)}


@pytest.mark.parametrize("node", (*PLAN.computes, *PLAN.workers), ids=lambda node: node.name)
def test_a_machine_of_openstacks_has_its_addresses_behind_the_planned_vlan_tags(lab: Lab, node: Node) -> None:
    bridge, osp = PLAN.networks["osp"].bridge, node.nic("osp")
    assert [vlan.vlan for vlan in osp.vlans] == [20, 21, 22]
    for vlan in osp.vlans:
        probe = str(ROOT / "tests" / "rehearsal" / "vlan_probe.py")
        [address] = vlan.addresses
        nobody = str(address.network[254])
        asked = lab.run("python3", probe, bridge, str(vlan.vlan), str(address.ip), nobody)
        assert asked.stdout.strip() == osp.mac, vlan.network


def test_computes_reach_each_other_by_name_on_all_vlans(lab: Lab) -> None:
    one, other = PLAN.computes
    for vlan in other.nic("osp").vlans:
        forwarded = f"printf 'GET / HTTP/1.0\\r\\n\\r\\n' | with ours -W{vlan.addresses[0].ip}:8090 {one.ip}"
        answer = lab.run("sh", "-c", f"{SSH}\n{forwarded}").stdout
        assert json.loads(answer[answer.index("{") :])["hostname"] == called(other), vlan.network


@pytest.mark.parametrize("node", PLAN.computes, ids=lambda node: node.name)
def test_a_compute_admits_the_derived_key_and_no_other(lab: Lab, node: Node) -> None:
    script = (
        f"{SSH}\nwith ours {node.ip} hostname </dev/null\nif with other {node.ip} hostname </dev/null; then exit 7; fi"
    )
    assert lab.run("sh", "-c", script).stdout.strip() == called(node), "7 means that a strange key was admitted"


def test_exactly_the_planned_nodes_are_registered_with_their_roles(lab: Lab) -> None:
    items = lab.kubernetes("nodes")["items"]
    roles = {
        item["metadata"]["name"]: {
            label.rpartition("/")[2] for label in item["metadata"]["labels"] if "node-role.kubernetes.io" in label
        }
        for item in items
    }
    assert sorted(roles) == sorted(node.name for node in PLAN.cluster_nodes)
    for name, labels in roles.items():
        assert ("worker" if name.startswith("worker") else "master") in labels


def test_net_config_was_accepted_under_upstreams_definition(lab: Lab) -> None:
    [config] = lab.kubernetes("netconfigs.network.openstack.org", "-n", "openstack")["items"]
    assert [network["name"] for network in config["spec"]["networks"]] == list(PLAN.openstack)


def test_upstreams_definition_refuses_what_is_no_net_config(lab: Lab) -> None:
    broken = json.dumps(
        {
            "apiVersion": "network.openstack.org/v1beta1",
            "kind": "NetConfig",
            "metadata": {"name": "broken", "namespace": "openstack"},
            "spec": {"networks": [{"name": "ctlplane"}]},
        }
    )
    refused = lab.run("kubectl", "apply", "-f", "-", stdin=broken, expect=None)
    assert refused.returncode != 0
    assert "dnsDomain" in refused.stdout + refused.stderr


READY = {
    "openstackcontrolplanes.core.openstack.org": "Ready",
    "openstackversions.core.openstack.org": "Ready",
    "openstackdataplanenodesets.dataplane.openstack.org": "Ready",
    "openstackdataplanedeployments.dataplane.openstack.org": "Ready",
    "jobs.batch": "Complete",
}


@pytest.mark.parametrize("kind", READY)
def test_openstack_says_itself_that_it_is_done(lab: Lab, kind: str) -> None:
    items = lab.kubernetes(kind, "-n", "openstack")["items"]
    assert items
    for item in items:
        said = {condition["type"]: condition["status"] for condition in item["status"]["conditions"]}
        assert said[READY[kind]] == "True", item["metadata"]["name"]


def test_exactly_the_pinned_version_was_approved(lab: Lab) -> None:
    plans = lab.kubernetes("installplans.operators.coreos.com", "-n", "openstack-operators")["items"]
    approved = [plan["spec"]["clusterServiceVersionNames"] for plan in plans if plan["spec"]["approved"]]
    assert approved == [["openstack-operator.v1.0.7"]]
    waiting = [plan["spec"]["clusterServiceVersionNames"] for plan in plans if not plan["spec"]["approved"]]
    assert waiting == [["openstack-operator.v1.0.16"]], "a newer one in the channel is offered and left alone"


def test_every_worker_has_its_policy_and_the_planned_vlans(lab: Lab) -> None:
    policies = lab.kubernetes("nodenetworkconfigurationpolicies.nmstate.io")["items"]
    assert sorted(policy["metadata"]["name"] for policy in policies) == sorted(node.name for node in PLAN.workers)
    for policy in policies:
        said = {condition["type"]: condition for condition in policy["status"]["conditions"]}
        assert (said["Available"]["status"], said["Available"]["reason"]) == ("True", "SuccessfullyConfigured")
