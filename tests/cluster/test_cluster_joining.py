"""Who may join a running cluster, step by step: machines and API server are pretended, and rounds are the test's."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from rehearsal.cluster import hosts, members
from rehearsal.cluster.install import Host, load, write_json
from rehearsal.cluster.joining import Joining
from rehearsal.cluster.kube import Kube, KubeError
from rehearsal.cluster.signing_requests import PATH
from tests.cluster.fake_machines import mac_of

OLD = Host("worker-0", "worker", mac_of("192.0.2.30"), "192.0.2.30")
NEW = Host("worker-1", "worker", mac_of("192.0.2.31"), "192.0.2.31")
HOUR = 3600


class Server:
    """As much of an API server as joining needs."""

    def __init__(self) -> None:
        self.nodes: dict[str, bool] = {"master-0": True, OLD.hostname: True}
        self.requests: dict[str, dict[str, Any]] = {}

    def request(self, method: str, path: str, body: object = None, **_: object) -> Any:
        if path == "/version":
            return {"gitVersion": "v1.31.0"}
        if path == "/api/v1/nodes":
            return {"items": [{"metadata": {"name": name}} for name in self.nodes]}
        if method == "POST":
            request = cast(dict[str, Any], body)
            name = f"csr-{len(self.requests)}"
            self.requests[name] = {**request, "metadata": {"name": name}}
            return self.requests[name]
        name = path.removeprefix(f"{PATH}/")
        if name not in self.requests:
            raise KubeError(404, f"{name} not found")
        return self.requests[name]

    def apply(self, made: dict[str, Any], subresource: str = "") -> None:
        if subresource == "status":
            [ready] = [c["status"] for c in made["status"]["conditions"] if c["type"] == "Ready"]
            self.nodes[made["metadata"]["name"]] = ready == "True"

    def judge(self, name: str, verdict: str = "Approved") -> None:
        self.requests[name]["status"] = {"conditions": [{"type": verdict, "status": "True"}]}


class Bench:
    """One cluster of a master and a worker. ``running``: what the machines say that run, by address."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.server, self.log = Server(), list[str]()
        self.running: dict[str, dict[str, Any]] = {}
        self.directory = directory
        master = {"hostname": "master-0", "role": "master", "mac": mac_of("192.0.2.20"), "ip": "192.0.2.20"}
        document = {
            "id": directory.name, "cluster_name": "lab", "base_domain": "example.com", "api_vip": "192.0.2.5",
            "machine_network": "192.0.2.0/24", "rendezvous_ip": "192.0.2.20", "created": 0,
            "hosts": [master, vars(OLD)],
        }  # fmt: skip
        write_json(directory / "install.json", document)
        monkeypatch.setattr(hosts, "_ask", self._ask)
        self.restart()

    def restart(self) -> None:
        """A new process on the same files."""
        self.joining = Joining(load(self.directory), self.log.append)

    def _ask(self, ip: str, _timeout: float) -> dict[str, Any]:
        if ip not in self.running:
            raise TimeoutError
        return self.running[ip]

    def image(self, host: Host, age: float = 0) -> None:
        """A node image was made for the host so many seconds ago."""
        (self.directory / members.JOINING).mkdir(exist_ok=True)
        created = time.time() - age
        write_json(self.directory / members.JOINING / f"{host.hostname}.json", {**vars(host), "created": created})

    def boot(self, host: Host, boot: str, machine: str = "m", image: str = members.IMAGE) -> None:
        """The host's machine was switched on."""
        self.running[host.ip] = {
            "id": self.directory.name,
            "hostname": host.hostname,
            "nics": [{"mac": host.mac}],
            "boot": boot,
            "machine": machine,
            "image": image,
        }

    def look(self, rounds: int = 1) -> None:
        for _ in range(rounds):
            self.joining.look(cast(Kube, self.server))

    def join(self, host: Host) -> None:
        """From the switched-on machine to the Ready node."""
        self.look()
        self.server.judge(list(self.server.requests)[-1])
        self.look()
        self.server.judge(list(self.server.requests)[-1])
        self.look()
        assert self.server.nodes[host.hostname]

    @property
    def names(self) -> list[str]:
        return [host.hostname for host in self.joining.hosts]


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(tmp_path, monkeypatch)


def test_it_takes_both_approvals_and_each_step_survives_a_restart(bench: Bench) -> None:
    bench.image(NEW)
    bench.look()
    assert not bench.server.requests, "no machine runs"
    bench.boot(NEW, "b1")
    bench.look(2)
    bench.restart()
    bench.look()
    assert list(bench.server.requests) == ["csr-0"]
    bench.server.judge("csr-0")
    bench.look(2)
    assert bench.server.nodes["worker-1"] is False
    assert bench.names == ["master-0", "worker-0"]
    bench.restart()
    bench.look()
    assert list(bench.server.requests) == ["csr-0", "csr-1"]
    bench.server.judge("csr-1")
    bench.look()
    assert bench.server.nodes["worker-1"] is True
    assert (
        bench.names == [host.hostname for host in load(bench.directory).hosts] == ["master-0", "worker-0", "worker-1"]
    )


def denied(bench: Bench) -> None:
    bench.image(NEW)
    bench.boot(NEW, "b1")
    bench.look()
    bench.server.judge("csr-0", "Denied")


def too_old(bench: Bench) -> None:
    bench.image(NEW, age=49 * HOUR)
    bench.boot(NEW, "b1")


def of_the_installation(bench: Bench) -> None:
    bench.image(NEW)
    bench.boot(NEW, "b1", image="")


def of_another_cluster(bench: Bench) -> None:
    bench.image(NEW)
    bench.boot(NEW, "b1")
    bench.running[NEW.ip]["id"] = "another"


def without_its_mac(bench: Bench) -> None:
    bench.image(NEW)
    bench.boot(NEW, "b1")
    bench.running[NEW.ip]["nics"] = [{"mac": OLD.mac}]


def unheard_of(bench: Bench) -> None:
    bench.boot(NEW, "b1")


@pytest.mark.parametrize(
    ("prepare", "asked", "said"),
    [
        (denied, 1, "csr-0 was denied"),
        (too_old, 0, "the tokens on its image were good for 48 h"),
        (of_the_installation, 0, "runs the image of the installation, which is over"),
        (of_another_cluster, 0, ""),
        (without_its_mac, 0, ""),
        (unheard_of, 0, ""),
    ],
)
def test_it_does_not_join_when_it_was(bench: Bench, prepare: Callable[[Bench], None], asked: int, said: str) -> None:
    """And that is said once, not in every round."""
    prepare(bench)
    bench.look(3)
    assert (bench.names, len(bench.server.requests)) == (["master-0", "worker-0"], asked)
    assert sum(said in line for line in bench.log) == (1 if said else len(bench.log))


def test_a_request_that_is_gone_is_made_again(bench: Bench) -> None:
    """Kubernetes itself deletes those that nobody approved."""
    bench.image(NEW)
    bench.boot(NEW, "b1")
    bench.look()
    bench.server.requests = {"another": {}}
    bench.look()
    assert list(bench.server.requests) == ["another", "csr-1"]
    bench.server.judge("csr-1")
    bench.look()
    assert bench.server.nodes["worker-1"] is False


def test_a_machine_that_starts_again_before_it_has_joined_asks_anew(bench: Bench) -> None:
    bench.image(NEW)
    bench.boot(NEW, "b1")
    bench.look()
    bench.boot(NEW, "b2")
    bench.look()
    bench.server.judge("csr-0")
    bench.look()
    assert "worker-1" not in bench.server.nodes, "its key is not that of the first request"


@pytest.mark.parametrize("host", [OLD, NEW], ids=["installed", "joined"])
def test_a_deleted_node_stays_away_until_its_machine_starts_anew(bench: Bench, host: Host) -> None:
    """Then it comes back by itself, for its certificates are on its disk."""
    bench.image(NEW)
    bench.boot(NEW, "b1", "m1")
    bench.boot(OLD, "b1", "m0", image="")
    bench.join(NEW)
    machine = bench.running[host.ip]
    del bench.server.nodes[host.hostname]
    bench.look(2)
    bench.restart()
    bench.look()
    assert host.hostname not in bench.names
    assert host.hostname not in bench.server.nodes
    machine["boot"] = "b2"
    bench.look()
    assert bench.server.nodes[host.hostname]
    assert host.hostname in bench.names
    assert len(bench.server.requests) == 2


def test_a_new_machine_of_a_node_that_left_joins_with_a_node_image_only(bench: Bench) -> None:
    bench.boot(OLD, "b1", "m0", image="")
    del bench.server.nodes[OLD.hostname]
    bench.look()
    bench.boot(OLD, "b2", "m1", image="")
    bench.look()
    assert OLD.hostname not in bench.server.nodes
    assert "runs the image of the installation" in bench.log[-1]
    bench.image(OLD)
    bench.boot(OLD, "b3", "m2")
    bench.join(OLD)
    assert bench.names == ["master-0", "worker-0"]


def test_a_node_that_is_deleted_before_it_is_complete_has_left(bench: Bench) -> None:
    bench.image(NEW)
    bench.boot(NEW, "b1")
    bench.look()
    bench.server.judge("csr-0")
    bench.look()
    del bench.server.nodes[NEW.hostname]
    bench.server.judge("csr-1")
    bench.look(2)
    assert NEW.hostname not in bench.server.nodes
    saved = json.loads((bench.directory / "members.json").read_text())
    assert (list(saved["left"]), saved["asked"]) == (["worker-1"], {})
