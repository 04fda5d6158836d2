"""`oc adm node-image create`: what it refuses, what it leaves in its directory, and what it tells the cluster."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from rehearsal.oc import node_image, target
from rehearsal.oc.__main__ import main
from rehearsal.openshift_install.kube import KubeError
from tests.standin import documents
from tests.standin.commands import payload, run
from tests.standin.spoil import MISSING, spoil

MAC = "hosts[0].interfaces[0].macAddress"
NM = "hosts[0].networkConfig"
IP = f"{NM}.interfaces[0].ipv4.address[0].ip"


class Cluster:
    """The cluster of `documents`, as its API tells it. An answer that is taken away is a 404."""

    def __init__(self) -> None:
        nodes = [
            (host["hostname"], f"192.168.130.{20 + n}") for n, host in enumerate(documents.agent_config()["hosts"])
        ]
        self.answers: dict[str, Any] = {
            "/version": {"gitVersion": "v1.31.0"},
            "/apis/config.openshift.io/v1/clusterversions/version": {"status": {"desired": {"version": "4.18.0"}}},
            "/api/v1/namespaces/kube-system/configmaps/bootstrap": {"data": {"status": "complete"}},
            "/api/v1/nodes": {
                "items": [
                    {"metadata": {"name": name}, "status": {"addresses": [{"type": "InternalIP", "address": ip}]}}
                    for name, ip in nodes
                ]
            },
        }

    def get(self, path: str) -> Any:
        if path not in self.answers:
            raise KubeError(f"192.168.130.5:6443: 404 for {path}")
        return self.answers[path]

    def bootstrap_complete(self) -> bool:
        data = self.get("/api/v1/namespaces/kube-system/configmaps/bootstrap").get("data") or {}
        return bool(data.get("status") == "complete")


class Bench:
    """An installed cluster, and a directory from which a node can be added to it."""

    def __init__(self, install: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert run(install, "agent", "create", "image") == 0
        self.cluster, self.payload = Cluster(), payload(install)
        self.work = install.parent / "work"
        self.work.mkdir()
        self.config = document()
        (self.work / "pull-secret.json").write_text(documents.PULL_SECRET)
        self.registry = ["--registry-config", str(self.work / "pull-secret.json")]
        monkeypatch.setattr(target, "Kube", lambda _kubeconfig: self.cluster)
        monkeypatch.setattr(node_image, "agent_iso", self._iso)
        monkeypatch.setenv("KUBECONFIG", str(install / "auth" / "kubeconfig"))
        monkeypatch.delenv("REGISTRY_AUTH_FILE", raising=False)

    def _iso(self, out: Path, files: dict[str, bytes], *, kernel: Path) -> None:
        out.write_text(json.dumps({path: content.decode() for path, content in files.items()}))

    def create(self, *options: str) -> int:
        (self.work / "nodes-config.yaml").write_text(yaml.safe_dump(self.config))
        return main(["adm", "node-image", "create", "--dir", str(self.work), *self.registry, *options])

    @property
    def joining(self) -> dict[str, Any]:
        files = (self.payload / "joining").glob("*.json")
        return {path.stem: json.loads(path.read_text()) for path in files}


def document() -> dict[str, Any]:
    """A worker that the installation does not know."""
    [*_, host] = documents.agent_config()["hosts"]
    config = {"hosts": [{key: value for key, value in host.items() if key != "role"}]}
    changes = ((MAC, "52:54:00:00:00:55"), (IP, "192.168.130.55"), ("hosts[0].hostname", "worker-5"))
    for path, value in (*changes, (f"{NM}.interfaces[0].mac-address", "52:54:00:00:00:55")):
        spoil(config, path, value)
    return config


@pytest.fixture
def bench(directory: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(directory, monkeypatch)


def test_the_image_is_of_the_running_cluster_and_its_machine_may_join(bench: Bench) -> None:
    assert bench.create() == 0
    files = json.loads((bench.work / "node.x86_64.iso").read_text())
    assert (files["id"], files["image"]) == (f"{bench.payload.name}\n", "node\n")
    assert files["hostnames/52:54:00:00:00:55"] == "worker-5\n"
    assert files["hosts/00/role"] == "worker\n"
    assert "address mac:52:54:00:00:00:55 192.168.130.55/24\n" in files["hosts/00/network"]
    joining = bench.joining["worker-5"]
    assert joining.pop("created") > 0
    assert joining == {"hostname": "worker-5", "role": "worker", "mac": "52:54:00:00:00:55", "ip": "192.168.130.55"}
    assert not (bench.work / "report.json").exists()


@pytest.mark.parametrize("option", [["--output-name", "mine.iso"], ["-o", "mine.iso"], ["-omine.iso"]])
def test_the_image_is_called_as_asked_and_replaces_no_other(bench: Bench, option: list[str]) -> None:
    assert bench.create(*option) == 0
    assert [path.name for path in bench.work.glob("*.iso")] == ["mine.iso"]
    assert bench.create(*option) == 1


def test_credentials_come_by_the_short_option_too(bench: Bench) -> None:
    bench.registry[0] = "-a"
    assert bench.create() == 0


RULES: list[tuple[str, object, str]] = [
    ("hosts", [], "hosts: Required value: at least one host must be defined"),
    ("surprise", 1, 'surprise: Invalid value: unknown field "surprise"'),
    ("sshKey", "no key", "sshKey: Invalid value"),
    ("cpuArchitecture", "arm64", "cpuArchitecture: Unsupported value"),
    ("bootArtifactsBaseURL", "files.example.com", "no scheme"),
    ("hosts[0].surprise", 1, "hosts[0].surprise"),
    ("hosts[0].role", "master", "hosts[0].role: Unsupported value"),
    ("hosts[0].hostname", MISSING, "hosts[0].hostname: Required value"),
    ("hosts[0].hostname", "Worker_5", "RFC 1123"),
    ("hosts[0].hostname", "worker-4", "The configured hostname worker-4 is already used in the cluster"),
    ("hosts[0].interfaces", [], "hosts[0].interfaces: Required value"),
    (MAC, MISSING, "each interface must have a MAC address defined"),
    (MAC, "52:54:00:00:00:04", "already the address of a machine of the cluster, worker-4"),
    (IP, "192.168.130.24", "The configured address 192.168.130.24 is already used by the cluster node worker-4"),
    (IP, "192.168.130.7", "It is a VIP of the cluster"),
    (IP, "192.168.131.55", "the node needs a static address in 192.168.130.0/24"),
    (NM, MISSING, "the node needs a static address in 192.168.130.0/24"),
    (f"{NM}.interfaces[0].type", "ether", f"{NM}.interfaces[0].type: Unsupported value"),
    ("hosts[0].rootDeviceHints.deviceName", "vda", "must be a /dev/ path"),
]


@pytest.mark.parametrize(("path", "value", "said"), RULES, ids=[f"{path}-{said[:40]}" for path, _, said in RULES])
def test_a_document_is_refused_with_a_report(
    bench: Bench, capsys: pytest.CaptureFixture[str], path: str, value: object, said: str
) -> None:
    spoil(bench.config, path, value)
    assert bench.create() == 1
    report = json.loads((bench.work / "report.json").read_text())
    assert report["result"]["exit_code"] == 1
    assert said in report["result"]["error_message"]
    assert said in (shown := capsys.readouterr().err)
    assert "error: image generation error: <nil> (exit code: 1)" in shown
    assert not list(bench.work.glob("*.iso"))
    assert not bench.joining


def test_two_hosts_must_differ(bench: Bench) -> None:
    bench.config["hosts"] *= 2
    assert bench.create() == 1
    said = json.loads((bench.work / "report.json").read_text())["result"]["error_message"]
    for field in ("hosts[1].interfaces[0].macAddress", "hosts[1].hostname", "hosts[1].networkConfig"):
        assert f"{field}: Duplicate value" in said


VERSION = "/apis/config.openshift.io/v1/clusterversions/version"
BOOTSTRAP = "/api/v1/namespaces/kube-system/configmaps/bootstrap"
CLUSTERS: list[tuple[str, object, str]] = [
    ("/version", MISSING, "Unable to connect to the server"),
    (VERSION, MISSING, "command expects a connection to an OpenShift 4.x server"),
    (VERSION, {"status": {"desired": {"version": "4.16.9"}}}, "only available for OpenShift versions 4.17 and later"),
    (BOOTSTRAP, MISSING, "bootstrap is not complete"),
    (BOOTSTRAP, {"data": {"status": "progressing"}}, "bootstrap is not complete"),
]


@pytest.mark.parametrize(("path", "answer", "said"), CLUSTERS)
def test_a_cluster_is_refused(
    bench: Bench, capsys: pytest.CaptureFixture[str], path: str, answer: object, said: str
) -> None:
    """Before anything is made, so that there is nothing to report."""
    if answer is MISSING:
        del bench.cluster.answers[path]
    else:
        bench.cluster.answers[path] = answer
    assert bench.create() == 1
    assert said in capsys.readouterr().err
    assert not (bench.work / "report.json").exists()
    assert not bench.joining


def test_a_version_is_compared_by_its_numbers(bench: Bench) -> None:
    bench.cluster.answers[VERSION] = {"status": {"desired": {"version": "4.8.1"}}}
    assert bench.create() == 1


def test_nothing_goes_without_its_files(
    bench: Bench, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = bench.work / "pull-secret.json"
    secret.write_text('{"auths": {}}')
    assert bench.create() == 1
    assert "auths required" in capsys.readouterr().err
    secret.unlink()
    assert bench.create() == 1
    assert f"unable to load --registry-config {secret}" in capsys.readouterr().err
    bench.registry = []
    assert bench.create() == 1
    assert "unauthorized" in capsys.readouterr().err
    (bench.work / "nodes-config.yaml").write_text("hosts:\n\t- x")
    arguments = ["adm", "node-image", "create", "--dir", str(bench.work)]
    assert main(arguments) == 1
    assert "config file nodes-config.yaml is not valid" in capsys.readouterr().err
    (bench.work / "nodes-config.yaml").unlink()
    assert main(arguments) == 1
    assert "stat nodes-config.yaml: no such file or directory" in capsys.readouterr().err
    monkeypatch.delenv("KUBECONFIG")
    assert main(arguments) == 1
    assert "Missing or incomplete configuration info" in capsys.readouterr().err


def test_a_cluster_that_is_not_of_this_rehearsal_is_refused(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    (bench.payload / "ca.crt").write_text("another")
    assert bench.create() == 1
    assert "is no cluster that runs in this rehearsal" in capsys.readouterr().err


def test_a_report_of_what_went_well_is_written_when_asked_for(bench: Bench) -> None:
    assert bench.create("--report") == 0
    assert json.loads((bench.work / "report.json").read_text())["result"] == {"exit_code": 0}


def test_the_client_tells_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version", "--client"]) == 0
    assert capsys.readouterr().out.startswith("Client Version: 4.18.")
    assert main(["version", "--client", "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["releaseClientVersion"].startswith("4.18.")


@pytest.mark.parametrize("words", [["adm", "drain"], ["version"], ["adm", "node-image", "create", "--pxe"], ["get"]])
def test_what_it_does_not_know_ends_with_1(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 1
    assert capsys.readouterr().err.startswith("error: ")
