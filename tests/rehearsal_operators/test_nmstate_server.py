"""NMState, LVMS and MetalLB on a real API server, installed by OLM's stand-in, with guests that take plans."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from manifests import metallb as announcements
from manifests import nmstate_policies, operator_init
from rehearsal.cluster.install import load
from rehearsal.cluster.kube import KubeError
from tests import lab
from tests.rehearsal_operators.fake_guests import FakeGuests
from tests.rehearsal_operators.server import Cluster

pytestmark = pytest.mark.rehearsal

NMSTATE = "nmstate.io/v1"
NODES = "nmstate.io/v1beta1"
LVM = "lvm.topolvm.io/v1alpha1"
METALLB = "metallb.io/v1beta1"
OPERATORS = {
    "openshift-nmstate": "kubernetes-nmstate-operator",
    "openshift-lvm-storage": "lvms-operator",
    "metallb-system": "metallb-operator",
}


def installation(namespace: str, package: str) -> list[dict[str, Any]]:
    """An operator's namespace, group and subscription."""
    targets = {} if package == "metallb-operator" else {"targetNamespaces": [namespace]}
    source = {"name": package, "source": "redhat-operators", "sourceNamespace": "openshift-marketplace"}
    olm = "operators.coreos.com"
    metadata = {"name": package, "namespace": namespace}
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}},
        {"apiVersion": f"{olm}/v1", "kind": "OperatorGroup", "metadata": metadata, "spec": targets},
        {"apiVersion": f"{olm}/v1alpha1", "kind": "Subscription", "metadata": metadata, "spec": source},
    ]


@pytest.fixture(scope="module")
def guests(bare: Cluster) -> Iterator[FakeGuests]:
    """The cluster's machines."""
    install = load(bare.directory)
    switched_on = FakeGuests(install.id, install.hosts)
    yield switched_on
    switched_on.close()


@pytest.fixture(scope="module")
def installed(cluster: Cluster, guests: FakeGuests) -> Cluster:
    """The three operators have succeeded."""
    for namespace, package in OPERATORS.items():
        cluster.apply(*installation(namespace, package))
    kinds = {"NMState", "LVMCluster", "MetalLB"}
    cluster.eventually("all served", lambda: kinds <= {found.kind for found in cluster.kube.resources(fresh=True)})
    return cluster


def ready_pods(cluster: Cluster, namespace: str, component: str) -> list[str]:
    """The nodes of the ready pods with that label."""
    path = f"/api/v1/namespaces/{namespace}/pods?labelSelector=component%3D{component}"
    pods = cluster.kube.request("GET", path)["items"]
    return sorted(pod["spec"]["nodeName"] for pod in pods if cluster.condition(pod, "Ready").get("status") == "True")


def is_available(cluster: Cluster, policy: str) -> bool:
    found = cluster.get(NMSTATE, "NodeNetworkConfigurationPolicy", policy)
    condition = cluster.condition(found, "Available")
    return (condition.get("status"), condition.get("reason")) == ("True", "SuccessfullyConfigured")


def test_policies_reach_the_guests_and_the_nodes_states(installed: Cluster, guests: FakeGuests) -> None:
    """NMState brings the other kinds, the program's own policies succeed, and the nodes' states tell what they did."""
    assert installed.get(NMSTATE, "NodeNetworkConfigurationPolicy", "worker-0") is None
    installed.apply(operator_init.nmstate())
    installed.eventually(
        "a handler on each node",
        lambda: len(ready_pods(installed, "openshift-nmstate", "kubernetes-nmstate-handler")) == 6,
    )
    states = installed.eventually(
        "states of all nodes",
        lambda: [
            state
            for state in (installed.get(NODES, "NodeNetworkState", f"worker-{n}") for n in range(3))
            if ((state or {}).get("status") or {}).get("currentState")
        ],
    )
    assert {entry["name"] for entry in states[0]["status"]["currentState"]["interfaces"]} == {"ens3", "ens4"}

    policies = nmstate_policies.render(lab.plan())[:3]
    installed.apply(*policies)
    installed.eventually("policies", lambda: all(is_available(installed, f"worker-{n}") for n in range(3)))
    [first, *_] = policies
    wanted = {entry["name"] for entry in first["spec"]["desiredState"]["interfaces"]}
    assert {nic["name"] for nic in guests.says["worker-0"]["nics"]} == wanted | {"ens3"}
    told = installed.eventually(
        "the VLANs in the node's state",
        lambda: {
            entry["name"]: entry
            for entry in (installed.get(NODES, "NodeNetworkState", "worker-0") or {})["status"]["currentState"][
                "interfaces"
            ]
        }.get("internalapi"),
    )
    assert told["vlan"]["base-iface"] == "ens4"
    enactment = installed.get(NODES, "NodeNetworkConfigurationEnactment", "worker-0.worker-0")
    assert installed.condition(enactment, "Available")["status"] == "True"
    assert "unknown field" not in installed.log


def test_a_policy_for_a_nic_that_is_not_there_is_degraded(installed: Cluster) -> None:
    """The enactment says which node and why; it goes with its policy."""
    installed.apply(operator_init.nmstate())
    policy = nmstate_policies.render(lab.plan())[0]
    policy["metadata"]["name"] = "wrong"
    policy["spec"]["desiredState"]["interfaces"][0]["name"] = "enp6s0"
    installed.eventually(
        "served", lambda: any(found.kind == policy["kind"] for found in installed.kube.resources(True))
    )
    installed.apply(policy)
    degraded = installed.eventually(
        "degraded",
        lambda: (
            now
            if (
                now := installed.condition(
                    installed.get(NMSTATE, "NodeNetworkConfigurationPolicy", "wrong"), "Degraded"
                )
            ).get("status")
            == "True"
            else None
        ),
    )
    assert (degraded["reason"], degraded["message"]) == ("FailedToConfigure", "1/1 nodes failed to configure")

    def enactment() -> dict[str, Any] | None:
        return installed.get(NODES, "NodeNetworkConfigurationEnactment", "worker-0.wrong")

    failing = installed.eventually("the enactment", lambda: installed.condition(enactment(), "Failing").get("message"))
    assert "Ethernet interface enp6s0 does not exists" in failing
    installed.delete(NMSTATE, "NodeNetworkConfigurationPolicy", "wrong")
    installed.eventually("the enactment gone", lambda: enactment() is None)


def test_lvms_needs_the_disks_and_one_namespace(installed: Cluster, guests: FakeGuests) -> None:
    """Failed while a worker lacks the disk, and Ready when it has it; the webhook is asked."""
    guests.says["worker-2"]["disks"] = ["/dev/vda"]
    elsewhere = operator_init.lvm_cluster()
    elsewhere["metadata"]["namespace"] = "openshift-operators"

    def refusal() -> str:
        try:
            installed.apply(elsewhere)
        except KubeError as error:
            return str(error)
        installed.delete(LVM, "LVMCluster", "lvmcluster", "openshift-operators")
        return ""

    installed.eventually("the webhook", lambda: "only supported within namespace" in refusal())
    installed.apply(operator_init.lvm_cluster())

    def status() -> dict[str, Any]:
        found = installed.get(LVM, "LVMCluster", "lvmcluster", "openshift-lvm-storage") or {}
        return dict(found.get("status") or {})

    installed.eventually("failed", lambda: status().get("state") == "Failed")
    [device_class] = status()["deviceClassStatuses"]
    assert [node["status"] for node in device_class["nodeStatus"]] == ["Ready", "Ready", "Failed"]
    guests.says["worker-2"]["disks"].append("/dev/vdb")
    installed.eventually("ready", lambda: status().get("ready"))
    storage = installed.get("storage.k8s.io/v1", "StorageClass", "lvms-local-storage")
    assert storage is not None
    assert storage["metadata"]["annotations"]["storageclass.kubernetes.io/is-default-class"] == "true"
    installed.delete(LVM, "LVMCluster", "lvmcluster", "openshift-lvm-storage")
    installed.eventually("gone", lambda: status() == {})
    installed.eventually(
        "its class gone", lambda: installed.get("storage.k8s.io/v1", "StorageClass", "lvms-local-storage") is None
    )


def test_metallb_announces_on_workers_and_guards_its_pools(installed: Cluster) -> None:
    """The program's pools are taken; one that overlaps is not."""
    installed.apply(operator_init.metallb())
    installed.eventually(
        "available",
        lambda: (
            installed.condition(installed.get(METALLB, "MetalLB", "metallb", "metallb-system"), "Available").get(
                "status"
            )
            == "True"
        ),
    )
    assert ready_pods(installed, "metallb-system", "speaker") == ["worker-0", "worker-1", "worker-2"]
    objects = announcements.render(lab.plan())
    installed.apply(*objects)
    [pool, *_] = [obj for obj in objects if obj["kind"] == "IPAddressPool"]
    again = {**pool, "metadata": {**pool["metadata"], "name": "again"}}

    def refusal() -> str:
        try:
            installed.apply(again)
        except KubeError as error:
            return str(error)
        installed.delete(METALLB, "IPAddressPool", "again", "metallb-system")
        return ""

    installed.eventually("the webhook", lambda: "overlaps with already defined CIDR" in refusal())
    assert "unknown field" not in installed.log
