"""Joining and leaving against a real API server: its approvals, its evictions, its preconditions."""

from __future__ import annotations

import io
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from engine.cache import paths
from operations import nodes
from operations.certificates import BOOTSTRAPPER, GROUP
from operations.cluster import Cluster, at, leaving
from operations.document import Keys
from readiness import spec
from readiness.client import MERGE_PATCH, RefusedError
from readiness.errors import OutOfTimeError
from rehearsal.cluster import signing_requests
from rehearsal.cluster.kube import Kube
from tests.api.server import Definitions, running
from tests.operations.fake_requests import client, serving

NAMESPACE = "default"
NODES, VOLUMES = spec.path("v1", "nodes"), spec.path("v1", "persistentvolumes")
REQUESTS = spec.path(GROUP, "certificatesigningrequests")
PODS = spec.path("v1", "pods", None, NAMESPACE)
CLAIMS = spec.path("v1", "persistentvolumeclaims", None, NAMESPACE)
BUDGETS = spec.path("policy/v1", "poddisruptionbudgets", None, NAMESPACE)
READY = [{"type": "Ready", "status": "True"}]
RBAC = "rbac.authorization.k8s.io/v1"
MAY_ASK = {
    "apiVersion": RBAC,
    "kind": "ClusterRoleBinding",
    "metadata": {"name": "may-ask"},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "system:node-bootstrapper"},
    "subjects": [
        {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": BOOTSTRAPPER},
        {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "system:nodes"},
    ],
}
"""As the machine-config-operator and the authorizer of nodes allow it."""
OURS = ("username", "groups")


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    given = os.environ.get("RHOSO_ENGINE")
    directory = tmp_path_factory.mktemp("api")
    with running(Path(given) if given else paths().root, directory, Definitions("none", ())) as server:
        ca, cert, key = ((directory / name).read_text() for name in ("ca.crt", "admin.crt", "admin.key"))
        access = spec.api(server._kube.server, ca, cert, key)
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
        connected(access).create(spec.path("v1", "serviceaccounts", None, NAMESPACE), account)
        connected(access).create(spec.path(RBAC, "clusterrolebindings"), MAY_ASK)
        yield access


def connected(api: dict[str, Any], user: str = "", group: str = "") -> Cluster:
    """An administrator's connection, or one as somebody else."""
    made = Cluster(api, 60, io.StringIO(), first_pause=0.02)
    named = {"Impersonate-User": user, "Impersonate-Group": group}
    made._client._headers.update({key: value for key, value in named.items() if value})
    return made


@pytest.fixture
def cluster(api: dict[str, Any]) -> Cluster:
    return connected(api)


def run(api: dict[str, Any], planned: dict[str, str], timeout: float = 60, released: tuple[str, ...] = ()) -> list[str]:
    """What the step said on its way."""
    said = io.StringIO()
    cluster = Cluster(api, timeout, said, first_pause=0.02)
    assert nodes.join(Keys("step join", {"nodes": planned}), cluster) == {"nodes": planned}
    keys = Keys("step leave", {"nodes": planned, "released": list(released)})
    assert nodes.leave(keys, cluster) == {"nodes": planned}
    return said.getvalue().splitlines()


def node(cluster: Cluster, name: str) -> None:
    cluster.create(NODES, {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}})


def ready(cluster: Cluster, path: str, **more: Any) -> None:
    cluster.patch(path, f"{path}/status", {"status": {**more, "conditions": READY}})


def asks(cluster: Cluster, name: str, made: dict[str, Any]) -> None:
    """Make a request as whoever is connected; who that is, the server writes in itself."""
    asked = {key: value for key, value in made.items() if key not in OURS}
    request = {"apiVersion": GROUP, "kind": "CertificateSigningRequest", "metadata": {"name": name}, "spec": asked}
    cluster.create(REQUESTS, request)


def approved(cluster: Cluster, name: str) -> bool:
    said = at(cluster.get(f"{REQUESTS}/{name}"), "status.conditions") or ()
    return [(entry["type"], entry["status"]) for entry in said] == [("Approved", "True")]


def test_a_machine_is_let_in_by_both_of_its_requests_and_nobody_else(api: dict[str, Any], cluster: Cluster) -> None:
    planned = {"join-1": "192.0.2.1"}
    asks(cluster, "of-admin", client("join-1"))
    asks(connected(api, BOOTSTRAPPER), "of-another", client("join-10"))
    asks(connected(api, BOOTSTRAPPER), "join-1-client", client("join-1"))
    with pytest.raises(OutOfTimeError, match="approved join-1-client, not issued yet, no Node yet"):
        run(api, planned, 0.5)
    node(cluster, "join-1")
    asks(connected(api, "system:node:join-1", "system:nodes"), "join-1-serving", serving("join-1", "192.0.2.1"))
    asks(connected(api, "system:node:join-1", "system:nodes"), "join-1-more", serving("join-1", "192.0.2.9"))
    with pytest.raises(OutOfTimeError, match="NotReady: no status yet; serving certificate: approved join-1-serving"):
        run(api, planned, 0.5)
    ready(cluster, f"{NODES}/join-1")
    assert run(api, planned) == ["every planned node is Ready", "no worker leaves"]
    verdicts = {name: approved(cluster, name) for name in ("join-1-client", "join-1-serving", "of-admin", "of-another")}
    assert verdicts == {"join-1-client": True, "join-1-serving": True, "of-admin": False, "of-another": False}
    assert not approved(cluster, "join-1-more")


def test_the_rehearsals_machines_ask_as_real_ones_do(api: dict[str, Any], cluster: Cluster, tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("ca", "cert", "key")]
    for file in files:
        file.write_text(api[file.name])
    kube = Kube.from_files(api["server"], *files)
    names = [signing_requests.ask_for_client(kube, "join-4")]
    with pytest.raises(OutOfTimeError, match="not issued yet, no Node yet"):
        run(api, {"join-4": "192.0.2.4"}, 0.5)
    names.append(signing_requests.ask_for_serving(kube, "join-4", "192.0.2.4"))
    with pytest.raises(OutOfTimeError):
        run(api, {"join-4": "192.0.2.4"}, 0.5)
    assert [approved(cluster, name) for name in names] == [True, True]


def test_a_denied_request_stays_denied(api: dict[str, Any], cluster: Cluster) -> None:
    asks(connected(api, BOOTSTRAPPER), "denied", client("join-2"))
    denied = {"type": "Denied", "status": "True", "reason": "No", "message": "not this one"}
    cluster.patch("denied", f"{REQUESTS}/denied/approval", {"status": {"conditions": [denied]}})
    with pytest.raises(OutOfTimeError, match="denied is not approved: Denied: No: not this one, no Node yet"):
        run(api, {"join-2": "192.0.2.2"}, 0.3)


def test_an_approval_is_of_the_request_that_was_read(api: dict[str, Any], cluster: Cluster) -> None:
    asks(connected(api, BOOTSTRAPPER), "read", client("join-3"))
    before = (cluster.get(f"{REQUESTS}/read") or {})["metadata"]["resourceVersion"]
    cluster.delete("read", f"{REQUESTS}/read")
    asks(cluster, "read", client("join-3"))
    approval = {"type": "Approved", "status": "True", "reason": "x"}
    change = {"metadata": {"resourceVersion": before}, "status": {"conditions": [approval]}}
    with pytest.raises(RefusedError) as raised:
        cluster.ask("PATCH", f"{REQUESTS}/read/approval", change, MERGE_PATCH)
    assert raised.value.status == 409
    assert not approved(cluster, "read")


def local_replica(cluster: Cluster, name: str, where: str) -> None:
    """A StatefulSet's pod, Ready on a node, with a volume of that node that is bound."""
    claim = f"data-{name}"
    make_claim(cluster, claim)
    uid = (cluster.get(f"{CLAIMS}/{claim}") or {})["metadata"]["uid"]
    expression = {"key": "topology.topolvm.io/node", "operator": "In", "values": [where]}
    volume = {
        "capacity": {"storage": "1Gi"},
        "accessModes": ["ReadWriteOnce"],
        "persistentVolumeReclaimPolicy": "Delete",
        "claimRef": {"namespace": NAMESPACE, "name": claim, "uid": uid},
        "csi": {"driver": "topolvm.io", "volumeHandle": claim},
        "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}},
    }
    metadata = {"name": f"pvc-{uid}"}
    cluster.create(VOLUMES, {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": metadata, "spec": volume})
    cluster.patch("volume", f"{VOLUMES}/pvc-{uid}/status", {"status": {"phase": "Bound"}})
    make_pod(cluster, name, where)


def make_claim(cluster: Cluster, claim: str) -> None:
    asked = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    made = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": claim}, "spec": asked}
    cluster.create(CLAIMS, made)


def make_pod(cluster: Cluster, name: str, where: str) -> None:
    made = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": "galera", "statefulset.kubernetes.io/pod-name": name}},
        "spec": {
            "nodeName": where,
            "containers": [{"name": "main", "image": "registry.example.com/x"}],
            "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": f"data-{name}"}}],
        },
    }
    cluster.create(PODS, made)
    ready(cluster, f"{PODS}/{name}", phase="Running")


@contextmanager
def controllers(api: dict[str, Any], moves_to: str) -> Iterator[None]:
    """Kubelet, StatefulSet controller and provisioner of one replica after the other."""
    ended = threading.Event()

    def work() -> None:
        cluster = connected(api)
        while not ended.wait(0.02):
            for claim in (cluster.get(CLAIMS) or {})["items"]:
                if leaving(claim):
                    strip(cluster, f"{CLAIMS}/{claim['metadata']['name']}")
            for pod in (cluster.get(PODS) or {})["items"]:
                if leaving(pod):
                    name = pod["metadata"]["name"]
                    cluster.ask("DELETE", f"{PODS}/{name}", {"gracePeriodSeconds": 0})
                    make_claim(cluster, f"data-{name}")
                    make_pod(cluster, name, moves_to)
            there = {claim["metadata"]["uid"] for claim in (cluster.get(CLAIMS) or {})["items"]}
            for volume in (cluster.get(VOLUMES) or {})["items"]:
                if at(volume, "spec.claimRef.uid") not in there:
                    cluster.delete("volume", f"{VOLUMES}/{volume['metadata']['name']}")
                    strip(cluster, f"{VOLUMES}/{volume['metadata']['name']}")

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def strip(cluster: Cluster, path: str) -> None:
    if cluster.get(path) is not None:
        cluster.ask("PATCH", path, {"metadata": {"finalizers": None}}, MERGE_PATCH)


def test_a_worker_leaves(api: dict[str, Any], cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """First a disruption budget forbids it, and nothing is lost; then its replica moves and the Node goes."""
    planned = {"leave-0": "192.0.2.10"}
    monkeypatch.setenv("PULUMI_COMMAND_STDOUT", json.dumps({"nodes": {**planned, "leave-1": "192.0.2.11"}}))
    for name in ("leave-0", "leave-1"):
        node(cluster, name)
        ready(cluster, f"{NODES}/{name}")
    local_replica(cluster, "galera-0", "leave-1")
    budget = {"minAvailable": 1, "selector": {"matchLabels": {"app": "galera"}}}
    metadata = {"name": "galera"}
    made = {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": metadata, "spec": budget}
    cluster.create(BUDGETS, made)
    with pytest.raises(OutOfTimeError, match=r"moving default/galera-0: Cannot evict pod"):
        run(api, planned, 0.5, ("leave-1",))
    claim = cluster.get(f"{CLAIMS}/data-galera-0")
    assert claim is not None and not leaving(claim)
    assert not leaving(cluster.get(f"{PODS}/galera-0") or {})
    assert at(cluster.get(f"{NODES}/leave-1"), "spec.unschedulable") is True
    cluster.delete("budget", f"{BUDGETS}/galera")
    with controllers(api, "leave-0"):
        said = run(api, planned, 60, ("leave-1",))
    assert said[-1] == "deleting Node leave-1"
    assert cluster.get(f"{NODES}/leave-1") is None
    assert at(cluster.get(f"{PODS}/galera-0"), "spec.nodeName") == "leave-0"
    assert (cluster.get(f"{CLAIMS}/data-galera-0") or {})["metadata"]["uid"] != claim["metadata"]["uid"]


def test_a_removal_with_another_ones_uid_changes_nothing(cluster: Cluster) -> None:
    make_claim(cluster, "kept")
    cluster.delete("claim kept", f"{CLAIMS}/kept", "11111111-1111-1111-1111-111111111111")
    claim = cluster.get(f"{CLAIMS}/kept")
    assert claim is not None and not leaving(claim)


def test_a_worker_that_stays_after_all(api: dict[str, Any], cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    node(cluster, "kept-0")
    ready(cluster, f"{NODES}/kept-0")
    mark = {"metadata": {"annotations": {"rhoso-lab/leaving": "x/y"}}, "spec": {"unschedulable": True}}
    cluster.patch("Node kept-0", f"{NODES}/kept-0", mark)
    run(api, {"kept-0": "192.0.2.20"})
    found = cluster.get(f"{NODES}/kept-0") or {}
    assert not at(found, "spec.unschedulable") and not at(found, "metadata.annotations")
