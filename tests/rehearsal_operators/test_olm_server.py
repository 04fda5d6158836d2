"""The operators' process on a real API server: what OLM does there, and what OpenShift does by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from rehearsal.operators import objects
from tests.rehearsal_operators.server import Cluster

pytestmark = pytest.mark.rehearsal

OLM = "operators.coreos.com/v1alpha1"
CRDS = "apiextensions.k8s.io/v1"
POOLS = "ipaddresspools.metallb.io"


def space(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def group(namespace: str, name: str = "group") -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "operators.coreos.com/v1", "kind": "OperatorGroup", "metadata": metadata, "spec": {}}


def subscription(namespace: str, package: str, **spec: str) -> dict[str, Any]:
    wanted = {"name": package, "source": "redhat-operators", "sourceNamespace": "openshift-marketplace", **spec}
    metadata = {"name": package, "namespace": namespace}
    return {"apiVersion": OLM, "kind": "Subscription", "metadata": metadata, "spec": wanted}


def status(cluster: Cluster, kind: str, name: str, namespace: str | None = None, api: str = OLM) -> dict[str, Any]:
    found = cluster.get(api, kind, name, namespace)
    return (found or {}).get("status") or {}


def faults(name: str, **data: str) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "kube-system"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def changed(cluster: Cluster, obj: Mapping[str, Any], spec: Mapping[str, Any]) -> None:
    """A merge patch, as a person's."""
    metadata = obj["metadata"]
    path = cluster.kube.resource_of(obj["apiVersion"], obj["kind"]).path(metadata.get("namespace"), metadata["name"])
    cluster.kube.request("PATCH", path, {"spec": spec}, "application/merge-patch+json")


def test_an_operators_kinds_pods_and_endpoints_come_with_its_subscription(cluster: Cluster) -> None:
    assert cluster.get(CRDS, "CustomResourceDefinition", POOLS) is None
    cluster.apply(space("metallb-system"), subscription("metallb-system", "metallb-operator", channel="stable"))
    refused = cluster.eventually(
        "said that there is no OperatorGroup",
        lambda: cluster.condition(
            cluster.get(OLM, "Subscription", "metallb-operator", "metallb-system"), "ResolutionFailed"
        ),
    )
    assert refused["message"] == "expected 1 OperatorGroup in the namespace, found 0"
    assert cluster.get(CRDS, "CustomResourceDefinition", POOLS) is None

    cluster.apply(group("metallb-system"))
    csv = "metallb-operator.v4.18.0"
    cluster.eventually(
        "succeeded",
        lambda: status(cluster, "ClusterServiceVersion", csv, "metallb-system").get("phase") == "Succeeded",
    )
    assert cluster.condition(cluster.get(CRDS, "CustomResourceDefinition", POOLS), "Established")["status"] == "True"
    for name in ("metallb-operator-webhook-service", "metallb-operator-webhook-server-service"):
        endpoints = cluster.get("v1", "Endpoints", name, "metallb-system")
        assert endpoints is not None
        assert endpoints["subsets"][0]["addresses"]
    pods = cluster.kube.request("GET", "/api/v1/namespaces/metallb-system/pods")["items"]
    assert {pod["metadata"]["labels"].get("component") for pod in pods} >= {"webhook-server"}
    assert all(cluster.condition(pod, "Ready")["status"] == "True" for pod in pods)
    told = cluster.eventually(
        "settled",
        lambda: (
            now
            if (now := status(cluster, "Subscription", "metallb-operator", "metallb-system")).get("installedCSV")
            else None
        ),
    )
    assert (told["installedCSV"], told["currentCSV"]) == (csv, csv)
    assert "unknown field" not in cluster.log


def test_a_pinned_version_is_installed_by_hand_and_upgraded_by_hand(cluster: Cluster) -> None:
    where, old, new = "openstack-operators", "openstack-operator.v1.0.7", "openstack-operator.v1.0.16"
    pinned = {"channel": "stable-v1.0", "installPlanApproval": "Manual", "startingCSV": old}
    cluster.apply(space(where), group(where), subscription(where, "openstack-operator", **pinned))

    def plan(csv: str, phase: str) -> Callable[[], dict[str, Any] | None]:
        def found() -> dict[str, Any] | None:
            for item in cluster.kube.request("GET", f"/apis/{OLM}/namespaces/{where}/installplans")["items"]:
                if item["spec"]["clusterServiceVersionNames"] == [csv] and item.get("status", {}).get("phase") == phase:
                    return {"apiVersion": OLM, "kind": "InstallPlan", **item}
            return None

        return found

    def phase(csv: str) -> str | None:
        return status(cluster, "ClusterServiceVersion", csv, where).get("phase")

    first = cluster.eventually("a plan waits", plan(old, "RequiresApproval"))
    assert phase(old) is None
    changed(cluster, first, {"approved": True})
    cluster.eventually("complete", plan(old, "Complete"))
    cluster.eventually("succeeded", lambda: phase(old) == "Succeeded")

    second = cluster.eventually("the newer plan waits", plan(new, "RequiresApproval"))
    assert status(cluster, "Subscription", "openstack-operator", where)["installedCSV"] == old
    assert phase(old) == "Succeeded"
    changed(cluster, second, {"approved": True})
    cluster.eventually("upgraded", lambda: (phase(old), phase(new)) == (None, "Succeeded"))

    def init_pods() -> set[str]:
        listed = cluster.kube.request("GET", f"/api/v1/namespaces/{where}/pods")["items"]
        return {pod["metadata"]["name"] for pod in listed}

    cluster.eventually("its pod was replaced", lambda: init_pods() == {"openstack-operator-controller-init-1-0-16"})


def test_an_operators_version_outlives_its_subscription(cluster: Cluster) -> None:
    where, csv = "openshift-operators", "cluster-observability-operator.v1.0.0"
    cluster.apply(subscription(where, "cluster-observability-operator", channel="stable"))

    def phase() -> str | None:
        return status(cluster, "ClusterServiceVersion", csv, where).get("phase")

    cluster.eventually("succeeded", lambda: phase() == "Succeeded")
    cluster.delete(OLM, "Subscription", "cluster-observability-operator", where)
    cluster.eventually(
        "its plan is gone with it",
        lambda: not cluster.kube.request("GET", f"/apis/{OLM}/namespaces/{where}/installplans")["items"],
    )
    assert phase() == "Succeeded"
    cluster.delete(OLM, "ClusterServiceVersion", csv, where)
    cluster.eventually(
        "its pods are gone with it",
        lambda: not cluster.kube.request("GET", f"/api/v1/namespaces/{where}/pods")["items"],
    )


def test_a_changed_network_is_rolled_out(cluster: Cluster) -> None:
    def progressing() -> str | None:
        found = cluster.get("config.openshift.io/v1", "ClusterOperator", "network")
        return cluster.condition(found, "Progressing").get("status")

    cluster.apply(faults("rehearsal-faults", Network="slow: 600"))
    network = cluster.get("operator.openshift.io/v1", "Network", "cluster")
    assert network is not None
    assert progressing() == "False"
    gateway = {"gatewayConfig": {"ipForwarding": "Global"}}
    changed(cluster, network, {"defaultNetwork": {"ovnKubernetesConfig": gateway}})
    cluster.eventually("rolling", lambda: progressing() == "True")
    cluster.apply(faults("rehearsal-faults"))
    cluster.eventually("rolled out", lambda: progressing() == "False")


def test_a_pod_on_a_node_can_be_deleted(cluster: Cluster) -> None:
    pod = objects.pod("guest", "default", {"app": "guest"}, "worker-0")
    cluster.apply({key: value for key, value in pod.items() if key != "status"})
    cluster.delete("v1", "Pod", "guest", "default")
    cluster.eventually("gone", lambda: cluster.get("v1", "Pod", "guest", "default") is None)


def test_the_process_ends_when_told_and_its_successor_does_nothing_twice(cluster: Cluster) -> None:
    before = cluster.get(OLM, "Subscription", "metallb-operator", "metallb-system")
    assert before is not None
    assert cluster.stop_operators() == 0
    cluster.start_operators()
    # An object that came after the restart shows that there was a whole round.
    cluster.apply(space("later"), subscription("later", "metallb-operator"))
    cluster.eventually("judged", lambda: status(cluster, "Subscription", "metallb-operator", "later"))
    assert cluster.get(OLM, "Subscription", "metallb-operator", "metallb-system") == before
