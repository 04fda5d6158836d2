"""What the program registers for a cluster that is there already, and for its own: nothing of the other."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pytest

from components.blueprint import refusals
from network.record import record
from settings.changes import facts
from settings.kubeconfig import STAND_IN
from tests import existing
from tests.components.engine import Engine, is_secret, run_program, unwrapped
from tests.lab import raw

COMMAND = "command:local:Command"


@pytest.fixture(scope="module")
def lab() -> Engine:
    return run_program("lab", existing.raw())


def told(engine: Engine, name: str) -> dict[str, Any]:
    """The document of a command."""
    document: dict[str, Any] = json.loads(unwrapped(engine.of(COMMAND)[name]["stdin"]))
    return document


def undoing(engine: Engine) -> dict[str, tuple[str, str, str]]:
    """The commands that do something when they go, as their three commands."""
    return {
        name: tuple(inputs[when].removeprefix("python3 -m operations ") for when in ("create", "update", "delete"))
        for name, inputs in engine.of(COMMAND).items()
        if "operations" in inputs.get("delete", "")
    }


def test_machines_are_computes_and_nothing_is_installed(lab: Engine) -> None:
    assert sorted(lab.of("libvirt:index/domain:Domain")) == ["compute-0", "compute-1"]
    assert not [name for name, inputs in lab.of(COMMAND).items() if "installer image" in inputs["create"]]
    kinds = {kind.rpartition(":")[2] for kind, _ in lab.resources}
    assert {"ExistingCluster", "OpenStackControlPlane", "OpenStackDataPlane", "Verification"} <= kinds
    assert not {"ClusterMachines", "OpenShiftCluster"} & kinds


def test_exactly_the_named_nodes_are_waited_for(lab: Engine) -> None:
    [check] = told(lab, "openshift-nodes")["wait"]
    assert check["names"] == ["master-0", "worker-0", "worker-1", "worker-2"]


def test_nics_are_looked_at_before_a_policy_touches_them(lab: Engine) -> None:
    checks = told(lab, "openstack-networking-nics")["wait"]
    assert [check["macs"] for check in checks] == [{"ens4": ""}, {"ens4": "52:54:00:12:34:56"}, {"ens4": ""}]


def test_a_renewed_kubeconfig_replaces_nothing_and_is_a_secret(lab: Engine) -> None:
    [provider] = lab.of("pulumi:providers:kubernetes").values()
    assert provider["clusterIdentifier"] == "lab-1"
    assert is_secret(provider["kubeconfig"])
    assert unwrapped(provider["kubeconfig"]) == STAND_IN


def test_what_the_engine_would_leave_is_taken_away_when_its_layer_goes(lab: Engine) -> None:
    operators = ("cert-manager", "metallb", "nmstate", "lvms", "openstack")
    assert undoing(lab) == {
        "tuning-forwarding": ("tune", "tune", "untune"),
        "openstack-networking-cleared": ("hold", "hold", "teardown"),
        "control-plane-leftovers": ("hold", "hold", "teardown"),
        **{f"{key}-operator-uninstalled": ("hold", "hold", "teardown") for key in operators},
    }
    assert sorted(told(lab, "openstack-networking-cleared")["policies"]) == ["worker-0", "worker-1", "worker-2"]
    assert told(lab, "metallb-operator-uninstalled")["subscription"] == {
        "namespace": "metallb-system",
        "name": "metallb-operator-sub",
    }
    assert told(lab, "cert-manager-operator-uninstalled")["objects"]["Namespace cert-manager"] == (
        "/api/v1/namespaces/cert-manager"
    )
    for name in undoing(lab):
        assert is_secret(lab.of(COMMAND)[name]["stdin"]), name


def test_every_namespace_is_looked_for_before_it_is_made(lab: Engine) -> None:
    looked_for: dict[str, str] = {}
    for name, inputs in lab.of(COMMAND).items():
        if inputs["create"].endswith("operations unclaimed"):
            looked_for |= told(lab, name)["objects"]
    made = [inputs["metadata"]["name"] for inputs in lab.of("kubernetes:core/v1:Namespace").values()]
    assert len(made) == 6
    assert {f"Namespace {name}": f"/api/v1/namespaces/{name}" for name in made}.items() <= looked_for.items()
    assert looked_for["NMState nmstate"] == "/apis/nmstate.io/v1/nmstates/nmstate"


def test_a_cluster_of_the_stacks_own_goes_as_a_whole() -> None:
    own = run_program("lab", raw())
    assert undoing(own) == {}
    assert not [name for name in own.of(COMMAND) if name.endswith("unclaimed")]


def test_a_storage_class_of_somebody_elses_is_waited_for_instead_of_made() -> None:
    storage = {"volumes": "nfs", "nfsShares": ["nfs.example.com:/volumes"], "storageClass": "fast"}
    engine = run_program("lab", existing.raw(openstack={"storage": storage}))
    [check] = told(engine, "storage-class")["wait"]
    assert check["path"] == "/apis/storage.k8s.io/v1/storageclasses/fast"
    assert not engine.of("kubernetes:lvm.topolvm.io/v1alpha1:LVMCluster")


def recorded(**changes: Any) -> dict[str, Any]:
    """What a stack with these settings keeps of them."""
    settings = existing.settings(**changes)
    kept = {"generation": "1", "plan": record(existing.plan(**changes))}
    return kept | facts(settings, lambda secret: secret[:8])


def here(**changes: Any) -> dict[str, Any]:
    """The cluster with something else said of it."""
    return {"openshift": {"existing": existing.raw()["openshift"]["existing"] | changes}}


def test_a_renewed_kubeconfig_of_the_same_cluster_is_no_change() -> None:
    renewed = STAND_IN.replace("token: stand-in", "token: another")
    assert renewed != STAND_IN
    assert refusals(recorded(), recorded(**here(kubeconfig=renewed))) == []


def test_another_cluster_or_other_nodes_need_another_stack() -> None:
    other = STAND_IN.replace("api.example.com", "api.other.example.com")
    [(field, sentence)] = refusals(recorded(), recorded(**here(kubeconfig=other)))
    assert field == "openshift.existing.api"
    assert "recorded https://api.example.com:6443, now https://api.other.example.com:6443" in sentence
    [(field, _)] = refusals(recorded(), recorded(**here(nodes=[*existing.NODES][::-1])))
    assert field == "openshift.existing.nodes"


def test_the_same_cluster_by_another_url_is_told_so() -> None:
    moved = STAND_IN.replace("api.example.com", "192.0.2.5")
    same = here(kubeconfig=moved, api="https://api.example.com:6443")
    assert refusals(recorded(), recorded(**same)) == []


def test_what_would_rebuild_it_is_told_the_way_that_there_is() -> None:
    smaller = recorded(topology={"computes": {"memoryMib": 16384}})
    [(field, sentence)] = refusals(recorded(), smaller)
    assert field == "topology.computes.memoryMib"
    assert "pulumi destroy" in sentence and "Raise generation" not in sentence


def test_bad_nodes_register_nothing() -> None:
    engine = Engine()
    with pytest.raises(pulumi.RunError, match=r"generation: 2 can't rebuild what is in openshift\.existing"):
        run_program("lab", existing.raw(generation=2), engine)
    assert engine.resources == {}
