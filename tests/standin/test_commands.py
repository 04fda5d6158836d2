"""The commands of the stand-in: files, exit codes, what is consumed, and what wait-for needs to be content."""

from __future__ import annotations

import http.server
import json
import ssl
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from rehearsal.openshift_install import create, hosts, waitfor
from rehearsal.openshift_install.__main__ import main
from tests.standin import documents
from tests.standin.spoil import spoil

Answer = Callable[[str, str], Any]


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation directory with valid inputs; the ISO step only records what it is given."""

    def iso(out: Path, files: dict[str, bytes], *, kernel: Path) -> None:
        out.write_text(json.dumps({path: content.decode() for path, content in files.items()}))

    monkeypatch.setattr(create, "agent_iso", iso)
    monkeypatch.setenv("RHOSO_ENGINE", str(tmp_path / "engine"))
    monkeypatch.setenv("REHEARSAL_DIR", str(tmp_path / "rehearsal"))
    monkeypatch.setenv("OPENSHIFT_INSTALL_WAIT_SECONDS", "0")
    return fill(tmp_path / "install")


def fill(directory: Path, **changes: object) -> Path:
    """Write both documents; `changes` are agent-config paths with `__` for a dot."""
    directory.mkdir(exist_ok=True)
    agent = documents.agent_config()
    for path, value in changes.items():
        spoil(agent, path.replace("__", "."), value)
    (directory / "install-config.yaml").write_text(yaml.safe_dump(documents.install_config()))
    (directory / "agent-config.yaml").write_text(yaml.safe_dump(agent))
    return directory


def run(directory: Path, *words: str) -> int:
    """Run one command on `directory` and return its exit code."""
    return main([*words, "--dir", str(directory)])


def payload(directory: Path) -> Path:
    """The one registered payload."""
    (found,) = (directory.parent / "rehearsal" / "clusters").iterdir()
    return found


def test_create_image_writes_what_the_real_one_writes_and_consumes_its_inputs(directory: Path) -> None:
    """The list of agent-installer facts §2.2."""
    (directory / "openshift").mkdir()
    (directory / "openshift" / "extra.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: extra}\n")
    assert run(directory, "agent", "create", "image") == 0
    files = {str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file()}
    assert files == {
        "agent.x86_64.iso",
        "rendezvousIP",
        "auth/kubeconfig",
        "auth/kubeadmin-password",
        ".openshift_install_state.json",
        ".openshift_install.log",
    }
    assert (directory / "rendezvousIP").read_text() == "192.168.130.20"
    kubeconfig = yaml.safe_load((directory / "auth" / "kubeconfig").read_text())
    assert kubeconfig["clusters"][0]["cluster"]["server"] == "https://api.lab.example.com:6443"
    log = (directory / ".openshift_install.log").read_text()
    assert 'level=info msg="Consuming Install Config from target directory"' in log


def test_the_payload_is_registered_privately_with_every_host(directory: Path) -> None:
    """What the control plane of the rehearsal starts from."""
    assert run(directory, "agent", "create", "image") == 0
    found = payload(directory)
    install = json.loads((found / "install.json").read_text())
    assert install["id"] == found.name
    assert install["hosts"][3] == {
        "hostname": "worker-3",
        "role": "worker",
        "mac": "52:54:00:00:00:03",
        "ip": "192.168.130.23",
    }
    assert (install["api_vip"], install["machine_network"]) == ("192.168.130.5", "192.168.130.0/24")
    assert not (found / "ca.key").exists()
    open_to_others = [path for path in [found, *found.iterdir()] if stat.S_IMODE(path.stat().st_mode) & 0o077]
    assert open_to_others == []


def test_the_iso_knows_hosts_by_their_macs(directory: Path) -> None:
    """Host name by the first MAC, network by any."""
    assert run(directory, "agent", "create", "image") == 0
    iso = json.loads((directory / "agent.x86_64.iso").read_text())
    assert iso["id"].strip() == payload(directory).name
    assert iso["hostnames/52:54:00:00:00:04"] == "worker-4\n"
    assert iso["hosts/04/role"] == "worker\n"
    assert "address mac:52:54:00:00:00:04 192.168.130.24/24" in iso["hosts/04/network"]


@pytest.mark.parametrize(
    ("level", "shown"),
    [
        ("debug", "DEBUG INFO"),
        ("trace", "DEBUG INFO"),
        ("INFO", "INFO"),
        ("warn", ""),
        ("warning", ""),
        ("error", ""),
        ("fatal", ""),
        ("panic", ""),
    ],
)
def test_a_log_level_of_the_real_tool_decides_what_the_console_shows(
    level: str, shown: str, directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In any capitals; a run without trouble has nothing above info to say."""
    assert run(directory, "agent", "create", "image", "--log-level", level) == 0
    assert sorted({line.split()[0] for line in capsys.readouterr().err.splitlines()}) == shown.split()


@pytest.mark.parametrize(("level", "said"), [("fatal", "FATAL"), ("error", "FATAL"), ("panic", "")])
def test_a_failure_is_shown_by_every_level_but_panic(
    level: str, said: str, directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The log file has it in any case."""
    (directory / "install-config.yaml").unlink()
    assert run(directory, "agent", "create", "image", "--log-level", level) == 1
    assert capsys.readouterr().err[:5] == said
    assert "level=fatal" in (directory / ".openshift_install.log").read_text()


def test_a_log_level_that_there_is_not_ends_the_command(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is done."""
    assert run(directory, "agent", "create", "image", "--log-level", "loud") == 1
    assert 'not a valid logrus Level: "loud"' in capsys.readouterr().err
    assert not (directory / ".openshift_install.log").exists()


@pytest.mark.parametrize("again", ["without inputs", "with the same inputs"])
def test_a_second_image_in_the_same_directory_is_refused(
    again: str, directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The state file has spent its assets; only other inputs or another directory help."""
    assert run(directory, "agent", "create", "image") == 0
    if again == "with the same inputs":
        fill(directory)
    assert run(directory, "agent", "create", "image") == 1
    assert "cannot generate ISO image due to configuration errors" in capsys.readouterr().err


def test_a_refused_document_leaves_everything_as_it_was(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Inputs stay, nothing is registered, the field is named, the exit code is 1."""
    fill(directory, rendezvousIP="192.168.130.24")
    assert run(directory, "agent", "create", "image") == 1
    assert "rendezvousIP: Invalid value" in capsys.readouterr().err
    assert (directory / "install-config.yaml").exists()
    assert not (directory.parent / "rehearsal").exists()


@pytest.mark.parametrize(
    ("name", "text", "code", "sentence"),
    [
        ("install-config.yaml", "a: [", 3, "failed to create install config"),
        ("install-config.yaml", "a: 1\na: 2\n", 3, "already set"),
        ("agent-config.yaml", "a: [", 1, "failed to unmarshal agent-config.yaml"),
    ],
)
def test_an_unreadable_document_ends_with_the_real_exit_code(
    name: str, text: str, code: int, sentence: str, directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """3 is the code for install-config alone."""
    (directory / name).write_text(text)
    assert run(directory, "agent", "create", "image") == code
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize("text", ["a: [", "kind: ConfigMap\n"])
def test_an_extra_manifest_that_no_cluster_could_read_is_refused(
    text: str, directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It would only be found hours later on the real thing."""
    (directory / "openshift").mkdir()
    (directory / "openshift" / "99-extra.yaml").write_text(text)
    assert run(directory, "agent", "create", "image") == 1
    assert "99-extra.yaml" in capsys.readouterr().err


def test_an_empty_directory_has_nothing_to_make_or_to_wait_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Named file, and wait-for's own exit code."""
    assert run(tmp_path, "agent", "create", "image") == 1
    assert "install-config.yaml" in capsys.readouterr().err
    assert run(tmp_path, "agent", "wait-for", "install-complete") == 5


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
