"""Previews of a standing lab: what is planned for each kind of change, and what is refused."""

from __future__ import annotations

import base64
import json
from collections import Counter
from pathlib import Path

import pytest

from manifests import osp_secret
from manifests.credentials import Credentials
from tests.rehearsal.conftest import Lab, copy_of_the_program

pytestmark = pytest.mark.rehearsal


def kinds(steps: list[dict[str, str]]) -> Counter[tuple[str, str]]:
    """How many steps of each operation on each type."""
    return Counter((step["op"], step["urn"].split("::")[2].rpartition("$")[2]) for step in steps)


def in_cluster(step: dict[str, str]) -> bool:
    """Whether a step is about what makes a new compute OpenStack's."""
    return step["urn"].split("::")[-1].startswith(("data-plane-", "verification-"))


def test_a_second_preview_has_no_change_at_all(lab: Lab) -> None:
    assert lab.steps() == []


def test_a_second_checkout_previews_without_change(lab: Lab, tmp_path: Path) -> None:
    assert lab.steps(project=copy_of_the_program(tmp_path / "elsewhere")) == []


def test_a_refresh_finds_nothing_that_differs(lab: Lab) -> None:
    lab.pulumi("refresh", "--yes", "--skip-preview")
    assert lab.steps() == []


def test_a_kubeconfig_that_is_read_again_replaces_nothing_else(lab: Lab) -> None:
    [urn] = [r["urn"] for r in lab.resources() if r["urn"].endswith("::openshift-credentials")]
    planned = [step for step in lab.steps("--replace", urn) if step["urn"] != urn]
    # As long as a preview can't know the kubeconfig, a gate can't know that nothing was written behind it.
    waits = {"command:local:Command"}
    assert {kind for op, kind in kinds(planned) if op != "update"} <= waits, kinds(planned)
    before = {r["urn"]: r.get("id") for r in lab.resources() if r["urn"] != urn}
    lab.pulumi("up", "--yes", "--skip-preview", "--replace", urn)
    assert {r["urn"]: r.get("id") for r in lab.resources() if r["urn"] != urn} == before
    assert lab.steps() == []


def test_another_compute_only_adds_its_own_machine(lab: Lab) -> None:
    planned = lab.steps(lab.configured("three", topology={"computes": {"count": 3}}))
    new = [step for step in planned if "compute-2" in step["urn"]]
    assert kinds(new) == {
        ("create", "rhoso:kvm:Machine"): 1,
        ("create", "libvirt:index/domain:Domain"): 1,
        ("create", "libvirt:index/volume:Volume"): 2,
        ("create", "command:local:Command"): 1,
    }
    others = kinds([step for step in planned if step not in new and not in_cluster(step)])
    assert others == {
        ("update", "pulumi-python:dynamic:Resource"): 1,
        ("update", "libvirt:index/network:Network"): 1,
    }, "only the recorded plan and the name in DNS may change beside it"
    changed = {(step["op"], step["urn"].split("::")[-1]) for step in planned if in_cluster(step)}
    assert {name for _, name in changed} <= {
        *("data-plane-free", "data-plane-members", "data-plane-nodes", "data-plane-set-up"),
        *("data-plane-deployment", "data-plane-deployed", "verification-smoke-test", "verification-passed"),
        *("verification-images", "verification-scripts"),
    }
    assert ("update", "data-plane-nodes") in changed
    assert "delete" not in {op for op, _ in changed}


def test_what_would_rebuild_the_lab_is_refused_at_preview_field_by_field(lab: Lab) -> None:
    change = {
        "topology": {"masters": {"vcpus": 2}, "workers": {"diskGb": 121}},
        "networks": {"ctlplane": {"cidr": "192.168.140.0/24"}},
        "domain": "example.org",
    }
    done = lab.pulumi("preview", lab.configured("refused", **change), expect=None)
    assert done.returncode != 0
    for field in ("topology.masters.vcpus", "topology.workers.diskGb", "networks.ctlplane.cidr", "domain"):
        assert f"{field}: recorded" in done.stdout + done.stderr
    assert "rhoso-lab:generation 2" in done.stdout + done.stderr


def test_the_full_size_lab_plans_beside_it_with_every_layer(lab: Lab) -> None:
    planned = json.loads(lab.run("pulumi", "preview", "--stack", "lab", "--json", "--non-interactive").stdout)["steps"]
    made = {step["urn"].split("::")[-1]: step["newState"] for step in planned}
    assert made["worker-9-data"]["inputs"]["size"] == 100 * 10**9
    domains = [s["newState"]["inputs"] for s in planned if s["newState"]["type"] == "libvirt:index/domain:Domain"]
    assert Counter(domain["memory"] for domain in domains) == {24576: 13, 32768: 2}
    assert {domain["cpu"]["mode"] for domain in domains} == {"host-passthrough"}
    layers = {s["newState"]["type"] for s in planned if s["newState"]["type"].startswith("rhoso:")}
    assert layers == {
        "rhoso:stack:Seal",
        *("rhoso:kvm:KvmHost", "rhoso:kvm:KvmNetworks", "rhoso:kvm:Machine", "rhoso:kvm:Computes"),
        *("rhoso:openshift:ClusterMachines", "rhoso:openshift:OpenShiftCluster"),
        *("rhoso:openshift:ClusterTuning", "rhoso:openshift:Operators", "rhoso:openshift:Operator"),
        *("rhoso:openstack:OpenStackNamespace", "rhoso:openstack:OpenStackNetworking"),
        *("rhoso:openstack:OpenStackControlPlane", "rhoso:openstack:OpenStackDataPlane"),
        *("rhoso:openshift:Departures", "rhoso:openstack:Verification"),
    }


@pytest.mark.parametrize(
    ("says", "change"),
    [
        ("colour", {"colour": "red"}),
        ("networks.storage.cidr", {"networks": {"storage": {"cidr": "172.17.0.0/24"}}}),
        ("networks.machine.cidr", {"networks": {"machine": {"cidr": "192.168.130.0/27"}}}),
        ("openshift.installer", {"openshift": {"installer": "openshift-install-of-nowhere"}}),
    ],
)
def test_bad_input_is_one_clear_message_and_no_traceback(lab: Lab, says: str, change: dict[str, object]) -> None:
    done = lab.pulumi("preview", lab.configured("bad", **change), expect=None)
    assert done.returncode != 0
    assert says in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_no_permission_for_the_host_is_said_before_anything_is_touched(lab: Lab) -> None:
    # Root without the right to override file modes is like any user whom the socket doesn't admit.
    script = """
    chmod 000 /run/libvirt/libvirt-sock; trap 'chmod 777 /run/libvirt/libvirt-sock' EXIT
    setpriv --bounding-set=-dac_override,-dac_read_search --inh-caps=-dac_override,-dac_read_search \\
        pulumi preview --stack rehearsal --non-interactive
    """
    done = lab.run("sh", "-c", script, expect=None)
    assert done.returncode != 0
    assert "hosts.uri: qemu:///system refuses this user" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def secrets_of(lab: Lab) -> dict[str, str]:
    """Every secret of the lab by what it is."""
    config = json.loads(lab.pulumi("config", "--show-secrets", "--json").stdout)
    master = config["rhoso-lab:secret"]["value"]
    credentials = Credentials(master)
    outputs = json.loads(lab.pulumi("stack", "output", "--show-secrets", "--json").stdout)
    return {
        "secret": master,
        "pull secret": json.loads(json.loads(config["rhoso-lab:openshift"]["value"])["pullSecret"])["auths"][
            "registry.example.com"
        ]["auth"],
        "kubeadmin password": outputs["kubeadminPassword"],
        "kubeconfig key": next(
            line.split()[1] for line in outputs["kubeconfig"].splitlines() if "client-key-data" in line
        ),
        "compute key": credentials.key_pair("computes").private.splitlines()[1],
        "node key": credentials.key_pair("cluster-nodes").private.splitlines()[1],
        **osp_secret.data(credentials),
    }


def test_no_secret_stands_in_plain_text_in_state_output_or_arguments(lab: Lab) -> None:
    # The two displays are asked for here and would hold every secret, so they are not part of the transcript.
    said = "".join(lab.transcript)
    secrets = secrets_of(lab)
    state = lab.run("sh", "-c", "cat $(find $REHEARSAL_DIR/state -type f)").stdout
    arguments = "\n".join(lab.arguments)
    assert "openshift-install-complete" in state, "the scan sees no state"
    assert "qemu-system" in arguments and "-m installer wait" in arguments, "the scan sees no arguments of the up"
    for name, value in secrets.items():
        for shape in (value, base64.b64encode(value.encode()).decode()):
            assert shape not in state, f"{name} is in the state"
            assert shape not in said, f"{name} was shown"
            assert shape not in arguments, f"{name} is in a process's arguments"
