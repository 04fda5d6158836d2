"""A machine joins the daemon's real API server by requests that somebody approves, stays over restarts, and leaves."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509

from rehearsal.cluster.kube import Kube
from rehearsal.cluster.signing_requests import BOOTSTRAPPER, PATH
from rehearsal.oc import node_image
from rehearsal.oc.__main__ import main
from tests.cluster.fake_machines import NEWCOMER, NODES, Rehearsal, mac_of, write_kubeconfig

pytestmark = pytest.mark.rehearsal

NAME, ADDRESS = NEWCOMER


def config() -> dict[str, Any]:
    ipv4 = {"enabled": True, "dhcp": False, "address": [{"ip": ADDRESS, "prefix-length": 24}]}
    interfaces = [{"name": "ens3", "type": "ethernet", "state": "up", "ipv4": ipv4}]
    return {
        "hosts": [
            {
                "hostname": NAME,
                "interfaces": [{"name": "ens3", "macAddress": mac_of(ADDRESS)}],
                "networkConfig": {"interfaces": interfaces},
            }
        ]
    }


def create_image(rehearsal: Rehearsal, payload: Path) -> int:
    """`oc adm node-image create` for the newcomer; the exit code."""
    work = rehearsal.directory / "work"
    work.mkdir(exist_ok=True)
    (work / "nodes-config.yaml").write_text(yaml.safe_dump(config()))
    (work / "pull-secret.json").write_text('{"auths": {"registry.example.com": {"auth": "dXNlcjpwYXNz"}}}')
    write_kubeconfig(work / "kubeconfig", payload)
    os.environ["KUBECONFIG"] = str(work / "kubeconfig")
    registry = ["--registry-config", str(work / "pull-secret.json")]
    return main(["adm", "node-image", "create", "--dir", str(work), *registry])


def requests_of(kube: Kube) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = kube.request("GET", PATH)["items"]
    return sorted(items, key=lambda item: item["spec"]["signerName"])


def read(request: dict[str, Any]) -> tuple[str, list[str]]:
    """The subject and the alternative names of what is asked for."""
    asked = x509.load_pem_x509_csr(base64.b64decode(request["spec"]["request"]))
    assert asked.is_signature_valid
    try:
        names = asked.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return asked.subject.rfc4514_string(), []
    return asked.subject.rfc4514_string(), [str(name.value) for name in names]


def approve(kube: Kube, request: dict[str, Any]) -> None:
    condition = {"type": "Approved", "status": "True", "reason": "Test", "message": "by hand"}
    path = f"{PATH}/{request['metadata']['name']}/approval"
    kube.request("PUT", path, {**request, "status": {"conditions": [condition]}})


def nodes(kube: Kube) -> dict[str, dict[str, Any]]:
    return {item["metadata"]["name"]: item for item in kube.request("GET", "/api/v1/nodes")["items"]}


def is_ready(node: dict[str, Any]) -> bool:
    return any((entry["type"], entry["status"]) == ("Ready", "True") for entry in node["status"]["conditions"])


def test_a_machine_joins_by_approved_requests_and_leaves(rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> None:
    """One test, for each daemon costs a control plane: what follows needs what was before."""
    monkeypatch.setattr(node_image, "agent_iso", lambda out, _files, **_: out.touch())
    monkeypatch.setenv("REHEARSAL_DIR", str(rehearsal.directory))
    monkeypatch.setenv("RHOSO_ENGINE", rehearsal.environment["RHOSO_ENGINE"])
    monkeypatch.setenv("KUBECONFIG", "")
    payload = rehearsal.install("first")
    rehearsal.machines.boot("first")
    rehearsal.eventually("running", lambda: rehearsal.status("first").get("phase") == "running")
    kube = rehearsal.kube("first")

    assert create_image(rehearsal, payload) == 0
    rehearsal.machines.boot_one("first", NAME, ADDRESS, image="node", boot="b1", machine="m1")
    rehearsal.eventually("asked for a client certificate", lambda: len(requests_of(kube)) == 1)
    [client] = requests_of(kube)
    assert read(client) == (f"CN=system:node:{NAME},O=system:nodes", [])
    assert client["spec"]["username"] == BOOTSTRAPPER
    assert (client["spec"]["signerName"], client["spec"]["usages"]) == (
        "kubernetes.io/kube-apiserver-client-kubelet",
        ["digital signature", "client auth"],
    )
    assert NAME not in nodes(kube)

    approve(kube, client)
    rehearsal.eventually("asked for a serving certificate", lambda: len(requests_of(kube)) == 2)
    [_, serving] = requests_of(kube)
    assert read(serving) == (f"CN=system:node:{NAME},O=system:nodes", [NAME, ADDRESS])
    assert serving["spec"]["username"] == f"system:node:{NAME}"
    assert "system:nodes" in serving["spec"]["groups"]
    assert serving["spec"]["usages"] == ["digital signature", "server auth"]

    restart(rehearsal)
    kube = rehearsal.kube("first")
    assert not is_ready(nodes(kube)[NAME])
    assert [request["metadata"]["name"] for request in requests_of(kube)] == [
        client["metadata"]["name"],
        serving["metadata"]["name"],
    ]

    approve(kube, serving)
    rehearsal.eventually("joined", lambda: is_ready(nodes(kube)[NAME]))
    joined = nodes(kube)[NAME]
    assert "node-role.kubernetes.io/worker" in joined["metadata"]["labels"]
    assert not joined["spec"].get("taints")
    assert {"type": "InternalIP", "address": ADDRESS} in joined["status"]["addresses"]
    rehearsal.eventually("told", lambda: NAME in rehearsal.status("first")["answered"])
    # The real one would find both out when the machine is up.
    assert create_image(rehearsal, payload) == 1

    leaves(rehearsal, kube)


def leaves(rehearsal: Rehearsal, kube: Kube) -> None:
    """One that joined and one that was installed; neither is missed afterwards."""
    gone = {NAME, NODES[-1][0]}
    for name in gone:
        kube.request("DELETE", f"/api/v1/nodes/{name}")
    rehearsal.eventually("taken note of", lambda: not gone & set(rehearsal.status("first")["answered"]))
    rehearsal.machines.power_off_one(NODES[-1][2])
    restart(rehearsal)
    kube = rehearsal.kube("first")
    assert set(nodes(kube)) == {name for name, _, _ in NODES} - gone

    # The same machine started again has its certificates: it comes back without asking.
    rehearsal.machines.boot_one("first", NAME, ADDRESS, image="node", boot="b2", machine="m1")
    rehearsal.eventually("back", lambda: NAME in nodes(kube))
    assert len(requests_of(kube)) == 2


def restart(rehearsal: Rehearsal) -> None:
    rehearsal.end_daemon()
    (rehearsal.directory / "clusters/first/status.json").unlink()
    rehearsal.start_daemon()
    rehearsal.eventually("running again", lambda: rehearsal.status("first").get("phase") == "running")
