"""Node set, deployment, Jobs and Tempest on a real API server, under upstream's definitions; the computes are made up.

What else the lab needs is there from the beginning, and only this module's stand-ins run.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from manifests import retire, tempest
from rehearsal.cluster.contents import load_crds
from rehearsal.cluster.install import load
from rehearsal.cluster.kube import KubeError
from rehearsal.operators import compute, deployment, job_run, jobs, node_set, ssh
from rehearsal.operators import tempest as tempest_stand_in
from rehearsal.operators.runner import Runner
from rehearsal.operators.watch import Store, prefill, watch
from rehearsal.operators.works import Works
from rehearsal.operators.writer import Writer
from tests.lab import settings
from tests.rehearsal_operators.lab_objects import CLIENT, NAMESPACE, Object, computes, config_map, objects, run
from tests.rehearsal_operators.server import Cluster
from tests.rehearsal_operators.test_deployment import Guests

pytestmark = pytest.mark.rehearsal

API = "dataplane.openstack.org/v1beta1"
STANDINS = (*node_set.STANDINS, *deployment.STANDINS, *jobs.STANDINS, *tempest_stand_in.STANDINS)
GROUPS = frozenset(
    (*(f"{group}.openstack.org" for group in ("dataplane", "core", "network", "test")), "k8s.cni.cncf.io")
)
CSV: Object = {
    "apiVersion": "operators.coreos.com/v1alpha1",
    "kind": "ClusterServiceVersion",
    "metadata": {"name": "openstack-operator.v1.0.7", "namespace": NAMESPACE},
    "spec": {"displayName": "OpenStack", "install": {"strategy": "deployment"}},
    "status": {"phase": "Succeeded"},
}


def plain(obj: Object) -> Object:
    """As a user applies it."""
    metadata = {key: value for key, value in obj["metadata"].items() if key in ("name", "namespace", "labels")}
    return {**obj, "metadata": metadata}


class Lab:
    """The cluster with everything in it that the data plane needs."""

    def __init__(self, cluster: Cluster, guests: Guests) -> None:
        self.cluster, self.guests = cluster, guests

    def status(self, kind: str, name: str, api: str = API) -> dict[str, Any]:
        """The status of an object, {} before it has one."""
        found = self.cluster.get(api, kind, name, NAMESPACE) or {}
        status: dict[str, Any] = found.get("status") or {}
        return status

    def comes_to(self, kind: str, name: str, condition: str, status: str, reason: str = "", api: str = API) -> Any:
        """Wait for a condition, of whatever reason where none is given, and return it."""

        def holds() -> Any:
            entries = self.status(kind, name, api).get("conditions") or []
            found = [entry for entry in entries if entry["type"] == condition and entry["status"] == status]
            return [entry for entry in found if reason in ("", entry["reason"])]

        return self.cluster.eventually(f"{kind} {name}: {condition}={status} {reason}", holds)[0]


@pytest.fixture(scope="module")
def lab(bare: Cluster, engine: Path) -> Iterator[Lab]:
    install = load(bare.directory)
    _define(bare, engine)
    bare.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}, CSV)
    for obj in objects():
        if obj["kind"] != "Node":
            bare.apply(_complete(plain(obj)))
    guests, stop, store = Guests(), threading.Event(), Store(install)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssh, "run", guests.run)
        patch.setattr(compute, "_PAUSE_SECONDS", 0.0)
        patch.setattr(job_run, "_LOOK_SECONDS", 0.0)
        prefill(store, bare.kube)
        lines = (bare.directory / "operators.log").open("a", buffering=1)
        works = Works(None, store.wake)
        runner = Runner(
            STANDINS, store, Writer(store.world().kube(), store), works, lambda line: print(line, file=lines)
        )
        threads = [
            threading.Thread(target=watch, args=(store, install, stop)),
            threading.Thread(target=runner.run, args=(stop.is_set,)),
        ]
        for thread in threads:
            thread.start()
        try:
            yield Lab(bare, guests)
        finally:
            stop.set()
            store.wake()
            for thread in threads:
                thread.join()
            runner.close()
            lines.close()


def _define(cluster: Cluster, engine: Path) -> None:
    definitions = load_crds(engine / "crds", GROUPS)
    for crd in definitions:
        cluster.kube.apply(crd)
    kinds = {crd["spec"]["names"]["kind"] for crd in definitions}
    cluster.eventually(
        "all kinds are served", lambda: kinds <= {found.kind for found in cluster.kube.resources(fresh=True)}
    )


def _complete(obj: Object) -> Object:
    """With what the definitions demand and the pure tests have no use for."""
    times = {"lastTransitionTime": "2026-01-01T00:00:00Z"}
    status = obj.get("status") or {}
    if "conditions" in status:
        obj = {**obj, "status": {**status, "conditions": [{**entry, **times} for entry in status["conditions"]]}}
    return obj


def test_1_the_node_set_is_set_up_with_all_that_it_brings(lab: Lab) -> None:
    lab.cluster.apply(plain(computes()))
    lab.comes_to("OpenStackDataPlaneNodeSet", "computes", "SetupReady", "True")
    assert lab.status("OpenStackDataPlaneNodeSet", "computes")["allIPs"]["compute-1"]["tenant"] == "172.19.0.101"
    held = lab.status("IPSet", "compute-0", "network.openstack.org/v1beta1")
    assert {entry["network"] for entry in held["reservations"]} == {
        *("ctlplane", "internalapi", "storage", "tenant", "external")
    }
    assert lab.cluster.get("v1", "Secret", "dataplanenodeset-computes", NAMESPACE)
    assert lab.cluster.get(API, "OpenStackDataPlaneService", "nova", NAMESPACE)


def test_2_a_deployment_that_fails_stays_failed_and_the_next_one_counts(lab: Lab) -> None:
    first, name = plain(run()), run()["metadata"]["name"]
    lab.guests.refused["192.168.131.100"] = ssh.Said(1, "", "sudo: a password is required")
    lab.cluster.apply(first)
    failed = lab.comes_to("OpenStackDataPlaneDeployment", name, "DeploymentReady", "False", "BackoffLimitExceeded")
    assert "sudo: a password is required" in failed["message"]
    lab.guests.refused.clear()

    lab.cluster.apply({**first, "metadata": {**first["metadata"], "name": f"{name}-2"}})
    lab.comes_to("OpenStackDataPlaneDeployment", f"{name}-2", "Ready", "True")
    lab.comes_to("OpenStackDataPlaneNodeSet", "computes", "Ready", "True")
    assert lab.status("OpenStackDataPlaneDeployment", name)["deployed"] is False
    status = lab.status("OpenStackDataPlaneNodeSet", "computes")
    assert status["configHash"] == status["deployedConfigHash"]


def test_3_webhooks_hold_off_what_upstreams_do(lab: Lab) -> None:
    again = plain(run())
    again["spec"]["servicesOverride"] = ["ovn"]
    with pytest.raises(KubeError, match="Spec is immutable"):
        lab.cluster.apply(again)
    elsewhere = plain(computes())
    elsewhere["metadata"]["name"] = "others"
    with pytest.raises(KubeError, match="already exists in nodeset computes"):
        lab.cluster.apply(elsewhere)


def test_4_a_changed_node_set_waits_for_another_deployment(lab: Lab) -> None:
    changed = plain(computes())
    changed["spec"]["nodeTemplate"]["ansible"]["ansibleVars"]["edpm_bootstrap_command"] = "true"
    lab.cluster.apply(changed)
    lab.comes_to("OpenStackDataPlaneNodeSet", "computes", "Ready", "False")
    deployed = plain(run())
    deployed["metadata"]["name"] = "computes-other"
    lab.cluster.apply(deployed)
    lab.comes_to("OpenStackDataPlaneNodeSet", "computes", "Ready", "True")


def test_5_a_node_that_leaves_gives_its_addresses_back(lab: Lab) -> None:
    changed = plain(computes())
    # Server-side apply takes a key away that its applier no longer names.
    del changed["spec"]["nodes"]["compute-1"]
    lab.cluster.apply(changed)
    lab.cluster.eventually(
        "IPSet compute-1 goes",
        lambda: lab.cluster.get("network.openstack.org/v1beta1", "IPSet", "compute-1", NAMESPACE) is None,
    )
    assert lab.cluster.get("network.openstack.org/v1beta1", "IPSet", "compute-0", NAMESPACE)


@pytest.mark.parametrize(("code", "condition", "phase"), [(0, "Complete", "Succeeded"), (3, "Failed", "Failed")])
def test_6_a_job_ends_and_its_pod_with_it(lab: Lab, code: int, condition: str, phase: str) -> None:
    [_, job] = retire.render(NAMESPACE, CLIENT)
    name = f"job-{code}"
    job["metadata"]["name"] = name
    lab.cluster.apply(config_map("retire", **{"retire.sh": f"echo said; exit {code}"}), job)
    lab.comes_to("Job", name, condition, "True", api="batch/v1")
    found = lab.cluster.kube.request("GET", f"/api/v1/namespaces/{NAMESPACE}/pods?labelSelector=job-name%3D{name}")
    [pod] = found["items"]
    assert pod["status"]["phase"] == phase
    ended = pod["status"]["containerStatuses"][0]["state"]["terminated"]
    assert ended["exitCode"] == code
    assert code == 0 or ended["message"] == "said"
    lab.cluster.delete("batch/v1", "Job", name, NAMESPACE)
    lab.cluster.eventually("the Job goes", lambda: lab.cluster.get("batch/v1", "Job", name, NAMESPACE) is None)


def test_7_a_job_that_is_deleted_while_it_runs_is_ended(lab: Lab) -> None:
    [_, job] = retire.render(NAMESPACE, CLIENT)
    script = "trap 'echo told; exit 1' TERM; while :; do sleep 0.1; done"
    lab.cluster.apply(config_map("retire", **{"retire.sh": script}), job)
    lab.cluster.eventually("the Job runs", lambda: lab.status("Job", "retire", "batch/v1").get("ready") == 1)
    log = lab.cluster.directory / "jobs" / f"{NAMESPACE}-retire" / "log"
    lab.cluster.eventually("its script runs", log.exists)
    lab.cluster.delete("batch/v1", "Job", "retire", NAMESPACE)
    lab.cluster.eventually("its script is told", lambda: "told" in log.read_text())


def test_8_tempest_ends_with_a_pod(lab: Lab) -> None:
    suite = tempest.render(settings())
    lab.cluster.apply(suite)
    waiting = lab.comes_to("Tempest", "tempest", "InputReady", "False", api="test.openstack.org/v1beta1")
    assert "storageclass.storage.k8s.io" in waiting["message"]
    name = settings().openstack.storage.storage_class
    storage = {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": name}}
    lab.cluster.apply({**storage, "provisioner": "topolvm.io"})
    lab.comes_to("Tempest", "tempest", "Ready", "True", api="test.openstack.org/v1beta1")
    pod = lab.cluster.get("v1", "Pod", "tempest", NAMESPACE) or {}
    assert pod["status"]["phase"] == "Succeeded"
