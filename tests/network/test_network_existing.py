"""The plan of a lab in a cluster that is there already: its nodes have addresses by their place, and no machines."""

from __future__ import annotations

import json

from manifests import attachments, files, metallb, nmstate_policies, operators
from network import document, table
from network.model import Role
from network.record import record
from tests import existing


def test_only_computes_are_machines_and_nodes_are_the_clusters() -> None:
    plan = existing.plan()
    assert [node.name for node in plan.nodes] == ["compute-0", "compute-1"]
    assert [node.name for node in plan.cluster_nodes] == ["master-0", "worker-0", "worker-1", "worker-2"]
    assert [node.name for node in plan.openstack_nodes] == ["worker-0", "worker-1", "worker-2"]
    assert (plan.api_vips, plan.ingress_vips, plan.rendezvous_ip) == ((), (), None)


def test_those_with_the_nic_have_a_workers_addresses_by_their_place() -> None:
    plan = existing.plan()
    nics = [node.nic("osp") for node in plan.openstack_nodes]
    assert [str(nic.addresses[0]) for nic in nics] == [f"192.168.131.{number}/24" for number in (10, 11, 12)]
    assert [str(nic.vlans[0].addresses[0]) for nic in nics] == [f"172.17.0.{number}/24" for number in (10, 11, 12)]
    assert [nic.mac for nic in nics] == ["", "52:54:00:12:34:56", ""]
    assert list(plan.networks["osp"].subnets[0].static) == [Role.WORKER, Role.COMPUTE]
    assert list(plan.networks["ocp"].subnets[0].static) == [Role.COMPUTE]


def test_one_that_is_appended_moves_none() -> None:
    before = record(existing.plan())
    more = [*existing.NODES, {"name": "worker-9", "nic": "ens4"}]
    openshift = existing.raw()["openshift"]
    openshift["existing"]["nodes"] = more
    after = record(existing.plan(openshift=openshift))
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {"node worker-9"}


def test_the_networks_resolver_knows_computes_and_no_cluster() -> None:
    machine = existing.plan().networks["ocp"]
    assert sorted(machine.dns_hosts) == ["compute-0.lab.example.com", "compute-1.lab.example.com"]
    assert machine.apps_domain is None


def test_the_table_and_the_document_tell_them() -> None:
    plan = existing.plan()
    shown = table.text(plan)
    assert "Machines: 2, beside 4 existing nodes" in shown
    assert "rendezvous" not in shown and "API" not in shown
    assert [node["name"] for node in json.loads(document.text(plan))["existing"]][:2] == ["master-0", "worker-0"]


def test_what_is_made_of_the_plan_names_the_clusters_nic() -> None:
    plan = existing.plan()
    policies = nmstate_policies.render(plan)
    assert [policy["metadata"]["name"] for policy in policies] == ["worker-0", "worker-1", "worker-2"]
    assert policies[1]["spec"]["desiredState"]["interfaces"][0]["name"] == "ens4"
    assert attachments.device(plan, "ctlplane") == "ens4"
    [announced] = [item for item in metallb.render(plan) if item["kind"] == "L2Advertisement"][:1]
    assert announced["spec"]["interfaces"] == ["ens4"]


def test_before_a_policy_goes_it_says_that_its_interfaces_do() -> None:
    cleared = nmstate_policies.cleared(existing.plan())
    assert sorted(cleared) == ["worker-0", "worker-1", "worker-2"]
    assert [(one["name"], one["state"]) for one in cleared["worker-0"]] == [
        *((name, "absent") for name in ("internalapi", "storage", "tenant", "ens4")),
    ]


def test_nothing_of_an_installation_is_rendered() -> None:
    found = files.files(existing.settings(), existing.plan())
    assert {path.partition("/")[0] for path in found} == {"computes", "cluster", "domains"}
    assert [path for path in found if path.startswith("domains/")] == ["domains/compute.xslt"]


def test_storage_of_somebody_elses_brings_no_operator() -> None:
    storage = {"volumes": "nfs", "nfsShares": ["nfs.example.com:/volumes"], "storageClass": "fast"}
    lab = existing.settings(openstack={"storage": storage})
    assert "lvms" not in {operator.key for operator in operators.operators(lab)}
    assert "lvms" in {operator.key for operator in operators.operators(existing.settings())}
    found = files.files(lab, existing.plan(openstack={"storage": storage}))
    assert not [path for path in found if "lvm" in path]
