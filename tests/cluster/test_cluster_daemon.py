"""The daemon with the real etcd, kube-apiserver and kube-controller-manager, and machines that are only pretended."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from rehearsal.cluster.kube import Kube, KubeError
from tests.cluster.fake_machines import NODES, VIP, Rehearsal

pytestmark = pytest.mark.rehearsal


def subscription(**spec: Any) -> dict[str, Any]:
    metadata = {"name": "metallb", "namespace": "default"}
    return {"apiVersion": "operators.coreos.com/v1alpha1", "kind": "Subscription", "metadata": metadata, "spec": spec}


def serves(rehearsal: Rehearsal, install_id: str) -> bool:
    return rehearsal.status(install_id).get("phase") == "running"


def test_once_all_machines_answer_the_api_serves_with_13_ready_nodes(rehearsal: Rehearsal) -> None:
    rehearsal.install("first")
    rehearsal.machines.boot("first")
    rehearsal.eventually("running", lambda: serves(rehearsal, "first"))

    kube = rehearsal.kube("first")
    nodes = {item["metadata"]["name"]: item for item in kube.request("GET", "/api/v1/nodes")["items"]}
    assert set(nodes) == {name for name, _, _ in NODES}
    for name, role, ip in NODES:
        labels, status = nodes[name]["metadata"]["labels"], nodes[name]["status"]
        assert f"node-role.kubernetes.io/{role}" in labels
        assert ("node-role.kubernetes.io/control-plane" in labels) == (role == "master")
        assert {"type": "InternalIP", "address": ip} in status["addresses"]
        assert {c["type"]: c["status"] for c in status["conditions"]}["Ready"] == "True"
        taints = [taint["key"] for taint in nodes[name]["spec"].get("taints", [])]
        assert taints == (["node-role.kubernetes.io/master"] if role == "master" else [])
    bootstrap = kube.request("GET", "/api/v1/namespaces/kube-system/configmaps/bootstrap")
    assert bootstrap["data"] == {"status": "complete"}

    assert_that_upstreams_schema_is_enforced(kube)
    assert_that_deletions_end(rehearsal, kube)
    assert_that_operators_are_revived(rehearsal, kube)


def assert_that_upstreams_schema_is_enforced(kube: Kube) -> None:
    source = {"source": "redhat-operators", "sourceNamespace": "openshift-marketplace"}
    with pytest.raises(KubeError, match=r"spec.name: Required value"):
        kube.apply(subscription(**source))
    accepted = kube.apply(subscription(name="metallb-operator", **source))
    assert accepted["metadata"]["generation"] == 1


def assert_that_deletions_end(rehearsal: Rehearsal, kube: Kube) -> None:
    """Needs the controller manager: an API server alone leaves both of these for ever."""
    kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "passing"}})
    foreground = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Foreground"}
    operator = "/apis/operators.coreos.com/v1alpha1/namespaces/default/subscriptions/metallb"
    for path in ("/api/v1/namespaces/passing", operator):
        kube.request("DELETE", path, foreground)
        rehearsal.eventually(f"{path} deleted", lambda path=path: is_absent(kube, path))  # type: ignore[misc]


def assert_that_operators_are_revived(rehearsal: Rehearsal, kube: Kube) -> None:
    """They judge what is asked of them; killed, they are started again and go on."""
    source = {"source": "redhat-operators", "sourceNamespace": "openshift-marketplace"}
    path = "/apis/operators.coreos.com/v1alpha1/namespaces/default/subscriptions/metallb"

    def judged() -> bool:
        return bool(kube.request("GET", path).get("status"))

    kube.apply(subscription(name="metallb-operator", **source))
    rehearsal.eventually("judged", judged)
    [operators] = [pid for pid in processes_in(rehearsal.directory / "clusters/first") if is_operators(pid)]
    os.kill(operators, signal.SIGKILL)
    kube.request("DELETE", path)
    kube.apply(subscription(name="metallb-operator", **source))
    rehearsal.eventually("judged again", judged)
    assert "operators ended by itself and was started again" in (rehearsal.directory / "cluster.log").read_text()


def is_operators(pid: int) -> bool:
    return b"rehearsal.operators" in Path(f"/proc/{pid}/cmdline").read_bytes()


def is_absent(kube: Kube, path: str) -> bool:
    try:
        kube.request("GET", path)
    except KubeError as error:
        return error.status == 404
    return False


def test_a_machine_that_does_not_answer_holds_everything_and_is_named(rehearsal: Rehearsal) -> None:
    rehearsal.install("first")
    rehearsal.machines.boot("first", without=("worker-7",))
    rehearsal.eventually("12 answer", lambda: len(rehearsal.status("first").get("answered", ())) == 12)

    status = rehearsal.status("first")
    assert status["phase"] == "waiting"
    assert [(entry["hostname"], entry["ip"]) for entry in status["missing"]] == [("worker-7", "127.0.0.37")]
    assert status["missing"][0]["mac"] == "52:54:00:00:00:25"
    assert not (rehearsal.directory / "clusters/first/etcd").exists(), (
        "nothing may be started for an incomplete cluster"
    )


def test_a_machine_of_another_installation_or_with_another_mac_does_not_count(rehearsal: Rehearsal) -> None:
    rehearsal.install("first")
    rehearsal.machines.boot("first")
    rehearsal.machines.says["127.0.0.30"]["id"] = "older"
    rehearsal.machines.says["127.0.0.31"]["nics"][0]["mac"] = "52:54:00:ff:ff:ff"
    rehearsal.machines.says["127.0.0.32"]["hostname"] = "localhost"
    rehearsal.eventually("10 answer", lambda: len(rehearsal.status("first").get("answered", ())) == 10)

    reasons = {entry["hostname"]: entry["reason"] for entry in rehearsal.status("first")["missing"]}
    assert reasons == {
        "worker-0": "runs another installation (older)",
        "worker-1": "has no NIC with MAC 52:54:00:00:00:1f",
        "worker-2": "calls itself localhost",
    }


def test_an_installation_that_cannot_be_read_is_told_once_and_holds_no_other(rehearsal: Rehearsal) -> None:
    broken = rehearsal.directory / "clusters" / "broken"
    broken.mkdir(parents=True)
    (broken / "install.json").write_text('{"id": "broken"}')
    rehearsal.install("first")
    rehearsal.machines.boot("first", without=("master-0",))
    rehearsal.eventually("12 answer", lambda: len(rehearsal.status("first").get("answered", ())) == 12)
    rehearsal.machines.power_off("worker")
    rehearsal.eventually("2 answer", lambda: len(rehearsal.status("first")["answered"]) == 2)
    assert (rehearsal.directory / "cluster.log").read_text().count("broken: install.json cannot be used") == 1


def test_without_any_master_the_cluster_is_stopped_and_its_directory_removed(rehearsal: Rehearsal) -> None:
    directory = rehearsal.install("first")
    rehearsal.machines.boot("first")
    rehearsal.eventually("running", lambda: serves(rehearsal, "first"))
    children = processes_in(directory)
    assert len(children) == 4  # etcd, the API server, the controller manager, the operators

    rehearsal.machines.power_off("master")
    rehearsal.eventually("directory removed", lambda: not directory.exists())
    assert not [pid for pid in children if Path(f"/proc/{pid}").exists()]
    assert VIP not in addresses_of_loopback()


def test_a_newer_installation_displaces_the_older_and_starts_with_an_empty_api_server(rehearsal: Rehearsal) -> None:
    older = rehearsal.install("older")
    rehearsal.machines.boot("older")
    rehearsal.eventually("running", lambda: serves(rehearsal, "older"))
    metadata = {"name": "left-over", "namespace": "default"}
    rehearsal.kube("older").apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {}})

    rehearsal.install("newer")
    rehearsal.machines.boot("newer")
    rehearsal.eventually("newer running", lambda: serves(rehearsal, "newer"))
    assert not older.exists()
    kube = rehearsal.kube("newer")
    assert is_absent(kube, "/api/v1/namespaces/default/configmaps/left-over")
    assert len(kube.request("GET", "/api/v1/nodes")["items"]) == 13


def test_a_killed_daemon_leaves_no_process_and_its_successor_goes_on_with_the_same_objects(
    rehearsal: Rehearsal,
) -> None:
    directory = rehearsal.install("first")
    rehearsal.machines.boot("first")
    rehearsal.eventually("running", lambda: serves(rehearsal, "first"))
    metadata = {"name": "kept", "namespace": "default"}
    rehearsal.kube("first").apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {}})

    rehearsal.end_daemon(signal.SIGKILL)
    rehearsal.eventually("children ended", lambda: not processes_in(directory))
    (directory / "status.json").unlink()
    rehearsal.start_daemon()
    rehearsal.eventually("running again", lambda: serves(rehearsal, "first"))
    kept = rehearsal.kube("first").request("GET", "/api/v1/namespaces/default/configmaps/kept")
    assert kept["metadata"]["name"] == "kept"


def processes_in(directory: Path) -> list[int]:
    """Every process whose arguments name the directory or that writes a log in it."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            writes_there = str((entry / "fd/1").readlink()).startswith(f"{directory}/")
        except OSError:
            continue
        if writes_there:
            found.append(int(entry.name))
    return found


def addresses_of_loopback() -> str:
    return subprocess.run(["ip", "address", "show", "dev", "lo"], capture_output=True, text=True, check=True).stdout
