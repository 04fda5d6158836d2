"""The node set: with everything there it is set up; with one thing missing it says which, and waits."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from rehearsal.operators.node_set import NodeSet, config_hash
from rehearsal.operators.standin import View
from rehearsal.operators.world import World
from tests.rehearsal_operators.lab_objects import Object, computes, objects, run, secret, served, true, world

NODE_SET = NodeSet()


def sentences(node_set: Object, there: World) -> list[str]:
    """What it waits for."""
    return [f"{need.part}: {need.sentence}" for need in NODE_SET.unmet(node_set, there)]


def conditions(node_set: Object, there: World) -> dict[str, dict[str, Any]]:
    """Its conditions by type, once nothing is missing."""
    status = NODE_SET.status(View(node_set, "ready"), there)
    return {entry["type"]: entry for entry in status["conditions"]}


def changed(path: str, value: Any) -> Object:
    """The lab's node set with a value at a dotted path; None removes it."""
    node_set = computes()
    *sections, last = path.split(".")
    here: Any = node_set["spec"]
    for section in sections:
        here = here[int(section)] if section.isdecimal() else here[section]
    if value is None:
        del here[int(last) if last.isdecimal() else last]
    else:
        here[last] = value
    return node_set


def done(deployment: Object, node_set: Object, there: World, **status: Any) -> Object:
    """A deployment that is over."""
    hashes = {"computes": config_hash(node_set, there)}
    return deployment | {"status": {"deployed": True, "nodeSetHashes": hashes, "conditions": true("Ready"), **status}}


def failed(deployment: Object) -> Object:
    """A deployment that has failed for good."""
    entry = {"type": "DeploymentReady", "status": "False", "reason": "BackoffLimitExceeded", "message": "no route"}
    return deployment | {"status": {"deployed": False, "conditions": [entry]}}


def later(deployment: Object, name: str, **spec: Any) -> Object:
    """Another deployment of the same node set, made after the first."""
    made = copy.deepcopy(deployment)
    made["metadata"] |= {"name": name, "uid": name, "creationTimestamp": "2026-01-02T00:00:00Z"}
    made["spec"] |= spec
    return made


def test_with_everything_there_it_is_set_up() -> None:
    assert sentences(computes(), world()) == []
    assert conditions(computes(), world())["SetupReady"]["status"] == "True"


@pytest.mark.parametrize(
    ("without", "said"),
    [
        ("Secret/dataplane-ansible-ssh-private-key-secret", "secret/dataplane-ansible-ssh-private-key-secret"),
        ("NetworkAttachmentDefinition/ctlplane", "network-attachment-definition ctlplane not found"),
        ("NetConfig/netconfig", "expected one NetConfig"),
        ("DNSMasq/dns", "expected one DNSMasq, found 0"),
        ("OpenStackControlPlane/openstack-control-plane", "OpenStackControlPlane not found"),
    ],
)
def test_whatever_is_missing_is_named(without: str, said: str) -> None:
    [sentence, *_] = sentences(computes(), world(without=[without]))
    assert said in sentence


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("tlsEnabled", False, "TLS settings on the nodeset and the control plane do not match"),
        ("services", ["nova", "sahara"], "OpenStackDataPlaneService sahara not found"),
        ("nodes.compute-0.networks.0.fixedIP", "192.168.99.1", "192.168.99.1 is not in 192.168.131.0/24"),
        ("nodes.compute-0.networks.0.fixedIP", "192.168.131.101", "192.168.131.101 on network ctlplane is reserved"),
        ("nodes.compute-0.networks.0.subnetName", "subnet9", "subnet subnet9 of network ctlplane not in NetConfig"),
        ("nodes.compute-0.networks.1.name", "octavia", "network octavia not in NetConfig"),
        ("nodes.compute-0.networks.0", None, "compute-0: network ctlplane is missing"),
        ("nodes.compute-0.networks.0.defaultRoute", True, "defaultRoute on network ctlplane"),
        ("nodes.compute-1.ansible.ansibleHost", "192.168.130.101", "ansibleHost is 192.168.130.101"),
        (
            "nodeTemplate.ansible.ansibleVarsFrom",
            [{"secretRef": {"name": "subscription-manager"}}],
            "secret/subscription-manager",
        ),
    ],
)
def test_whatever_does_not_fit_is_named(path: str, value: Any, said: str) -> None:
    assert any(said in sentence for sentence in sentences(changed(path, value), world())), sentences(
        changed(path, value), world()
    )


def test_a_key_secret_without_the_key_is_no_use() -> None:
    there = world(secret("dataplane-ansible-ssh-private-key-secret", other="x"))
    assert "field ssh-privatekey not found" in sentences(computes(), there)[0]


def test_a_control_plane_that_was_never_deployed_is_waited_for_and_one_being_updated_is_not() -> None:
    [plane] = [item for item in objects() if item["kind"] == "OpenStackControlPlane"]
    [release] = [item for item in objects() if item["kind"] == "OpenStackVersion"]
    fresh = world(plane | {"status": {}}, release | {"status": {}})
    assert "has not been deployed yet" in sentences(computes(), fresh)[0]
    assert sentences(computes(), world(plane | {"status": {}})) == []


def test_an_address_without_a_wish_is_the_first_free_one_and_stays() -> None:
    node_set = changed("nodes.compute-0.networks.1.fixedIP", None)
    there = world()
    first = NODE_SET.status(View(node_set, "ready"), there)["allIPs"]["compute-0"]["internalapi"]
    # .100 is the first of the range; .101 is the other compute's by its own wish.
    assert first == "172.17.0.100"
    [held, *_] = [part for part in NODE_SET.makes(node_set, there) if part["kind"] == "IPSet"]
    [entry] = [item for item in held["status"]["reservations"] if item["network"] == "internalapi"]
    entry["address"] = "172.17.0.200"
    again = NODE_SET.status(View(node_set, "ready"), world(held))
    assert again["allIPs"]["compute-0"]["internalapi"] == "172.17.0.200"


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("nodes.compute-0.networks.1", None, "network internalapi must not be removed"),
        ("nodes.compute-0.networks.1.fixedIP", "172.17.0.150", "fixedIP of network internalapi must not change"),
    ],
)
def test_what_a_node_has_of_networks_stays_as_it_is(path: str, value: Any, said: str) -> None:
    made = [part for part in NODE_SET.makes(computes(), world()) if part["kind"] == "IPSet"]
    assert any(said in sentence for sentence in sentences(changed(path, value), world(*made)))


def test_it_brings_addresses_names_and_services() -> None:
    made = NODE_SET.makes(computes(), world())
    assert {part["kind"] for part in made} == {"IPSet", "DNSData", "Secret", "OpenStackDataPlaneService"}
    [names] = [part for part in made if part["kind"] == "DNSData"]
    assert {"ip": "192.168.131.100", "hostnames": ["compute-0.ctlplane.lab.example.com"]} in names["spec"]["hosts"]


def test_it_is_ready_by_the_hash_of_the_last_whole_deployment() -> None:
    node_set, there = computes(), world()
    assert conditions(node_set, there)["Ready"]["status"] == "False"
    deployed = world(done(run(), node_set, there))
    assert conditions(node_set, deployed)["Ready"]["status"] == "True"
    other = changed("nodeTemplate.ansible.ansibleVars", {"edpm_enable_chassis_gw": False})
    assert conditions(other, deployed)["Ready"]["status"] == "False"


def test_the_latest_deployment_counts() -> None:
    node_set, there = computes(), world()
    first = done(run(), node_set, there)
    retry = later(run(), f"{run()['metadata']['name']}-2")
    after_failure = conditions(node_set, world(first, failed(retry)))
    assert (after_failure["Ready"]["status"], after_failure["DeploymentReady"]["message"]) == ("False", "no route")
    assert conditions(node_set, world(failed(run()), done(retry, node_set, there)))["Ready"]["status"] == "True"
    assert "in progress" in conditions(node_set, world(first, retry))["DeploymentReady"]["message"]


def test_a_deployment_of_some_services_brings_a_version_but_no_hash() -> None:
    node_set, there = computes(), world()
    update = later(run(), "update", servicesOverride=["update-services"])
    status = NODE_SET.status(
        View(node_set, "ready"),
        world(done(update, node_set, there, deployedVersion="18.0.8")),
    )
    assert status["deployedVersion"] == "18.0.8"
    assert "deployedConfigHash" not in status


def test_a_running_deployment_holds_off_every_change_and_a_finished_one_none() -> None:
    old, new = computes(), changed("tlsEnabled", False)
    why = NODE_SET.refuses("UPDATE", new, old, world(run()))
    assert why is not None and f"while openstackdataplanedeployment {run()['metadata']['name']} is running" in why
    assert NODE_SET.refuses("UPDATE", old, old, world(run())) is None
    assert NODE_SET.refuses("UPDATE", new, old, world(failed(run()))) is None
    assert NODE_SET.refuses("UPDATE", new, old, world(done(run(), old, world()))) is None


def test_a_host_is_in_one_node_set_only() -> None:
    other = served(computes())
    other["metadata"]["name"] = "others"
    assert "compute-0, compute-1 already exists" in str(NODE_SET.refuses("CREATE", computes(), None, world(other)))
    del other["spec"]["nodes"]["compute-0"], other["spec"]["nodes"]["compute-1"]
    assert NODE_SET.refuses("CREATE", computes(), None, world(other)) is None
