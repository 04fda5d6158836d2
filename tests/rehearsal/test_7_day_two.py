"""A lab that runs is changed by its settings alone: computes come and go, services, passwords, the version. In small.

The order of the tests is the life of one lab; each leaves it whole.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.rehearsal.changing import says_now, touched, up, uuids
from tests.rehearsal.conftest import SMALL, Lab

pytestmark = pytest.mark.rehearsal

TWO = {**SMALL, "computes": {"count": 2}}
NODE_SET = "openstackdataplanenodesets.dataplane.openstack.org"
DEPLOYMENTS = "openstackdataplanedeployments.dataplane.openstack.org"


def cloud(lab: Lab) -> dict[str, Any]:
    """What Nova and the network know."""
    [file] = (lab.directory / "clusters").glob("*/openstack.json")
    known: dict[str, Any] = json.loads(file.read_text())
    return known


def hosts(lab: Lab) -> set[str]:
    """The computes that Nova has a service of, by short name."""
    return {service["host"].partition(".")[0] for service in cloud(lab)["services"].values()}


def deployments(lab: Lab) -> dict[str, Any]:
    """Deployments by name."""
    return {item["metadata"]["name"]: item for item in lab.kubernetes(DEPLOYMENTS, "-n", "openstack")["items"]}


def test_the_smoke_test_has_booted_an_instance_on_a_compute(small: Lab) -> None:
    [job] = [
        item
        for item in small.kubernetes("jobs.batch", "-n", "openstack")["items"]
        if item["metadata"]["name"].startswith("smoke-test-")
    ]
    assert {c["type"]: c["status"] for c in job["status"]["conditions"]}["Complete"] == "True"
    assert hosts(small) == {"compute-0"}
    assert cloud(small)["resources"].get("server", {}) == {}, "it has cleaned up"


def test_a_compute_is_added_and_nothing_else_is_touched(small: Lab) -> None:
    before, deployed = uuids(small), deployments(small)
    machines = [
        name
        for (op, name), _ in touched(small, small.configured("two", topology=TWO)).items()
        if name.startswith(("master-", "worker-", "compute-0", "cluster-", "openshift-"))
    ]
    assert machines == []
    up(small, topology=TWO)
    after = uuids(small)
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {"rehearsal-compute-1"}
    nodes = small.kubernetes(NODE_SET, "computes", "-n", "openstack")["spec"]["nodes"]
    assert sorted(nodes) == ["compute-0", "compute-1"]
    assert not set(deployments(small)) & set(deployed), "a deployment never runs twice"
    assert hosts(small) == {"compute-0", "compute-1"}
    assert small.steps() == []


def test_a_compute_with_an_instance_on_it_does_not_leave(small: Lab) -> None:
    [file] = (small.directory / "clusters").glob("*/openstack.json")
    known = json.loads(file.read_text())
    host = next(s["host"] for s in known["services"].values() if s["host"].startswith("compute-1"))
    servers = known["resources"].setdefault("server", {})
    servers["7"] = {"id": "7", "name": "somebodys", "host": host, "status": "ACTIVE", "fault": ""}
    file.write_text(json.dumps(known))
    option = small.configured("one", topology=SMALL)
    done = small.pulumi("up", "--yes", "--skip-preview", option, expect=None)
    assert done.returncode != 0
    assert "instances are there, and the computes stay in service" in done.stdout + done.stderr
    assert host in done.stdout + done.stderr
    assert "rehearsal-compute-1" in uuids(small)
    nodes = small.kubernetes(NODE_SET, "computes", "-n", "openstack")["spec"]["nodes"]
    assert sorted(nodes) == ["compute-0", "compute-1"], "the node set still knows it"
    known = json.loads(file.read_text())
    del known["resources"]["server"]["7"]
    file.write_text(json.dumps(known))


def test_a_compute_leaves_in_the_order_of_the_reference(small: Lab) -> None:
    before = uuids(small)
    events = small.directory.parent / "removal.jsonl"
    says_now(small, topology=SMALL)
    line = ("pulumi", "up", "--stack", "rehearsal", "--yes", "--skip-preview", "--event-log", str(events))
    small.run("env", "PULUMI_DEBUG_COMMANDS=true", *line)
    steps = [json.loads(text) for text in events.read_text().splitlines()]
    ended = [s["resOutputsEvent"]["metadata"]["urn"].split("::")[-1] for s in steps if "resOutputsEvent" in s]
    begun = [s["resourcePreEvent"]["metadata"] for s in steps if "resourcePreEvent" in s]
    gone = [s["urn"].split("::")[-1] for s in begun if s["op"] == "delete"]
    assert "compute-1" in gone
    assert ended.index("data-plane-members") < ended.index("data-plane-nodes") < ended.index("data-plane-deployed")
    after = uuids(small)
    assert set(before) - set(after) == {"rehearsal-compute-1"}
    assert {name: before[name] for name in after} == after
    assert hosts(small) == {"compute-0"}, "Nova has forgotten it"
    assert {agent["host"].partition(".")[0] for agent in cloud(small)["agents"].values()} == {"compute-0"}
    nodes = small.kubernetes(NODE_SET, "computes", "-n", "openstack")["spec"]["nodes"]
    assert sorted(nodes) == ["compute-0"]
    assert small.steps() == []


def test_a_service_is_switched_on_and_off(small: Lab) -> None:
    before = uuids(small)
    kind = "openstackcontrolplanes.core.openstack.org"
    for wanted in (True, False):
        up(small, openstack={"services": {"heat": {"enabled": wanted}}})
        [plane] = small.kubernetes(kind, "-n", "openstack")["items"]
        assert plane["spec"]["heat"]["enabled"] is wanted
        conditions = {c["type"]: c["status"] for c in plane["status"]["conditions"]}
        assert conditions["Ready"] == "True"
        assert (conditions.get("OpenStackControlPlaneHeatReady") == "True") is wanted
        assert small.steps() == []
    assert uuids(small) == before


def test_a_credential_on_the_computes_rotates_with_a_deployment(small: Lab) -> None:
    secret, deployed = small.kubernetes("secrets", "osp-secret", "-n", "openstack"), deployments(small)
    up(small, rotation={"MetadataSecret": 2})
    rotated = small.kubernetes("secrets", "osp-secret", "-n", "openstack")
    changed = {key for key in secret["data"] if secret["data"][key] != rotated["data"][key]}
    assert changed == {"MetadataSecret"}
    assert secret["metadata"]["uid"] == rotated["metadata"]["uid"]
    assert not set(deployments(small)) & set(deployed)
    assert small.steps() == []


def test_a_credential_of_the_cluster_alone_rotates_in_place(small: Lab) -> None:
    secret, deployed = small.kubernetes("secrets", "osp-secret", "-n", "openstack"), deployments(small)
    up(small, rotation={"KeystoneOIDCClientSecret": 2})
    rotated = small.kubernetes("secrets", "osp-secret", "-n", "openstack")
    assert {key for key in secret["data"] if secret["data"][key] != rotated["data"][key]} == {
        "KeystoneOIDCClientSecret"
    }
    assert set(deployments(small)) == set(deployed), "nothing on the computes changed"
    assert small.steps() == []


@pytest.mark.parametrize(
    "label", ["BarbicanSimpleCryptoKEK", "HeatAuthEncryptionKey", "DbRootPassword", "NovaPassword"]
)
def test_what_cannot_rotate_is_refused_with_the_reason(small: Lab, label: str) -> None:
    done = small.pulumi("preview", small.configured("never", rotation={label: 2}), expect=None)
    assert done.returncode != 0
    assert f"rotation.{label}" in done.stdout + done.stderr


def faults(lab: Lab, **told: str) -> None:
    """Tells the stand-ins to fail; nothing told ends it."""
    metadata = {"name": "rehearsal-faults", "namespace": "kube-system"}
    item = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": told}
    lab.run("kubectl", "delete", "configmaps", "rehearsal-faults", "-n", "kube-system", expect=None)
    lab.run("kubectl", "apply", "-f", "-", stdin=json.dumps(item))


def test_a_deployment_that_failed_is_tried_again_and_going_back_deploys_again(small: Lab) -> None:
    first = set(deployments(small))
    changed = small.configured("changed", compute={"bootstrapCommand": "true"})
    faults(small, OpenStackDataPlaneDeployment="fail: no space left on compute-0")
    try:
        tried: set[str] = set()
        for _ in range(2):
            done = small.pulumi("up", "--yes", "--skip-preview", changed, expect=None)
            assert done.returncode != 0
            assert "no space left on compute-0" in done.stdout + done.stderr
            new = set(deployments(small)) - first - tried
            assert new, "another run makes another deployment"
            tried |= new
    finally:
        faults(small)
    failed = set(deployments(small))
    small.up()
    again = set(deployments(small))
    assert not again & (first | failed), "the computes were left in between, so what was there before runs anew"
    [node_set] = small.kubernetes(NODE_SET, "-n", "openstack")["items"]
    assert {c["type"]: c["status"] for c in node_set["status"]["conditions"]}["Ready"] == "True"
    assert small.steps() == []


def test_a_minor_update_is_one_change_and_one_up(small: Lab) -> None:
    kind = "openstackversions.core.openstack.org"
    [before] = small.kubernetes(kind, "-n", "openstack")["items"]
    machines, deployed = uuids(small), deployments(small)
    up(small, openstack={"version": "1.0.16"})
    [after] = small.kubernetes(kind, "-n", "openstack")["items"]
    assert before["status"]["deployedVersion"] != after["status"]["deployedVersion"]
    assert after["spec"]["targetVersion"] == after["status"]["availableVersion"] == after["status"]["deployedVersion"]
    conditions = {c["type"]: c["status"] for c in after["status"]["conditions"]}
    assert conditions["Ready"] == "True" and conditions.get("MinorUpdateAvailable") != "True"
    made = [item["spec"].get("servicesOverride") for name, item in deployments(small).items() if name not in deployed]
    assert ["ovn"] in made and len(made) >= 2
    assert uuids(small) == machines
    assert small.steps() == []


def test_an_older_version_is_refused_by_what_is_installed(small: Lab) -> None:
    option = small.configured("back", openstack={"version": "1.0.7"})
    done = small.pulumi("up", "--yes", "--skip-preview", option, expect=None)
    assert done.returncode != 0
    assert "Set openstack.version to 1.0.16" in done.stdout + done.stderr
    small.up()
    assert small.steps() == []


def test_another_release_than_the_operators_stops_before_the_control_plane(small: Lab) -> None:
    kind = "openstackcontrolplanes.core.openstack.org"
    [before] = small.kubernetes(kind, "-n", "openstack")["items"]
    option = small.configured("newer", openstack={"release": "fr6"})
    done = small.pulumi("up", "--yes", "--skip-preview", option, expect=None)
    assert done.returncode != 0
    said = done.stdout + done.stderr
    assert "openstack.release fr6: the installed openstack-operator knows no spec.nova." in said
    assert "its fields are those of fr3, set openstack.release to that" in said
    [after] = small.kubernetes(kind, "-n", "openstack")["items"]
    assert after["spec"] == before["spec"]
    small.up()
    assert small.steps() == []
