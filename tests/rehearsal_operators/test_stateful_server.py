"""Replicas with volumes on a real API server, and the step that takes the worker on which one of them is out."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from manifests import operator_init
from operations import nodes
from operations.cluster import Cluster as Connection
from operations.document import Keys
from readiness import spec
from readiness.errors import TerminalFailureError
from rehearsal.cluster import contents
from tests.rehearsal_operators.server import Cluster

SPACE, CLASS = "default", "lvms-local-storage"
WORKERS = {f"worker-{number}": f"192.0.2.{number}" for number in range(3)}


def stateful_set(name: str, replicas: int) -> dict[str, Any]:
    labels = {"app.kubernetes.io/name": name}
    claim = {"accessModes": ["ReadWriteOnce"], "storageClassName": CLASS, "resources": {"requests": {"storage": "5Gi"}}}
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": name, "namespace": SPACE},
        "spec": {
            "replicas": replicas,
            "serviceName": name,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "main", "image": "x"}]}},
            "volumeClaimTemplates": [{"metadata": {"name": "mysql-db"}, "spec": claim}],
        },
    }


@pytest.fixture(scope="module")
def cluster(bare: Cluster, engine: Path) -> Cluster:
    """Three workers with LVMS's disks, as LVMS would say it; and two sets of replicas there."""
    [definition] = [
        crd
        for crd in contents.load_crds(engine / "crds", frozenset({"lvm.topolvm.io"}))
        if crd["spec"]["names"]["kind"] == "LVMCluster"
    ]
    bare.apply(definition)
    name, kind = definition["metadata"]["name"], ("apiextensions.k8s.io/v1", "CustomResourceDefinition")
    bare.eventually("served", lambda: bare.condition(bare.get(*kind, name), "Established").get("status") == "True")
    storage = {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": CLASS}}
    bare.apply({**storage, "provisioner": "topolvm.io", "volumeBindingMode": "WaitForFirstConsumer"})
    disks = [
        {"name": "local-storage", "node": node, "status": "Ready", "deviceDiscoveryPolicy": "Preconfigured"}
        for node in WORKERS
    ]
    status = {"deviceClassStatuses": [{"name": "local-storage", "nodeStatus": disks}]}
    lvm = operator_init.lvm_cluster()
    bare.apply({**lvm, "metadata": {"name": lvm["metadata"]["name"], "namespace": SPACE}, "status": status})
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": SPACE}}
    bare.apply(account)
    bare.apply(stateful_set("openstack-galera", 3), stateful_set("rabbitmq-server", 1))
    bare.start_operators()
    return bare


def places(cluster: Cluster) -> dict[str, str]:
    """The node of each pod that is Ready."""
    pods = cluster.kube.request("GET", f"/api/v1/namespaces/{SPACE}/pods")["items"]
    return {
        pod["metadata"]["name"]: pod["spec"].get("nodeName", "")
        for pod in pods
        if cluster.condition(pod, "Ready").get("status") == "True"
    }


def listed(cluster: Cluster, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = cluster.kube.request("GET", path)["items"]
    return found


def run(cluster: Cluster, planned: dict[str, str], released: list[str]) -> list[str]:
    """The step, as the program runs it."""
    said = io.StringIO()
    names = ("ca.crt", "admin.crt", "admin.key")
    ca, cert, key = ((cluster.directory / name).read_text() for name in names)
    api = spec.api(cluster.kube.server, ca, cert, key)
    keys = Keys("step leave", {"nodes": planned, "released": released})
    assert nodes.leave(keys, Connection(api, 120, said, first_pause=0.1)) == {"nodes": planned}
    return said.getvalue().splitlines()


def test_a_worker_with_replicas_leaves_and_they_come_again_elsewhere(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.eventually("replicas", lambda: len(places(cluster)) == 4)
    before = places(cluster)
    assert sorted(before[f"openstack-galera-{number}"] for number in range(3)) == sorted(WORKERS)
    leaves = before["rabbitmq-server-0"]
    moves = next(name for name, node in before.items() if node == leaves and "galera" in name)
    stay = {name: address for name, address in WORKERS.items() if name != leaves}
    monkeypatch.setenv("PULUMI_COMMAND_STDOUT", json.dumps({"nodes": WORKERS}))

    with pytest.raises(TerminalFailureError) as raised:
        run(cluster, stay, [])
    lines = str(raised.value).splitlines()[1:3]
    assert lines == [
        f"  {leaves}: {SPACE}/mysql-db-{moves}, 5Gi, of pod {moves}, one of 3 replicas",
        f"  {leaves}: {SPACE}/mysql-db-rabbitmq-server-0, 5Gi, of pod rabbitmq-server-0, the only replica",
    ]
    assert places(cluster) == before

    said = run(cluster, stay, [leaves])
    assert said[-1] == f"deleting Node {leaves}"
    after = places(cluster)
    assert set(after) == set(before) and set(after.values()) <= set(stay)
    assert {name for name in before if before[name] != after[name]} == {moves, "rabbitmq-server-0"}
    pinned = [
        volume["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"][0]["matchExpressions"][0]["values"][0]
        for volume in listed(cluster, "/api/v1/persistentvolumes")
    ]
    assert len(pinned) == 4 and set(pinned) <= set(stay)
    trouble = [line for line in cluster.log.splitlines() if "refused:" in line or "defect" in line]
    assert trouble == []


def test_all_of_it_goes_with_its_sets(cluster: Cluster) -> None:
    for name in ("openstack-galera", "rabbitmq-server"):
        cluster.delete("apps/v1", "StatefulSet", name, SPACE)
    paths = (f"/api/v1/namespaces/{SPACE}/pods", "/api/v1/persistentvolumeclaims", "/api/v1/persistentvolumes")
    cluster.eventually("nothing is left", lambda: not any(listed(cluster, path) for path in paths))
