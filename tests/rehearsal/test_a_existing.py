"""A second stack puts OpenStack into a cluster that is there already, and takes it out again: the cluster, its machines
and the networks that they are on are somebody else's before, meanwhile and afterwards."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from tests.rehearsal.conftest import Lab, started

pytestmark = pytest.mark.rehearsal

OWNER, STACK = "rehearsal", "guest"
"""The stack that installs the cluster, and the one that uses it."""

_TOPOLOGY = {"workers": {"count": 1}, "computes": {"count": 0}}
_NETWORK = "networks.operator.openshift.io"
_UUIDS = "for name in $(virsh --quiet list --all --name); do echo $name $(virsh domuuid $name); done"
_KINDS = """
kubectl get customresourcedefinitions -o json | python3 -c '
import json, sys
for item in json.load(sys.stdin)["items"]:
    print(item["metadata"]["name"])'
"""


@dataclass(frozen=True)
class Shared:
    """The cluster of the first stack with OpenStack of the second in it; what there was ``before`` the second."""

    lab: Lab
    uuids: str
    nodes: dict[str, str]
    namespaces: set[str]
    networks: dict[str, str]


def nodes(lab: Lab) -> dict[str, str]:
    """Nodes by name, with their unique ids, all of them ready."""
    items = lab.kubernetes("nodes", "--context", OWNER)["items"]
    for item in items:
        assert {c["type"]: c["status"] for c in item["status"]["conditions"]}["Ready"] == "True"
    return {item["metadata"]["name"]: item["metadata"]["uid"] for item in items}


def namespaces(lab: Lab) -> set[str]:
    return {item["metadata"]["name"] for item in lab.kubernetes("namespaces", "--context", OWNER)["items"]}


def forwarding(lab: Lab) -> Any:
    network = lab.kubernetes(_NETWORK, "cluster", "--context", OWNER)
    gateway = network["spec"]["defaultNetwork"]["ovnKubernetesConfig"]["gatewayConfig"]
    return gateway.get("ipForwarding")


def restrict(lab: Lab) -> None:
    """The cluster as another installation would have made it: forwarding as OpenShift has it by itself."""
    network = lab.kubernetes(_NETWORK, "cluster", "--context", OWNER)
    network["spec"]["defaultNetwork"]["ovnKubernetesConfig"]["gatewayConfig"]["ipForwarding"] = "Restricted"
    network["metadata"] = {"name": "cluster"}
    network.pop("status", None)
    lab.run("kubectl", "--context", OWNER, "apply", "-f", "-", stdin=json.dumps(network))


def bridges(lab: Lab) -> dict[str, str]:
    """The host's bridges by the networks that the first stack made of them."""
    found = {}
    for key in ("ocp", "osp", "external"):
        xml = ElementTree.fromstring(lab.run("virsh", "net-dumpxml", f"{OWNER}-{key}").stdout)
        bridge = xml.find("bridge")
        assert bridge is not None
        found[key] = str(bridge.get("name"))
    return found


def configure(lab: Lab, bridge: dict[str, str], **existing: Any) -> None:
    """The second stack's file: the rehearsal's, with the first stack's cluster and bridges."""
    document = yaml.safe_load((lab.project / f"Pulumi.{OWNER}.yaml").read_text())
    config = document["config"]
    kubeconfig = lab.run("pulumi", "stack", "output", "kubeconfig", "--show-secrets", "--stack", OWNER).stdout
    told = [{"name": name, **({"nic": "ens4"} if "worker" in name else {})} for name in sorted(nodes(lab))]
    config["rhoso-lab:openshift"] = {"existing": {"kubeconfig": kubeconfig, "nodes": told, **existing}}
    computes = config["rhoso-lab:topology"]["computes"]
    config["rhoso-lab:topology"] = {"hardwareFloors": False, "computes": {**computes, "count": 1}}
    config["rhoso-lab:networks"] = {
        "machine": {"mode": "bridge", "bridge": bridge["ocp"], "gateway": "192.168.130.1", "dns": ["192.168.130.1"]},
        "ctlplane": {"mode": "bridge", "bridge": bridge["osp"]},
        "external": {"mode": "bridge", "bridge": bridge["external"], "gateway": "10.0.0.1"},
    }
    del config["rhoso-lab:through"]
    config["rhoso-lab:openstack"] |= {"storage": {"volumes": "nfs", "nfsShares": ["nfs.example.com:/volumes"]}}
    (lab.project / f"Pulumi.{STACK}.yaml").write_text(yaml.safe_dump(document))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """The first stack as far as OpenShift, then the second through a verified OpenStack."""
    lab = started(tmp_path_factory.mktemp("existing"))
    try:
        lab.configured("owner", topology=_TOPOLOGY, through="openshift")
        shutil.copy(lab.directory.parent / "owner.yaml", lab.project / f"Pulumi.{OWNER}.yaml")
        lab.up()
        restrict(lab)
        before = Shared(lab, lab.run("sh", "-c", _UUIDS).stdout, nodes(lab), namespaces(lab), bridges(lab))
        configure(lab, before.networks)
        lab.run("pulumi", "stack", "init", STACK)
        lab.pulumi("up", "--yes", "--skip-preview", stack=STACK)
        yield before
    finally:
        lab.outside("stop")


def test_openstack_is_verified_in_it_and_only_computes_were_made(shared: Shared) -> None:
    types = [resource["type"] for resource in shared.lab.resources(STACK)]
    assert "rhoso:openstack:Verification" in types
    assert "rhoso:openshift:ClusterMachines" not in types
    now = shared.lab.run("sh", "-c", _UUIDS).stdout.split("\n")
    new = [line.split()[0] for line in now if line and line not in shared.uuids]
    assert new == [f"{STACK}-compute-0"]


def test_its_networks_are_the_hosts_bridges(shared: Shared) -> None:
    for key, bridge in shared.networks.items():
        xml = ElementTree.fromstring(shared.lab.run("virsh", "net-dumpxml", f"{STACK}-{key}").stdout)
        mode, named = xml.find("forward"), xml.find("bridge")
        assert mode is not None and named is not None
        assert (mode.get("mode"), named.get("name")) == ("bridge", bridge)
        assert xml.find("ip") is None


def test_the_clusters_network_forwards_now(shared: Shared) -> None:
    assert forwarding(shared.lab) == "Global"


def test_the_next_preview_of_both_has_no_change(shared: Shared) -> None:
    assert shared.lab.steps() == []
    assert shared.lab.steps(stack=STACK) == []


def test_another_cluster_is_refused_before_anything_is_touched(shared: Shared) -> None:
    configure(shared.lab, shared.networks, api="https://api.other.example.com:6443")
    try:
        refused = shared.lab.pulumi("preview", stack=STACK, expect=None)
        assert refused.returncode != 0
        assert "openshift.existing.api: recorded" in refused.stdout + refused.stderr
    finally:
        configure(shared.lab, shared.networks)


def test_a_third_stack_does_not_take_what_is_there_for_its_own(shared: Shared) -> None:
    lab = shared.lab
    document = yaml.safe_load((lab.project / f"Pulumi.{STACK}.yaml").read_text())
    document["config"]["rhoso-lab:topology"]["computes"]["count"] = 0
    (lab.project / "Pulumi.third.yaml").write_text(yaml.safe_dump(document))
    lab.run("pulumi", "stack", "init", "third")
    refused = lab.pulumi("up", "--yes", "--skip-preview", stack="third", expect=None)
    assert refused.returncode != 0
    assert "Namespace metallb-system" in refused.stdout + refused.stderr
    lab.pulumi("destroy", "--yes", "--skip-preview", stack="third")
    lab.run("kubectl", "--context", OWNER, "get", "namespace", "metallb-system")
    assert forwarding(lab) == "Global", "the other stack still needs it"


def test_destroying_it_leaves_the_cluster_as_it_was(shared: Shared) -> None:
    lab = shared.lab
    lab.pulumi("destroy", "--yes", "--skip-preview", stack=STACK)
    assert lab.resources(STACK) == []
    assert nodes(lab) == shared.nodes
    assert lab.run("sh", "-c", _UUIDS).stdout == shared.uuids
    assert namespaces(lab) == shared.namespaces
    assert forwarding(lab) == "Restricted"
    assert bridges(lab) == shared.networks
    left = {}
    for kind in lab.run("sh", "-c", _KINDS.replace("kubectl get", f"kubectl --context {OWNER} get")).stdout.split():
        if kind.endswith((".openstack.org", ".metallb.io", ".nmstate.io", ".lvm.topolvm.io")):
            items = lab.kubernetes(kind, "-A", "--context", OWNER)["items"]
            left.update({kind: [item["metadata"]["name"] for item in items]} if items else {})
    assert left == {}
    [worker] = [name for name in shared.nodes if "worker" in name]
    address = json.loads(lab.pulumi("stack", "output", "machines", "--json").stdout)[worker]
    [answer] = lab.answers([f"http://{address}:8090/"]).values()
    [nic] = [nic for nic in answer["nics"] if nic["name"] == "ens4"]
    assert nic["addresses"] == []
    assert [other["name"] for other in answer["nics"] if "vlan" in other] == []
    assert lab.steps() == []
