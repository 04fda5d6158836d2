"""What fills a new control plane, against a server that has only just heard of a definition."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest

from rehearsal.cluster import contents, openshift
from rehearsal.cluster.install import Host, Install
from rehearsal.cluster.kube import Kube


class JustMade:
    """Lists one definition: first with null conditions, as the server does at once after the creation."""

    def __init__(self) -> None:
        self.asked = 0

    def request(self, *_arguments: object) -> dict[str, Any]:
        self.asked += 1
        conditions = None if self.asked == 1 else [{"type": "Established", "status": "True"}]
        return {"items": [{"metadata": {"name": "netconfigs.example.com"}, "status": {"conditions": conditions}}]}


def test_a_definition_without_conditions_yet_is_waited_for() -> None:
    server = JustMade()
    contents._wait_established(cast(Kube, server), ["netconfigs.example.com"])
    assert server.asked == 2


class Recorder:
    """Takes everything and keeps the objects that were applied whole."""

    def __init__(self) -> None:
        self.applied: list[dict[str, Any]] = []

    def request(self, *_arguments: object) -> dict[str, Any]:
        established = [{"type": "Established", "status": "True"}]
        definitions = [made for made in self.applied if made["kind"] == "CustomResourceDefinition"]
        return {
            "gitVersion": "v1.31.0",
            "items": [{"metadata": made["metadata"], "status": {"conditions": established}} for made in definitions],
        }

    def apply(self, made: dict[str, Any], subresource: str = "") -> None:
        if not subresource:
            self.applied.append(made)


def registered(*roles: str) -> dict[str, tuple[set[str], list[str]]]:
    """Role labels and taints of each node of a cluster of such machines."""
    hosts = tuple(Host(f"{role}-{n}", role, "52:54:00:00:00:00", "192.0.2.1") for n, role in enumerate(roles))
    install = Install("id", Path(), "lab", "example.com", "192.0.2.5", "192.0.2.0/24", "192.0.2.1", hosts, 0)
    server = Recorder()
    contents.fill(cast(Kube, server), install, [])
    prefix = "node-role.kubernetes.io/"
    return {
        made["metadata"]["name"]: (
            {label.removeprefix(prefix) for label in made["metadata"]["labels"] if label.startswith(prefix)},
            [f"{taint['key'].removeprefix(prefix)}:{taint['effect']}" for taint in made["spec"].get("taints", [])],
        )
        for made in server.applied
        if made["kind"] == "Node"
    }


def test_beside_workers_masters_are_tainted_and_are_no_workers() -> None:
    assert registered("master", "worker") == {
        "master-0": ({"master", "control-plane"}, ["master:NoSchedule"]),
        "worker-1": ({"worker"}, []),
    }


@pytest.mark.parametrize("count", [3, 5])
def test_without_workers_masters_are_workers_too_and_everything_may_run_there(count: int) -> None:
    found = registered(*["master"] * count)
    assert len(found) == count
    assert list(found.values()) == [({"master", "control-plane", "worker"}, [])] * count


def objects_with(directory: Path, **manifests: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """OpenShift's own objects by kind and name, when these install manifests were given."""
    (directory / openshift.MANIFESTS).mkdir()
    for name, manifest in manifests.items():
        (directory / openshift.MANIFESTS / f"{name}.json").write_text(json.dumps(manifest))
    install = Install("id", directory, "lab", "example.com", "192.0.2.5", "192.0.2.0/24", "192.0.2.1", (), 0)
    return {(made["kind"], made["metadata"]["name"]): made for made in openshift.own_objects(install)}


def test_the_network_forwards_only_when_an_install_manifest_says_so(tmp_path: Path) -> None:
    def forwarding(made: dict[tuple[str, str], dict[str, Any]]) -> Any:
        return made["Network", "cluster"]["spec"]["defaultNetwork"]["ovnKubernetesConfig"]["gatewayConfig"]

    (tmp_path / "plain").mkdir()
    assert forwarding(objects_with(tmp_path / "plain")) == {"ipForwarding": "Restricted", "routingViaHost": False}
    gateway = {"defaultNetwork": {"ovnKubernetesConfig": {"gatewayConfig": {"ipForwarding": "Global"}}}}
    network = {"apiVersion": "operator.openshift.io/v1", "kind": "Network", "metadata": {"name": "cluster"}}
    made = objects_with(tmp_path, network={**network, "spec": gateway})
    assert forwarding(made) == {"ipForwarding": "Global", "routingViaHost": False}
    assert made["Network", "cluster"]["spec"]["serviceNetwork"] == ["172.30.0.0/16"], "the installer's own is kept"


def test_any_other_install_manifest_is_an_object_of_the_cluster(tmp_path: Path) -> None:
    config = {"apiVersion": "machineconfiguration.openshift.io/v1", "kind": "MachineConfig", "spec": {"config": {}}}
    made = objects_with(tmp_path, config={**config, "metadata": {"name": "99-worker-iscsid"}})
    assert made["MachineConfig", "99-worker-iscsid"]["spec"] == {"config": {}}


def test_a_manifest_that_is_not_json_is_named(tmp_path: Path) -> None:
    (tmp_path / openshift.MANIFESTS).mkdir()
    (tmp_path / openshift.MANIFESTS / "half.json").write_text("{")
    install = Install("id", tmp_path, "lab", "example.com", "192.0.2.5", "192.0.2.0/24", "192.0.2.1", (), 0)
    with pytest.raises(ValueError, match=r"half\.json is not JSON"):
        openshift.own_objects(install)
