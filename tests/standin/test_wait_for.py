"""`agent wait-for`: what it needs to be content, and what it says of a host that is missing."""

from __future__ import annotations

import http.server
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from rehearsal.openshift_install import hosts, waitfor
from tests.standin import documents
from tests.standin.commands import fill, payload, run

Answer = Callable[[str, str], Any]


@contextmanager
def serving(answer: Answer, context: ssl.SSLContext | None = None, address: str = "127.0.0.1") -> Iterator[int]:
    """Serve what `answer(address, path)` returns as JSON on a free port (None is 404) until the block ends."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host, _ = self.connection.getsockname()[:2]
            found = answer(host, self.path)
            self.send_response(404 if found is None else 200)
            self.end_headers()
            self.wfile.write(json.dumps(found).encode())

        def log_message(self, format: str, *args: object) -> None:
            return

    server = http.server.ThreadingHTTPServer((address, 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


class Lab:
    """Five hosts on loopback addresses and an API server, each answering what the test says."""

    def __init__(self, directory: Path) -> None:
        agent = documents.agent_config()
        install = documents.install_config()
        install["networking"]["machineNetwork"] = [{"cidr": "127.0.0.0/24"}]
        install["platform"]["baremetal"] = {"apiVIPs": ["127.0.0.5"], "ingressVIPs": ["127.0.0.7"]}
        agent["rendezvousIP"] = "127.0.0.20"
        for number, host in enumerate(agent["hosts"]):
            host["networkConfig"]["interfaces"][0]["ipv4"]["address"][0]["ip"] = f"127.0.0.{20 + number}"
        (directory / "install-config.yaml").write_text(yaml.safe_dump(install))
        (directory / "agent-config.yaml").write_text(yaml.safe_dump(agent))
        assert run(directory, "agent", "create", "image") == 0
        self.directory = directory
        self.identity = payload(directory).name
        self.hosts: dict[str, dict[str, Any]] = {
            f"127.0.0.{20 + number}": {
                "id": self.identity,
                "hostname": host["hostname"],
                "role": host["role"],
                "nics": [{"name": "ens3", "mac": host["interfaces"][0]["macAddress"], "addresses": [], "up": True}],
            }
            for number, host in enumerate(agent["hosts"])
        }
        ready = {"conditions": [{"type": "Ready", "status": "True"}]}
        self.nodes = [{"metadata": {"name": host["hostname"]}, "status": ready} for host in agent["hosts"]]
        self.bootstrap = {"data": {"status": "complete"}}

    def wait(self, event: str, monkeypatch: pytest.MonkeyPatch) -> int:
        """Run wait-for against the lab; the kubeconfig is pointed at it as the program's driver does."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(payload(self.directory) / "apiserver.crt", payload(self.directory) / "apiserver.key")
        context.load_verify_locations(payload(self.directory) / "client-ca.crt")
        context.verify_mode = ssl.CERT_REQUIRED
        with (
            serving(lambda host, _: self.hosts.get(host), address="0.0.0.0") as port,
            serving(lambda _, path: self._api(path), context) as api,
        ):
            monkeypatch.setattr(hosts, "PORT", port)
            kubeconfig = self.directory / "auth" / "kubeconfig"
            document = yaml.safe_load(kubeconfig.read_text())
            cluster = document["clusters"][0]["cluster"]
            cluster["server"] = f"https://127.0.0.1:{api}"
            cluster["tls-server-name"] = "api.lab.example.com"
            kubeconfig.write_text(yaml.safe_dump(document))
            return run(self.directory, "agent", "wait-for", event)

    def _api(self, path: str) -> Any:
        known = {
            "/version": {"gitVersion": "v1.33.0"},
            "/api/v1/nodes": {"items": self.nodes},
            "/api/v1/namespaces/kube-system/configmaps/bootstrap": self.bootstrap,
        }
        return known.get(path)


@pytest.fixture
def lab(directory: Path) -> Lab:
    """A lab in which everything is as it shall be."""
    return Lab(directory)


def test_wait_for_is_content_with_exactly_the_expected_nodes(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It ends as the real one: with the console's address and the password."""
    assert lab.wait("install-complete", monkeypatch) == 0
    said = capsys.readouterr().err
    assert "Install complete!" in said
    assert "https://console-openshift-console.apps.lab.example.com" in said
    password = (lab.directory / "auth" / "kubeadmin-password").read_text()
    assert f'Login to the console with user: "kubeadmin", and password: "{password}"' in said.splitlines()[-1]


HOST_FAULTS: list[tuple[str, Callable[[dict[str, Any]], Any], str]] = [
    ("says nothing sensible", lambda _: None, "does not answer"),
    ("is of an old installation", lambda host: host | {"id": "old"}, "another installation answers there (id old"),
    ("is another host", lambda host: host | {"hostname": "worker-9"}, "answers as worker-9"),
    ("has another role", lambda host: host | {"role": "master"}, "answers as worker-3 (master)"),
    ("has another MAC", lambda host: host | {"nics": []}, "answers from a machine without this MAC"),
    ("is no guest at all", lambda _: {"hello": "world"}, "answers something that is no host"),
]


@pytest.mark.parametrize(("_what", "fault", "reason"), HOST_FAULTS, ids=[fault[0] for fault in HOST_FAULTS])
def test_wait_for_names_a_host_that(
    _what: str,
    fault: Callable[[dict[str, Any]], Any],
    reason: str,
    lab: Lab,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Name, MAC and reason; exit code 5."""
    lab.hosts["127.0.0.23"] = fault(lab.hosts["127.0.0.23"])
    assert lab.wait("install-complete", monkeypatch) == 5
    said = capsys.readouterr().err
    assert f"4 of 5 hosts answered, waiting for worker-3 (52:54:00:00:00:03, 127.0.0.23): {reason}" in said
    assert "kubeadmin" not in said


def test_wait_for_bootstrap_needs_the_bootstrap_config_map(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """An API that serves is not yet a bootstrapped cluster."""
    lab.bootstrap = {"data": {}}
    assert lab.wait("bootstrap-complete", monkeypatch) == 5


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda nodes: nodes[:-1], "worker-4 (52:54:00:00:00:04) is not registered"),
        (lambda nodes: [*nodes, {"metadata": {"name": "stranger"}}], "stranger is registered but not expected"),
        (lambda nodes: [{"metadata": {"name": "master-0"}}, *nodes[1:]], "master-0 is not Ready"),
    ],
)
def test_install_complete_needs_exactly_the_expected_nodes(
    change: Callable[[list[Any]], list[Any]],
    reason: str,
    lab: Lab,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit code 6, after the bootstrap was complete."""
    lab.nodes = change(lab.nodes)
    assert lab.wait("install-complete", monkeypatch) == 6
    assert reason in capsys.readouterr().err


def test_a_host_that_the_assisted_service_would_hold_back_is_named(directory: Path) -> None:
    """create image accepts equal host names; no cluster ever starts from them."""
    fill(directory, **{"hosts[4]__hostname": "worker-3"})
    assert run(directory, "agent", "create", "image") == 0
    installation, _ = waitfor._load(directory)
    found = {str(one) for one in hosts.missing(installation)}
    assert "worker-3 (52:54:00:00:00:04, 192.168.130.24): validation hostname-unique failed" in found
