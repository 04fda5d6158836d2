"""What comes up before what, and whose certificates are approved on the way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from power.errors import PowerError
from power.lab import WORKER
from power.nodes import MARK
from tests.operations.fake_cluster import FakeCluster
from tests.operations.fake_nodes import REQUESTS, STARTING, approved, request
from tests.operations.fake_requests import client, serving
from tests.power.conftest import NODES, READY
from tests.power.fake_lab import ADDRESSES, NAMES, FakeLab

LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"


class Kubelets:
    """Those of machines that run: each renews its Lease, once it has what it waits for.

    ``expired``: nodes whose certificates have run out meanwhile. Before they have new ones they say nothing at all, and
    their Nodes go on saying what they said before.
    """

    def __init__(self, fake: FakeLab, *expired: str) -> None:
        self.fake, self.expired = fake, expired
        self.beats = 0
        fake.cluster.controllers.append(self)

    def __call__(self, cluster: FakeCluster) -> None:
        self.beats += 1
        for name in NAMES[1:]:
            if self.fake.states[name] == "on" and self._may_speak(cluster, name):
                cluster.add(LEASES, name, spec={"renewTime": f"{self.beats:09}"})
                cluster.objects[f"{NODES}/{name}"]["status"] = READY

    def _may_speak(self, cluster: FakeCluster, name: str) -> bool:
        if name not in self.expired:
            return True
        first, second = f"csr-{name}-client", f"csr-{name}-serving"
        known = cluster.names(REQUESTS)
        if first not in known:
            request(cluster, first, client(name))
        elif approved(cluster, first) and second not in known:
            cluster.objects[f"{NODES}/{name}"]["status"] = STARTING
            request(cluster, second, serving(name, ADDRESSES[name]))
        return second in cluster.names(REQUESTS) and approved(cluster, second)


@pytest.fixture
def at_rest(fake: FakeLab) -> FakeLab:
    for name in NAMES[1:]:
        fake.cluster.add(LEASES, name, spec={"renewTime": "000000000"})
    fake.stop()
    (fake.directory / "log").unlink()
    return fake


def cordoned(fake: FakeLab) -> set[str]:
    return {name for name in NAMES[1:] if fake.cluster.objects[f"{NODES}/{name}"]["spec"].get("unschedulable")}


def test_masters_then_workers_then_computes_and_the_nodes_are_uncordoned(at_rest: FakeLab) -> None:
    Kubelets(at_rest)
    at_rest.start()
    assert at_rest.log == [*(f"start master-{n}" for n in range(3)), "start worker-0", "start compute-0"]
    assert cordoned(at_rest) == set()
    node = at_rest.cluster.objects[f"{NODES}/worker-0"]
    assert MARK not in node["metadata"]["annotations"]
    assert at_rest.said.index("worker-0 takes pods again") < at_rest.said.index("starting lab-compute-0")


def test_a_compact_lab_rests_and_comes_back_without_workers(fake: FakeLab) -> None:
    fake.lab = replace(fake.lab, machines=[one for one in fake.lab.machines if one.role != WORKER])
    for name in NAMES[1:]:
        fake.cluster.add(LEASES, name, spec={"renewTime": "000000000"})
    fake.stop()
    masters = [f"master-{n}" for n in range(3)]
    assert fake.log == [f"shutdown {name}" for name in ("compute-0", *masters)]
    assert cordoned(fake) == set(masters)
    Kubelets(fake, "master-0")
    fake.start()
    assert fake.log[4:] == [f"start {name}" for name in (*masters, "compute-0")]
    assert cordoned(fake) == set()
    assert approved(fake.cluster, "csr-master-0-client")


def test_a_lab_that_is_up_stays_as_it_is(fake: FakeLab) -> None:
    for name in NAMES[1:]:
        fake.cluster.add(LEASES, name, spec={"renewTime": "000000000"})
    Kubelets(fake)
    fake.start()
    assert (fake.log, fake.cluster.writes) == ([], [])


def test_requests_of_known_nodes_are_approved_and_no_others(at_rest: FakeLab) -> None:
    Kubelets(at_rest, "master-1", "worker-0")
    request(at_rest.cluster, "csr-stranger", client("worker-7"))
    at_rest.start()
    names = {f"csr-{name}-{kind}" for name in ("master-1", "worker-0") for kind in ("client", "serving")}
    assert all(approved(at_rest.cluster, name) for name in names)
    assert not approved(at_rest.cluster, "csr-stranger")
    assert at_rest.states["compute-0"] == "on"


def test_a_node_that_only_says_what_it_said_before_is_not_believed(at_rest: FakeLab) -> None:
    """Nobody renews a Lease, and all Nodes are Ready on paper."""
    with pytest.raises(PowerError) as raised:
        at_rest.start(nodes=0.5)
    assert "Node master-0: NotReady: NotHeard: kubelet is not heard of yet" in str(raised.value)
    assert str(raised.value).endswith("What is up stays up. To go on: make start STACK=lab")
    assert at_rest.states["worker-0"] == "off"
    assert cordoned(at_rest) == set(NAMES[1:])
    Kubelets(at_rest)
    at_rest.start()
    assert set(at_rest.states.values()) == {"on"}
    assert at_rest.log.count("start master-0") == 1


def test_what_somebody_else_has_cordoned_stays_cordoned(fake: FakeLab) -> None:
    for name in NAMES[1:]:
        fake.cluster.add(LEASES, name, spec={"renewTime": "000000000"})
    fake.cluster.objects[f"{NODES}/worker-0"]["spec"]["unschedulable"] = True
    fake.stop()
    Kubelets(fake)
    fake.start()
    assert cordoned(fake) == {"worker-0"}


def test_a_machine_that_is_gone_is_named_before_anything_starts(at_rest: FakeLab) -> None:
    (at_rest.directory / "machines.json").write_text('{"uuid-master-0": "off"}')
    with pytest.raises(PowerError, match=r"lab-master-1, lab-master-2: recorded, and not on .* make drift STACK=lab"):
        at_rest.start()
    assert at_rest.log == []
