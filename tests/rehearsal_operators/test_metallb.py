"""MetalLB's stand-in: where speakers run, and what its webhook refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from manifests import metallb as manifests
from manifests import operator_init
from rehearsal.cluster.install import Host
from rehearsal.operators.metallb import IPAddressPool, L2Advertisement, MetalLB
from rehearsal.operators.standin import Unmet, View
from rehearsal.operators.world import World
from tests import lab
from tests.rehearsal_operators.nodes import hosts, world


@pytest.fixture
def machines() -> list[Host]:
    """Three masters and two workers."""
    return hosts()


@pytest.fixture
def here(tmp_path: Path, machines: list[Host]) -> World:
    """Their cluster."""
    return world(tmp_path, machines)


def metallb(called: str = "metallb", **spec: Any) -> dict[str, Any]:
    """The program's MetalLB, with another name or spec."""
    obj = operator_init.metallb()
    obj["metadata"]["name"] = called
    obj["spec"] = spec or obj["spec"]
    return obj


def speakers(obj: dict[str, Any], here: World) -> list[str]:
    """The nodes with a speaker."""
    pods = [part for part in MetalLB().makes(obj, here) if part["kind"] == "Pod"]
    return [pod["spec"]["nodeName"] for pod in pods if pod["metadata"]["labels"]["component"] == "speaker"]


def test_speakers_run_where_the_selector_says(here: World) -> None:
    """Only masters carry the other label; without a selector they run everywhere, for they tolerate masters' taint."""
    assert speakers(metallb(), here) == ["worker-0", "worker-1"]
    everywhere = ["master-0", "master-1", "master-2", "worker-0", "worker-1"]
    assert speakers(metallb(logLevel="info"), here) == everywhere
    assert speakers(metallb(nodeSelector={"node-role.kubernetes.io/storage": ""}), here) == []


def true(status: dict[str, Any]) -> dict[str, str]:
    """The conditions that are True, and their messages."""
    return {entry["type"]: entry["message"] for entry in status["conditions"] if entry["status"] == "True"}


def test_its_conditions(here: World) -> None:
    """One of them is True in each phase, and every one has the reason that its schema demands."""
    ready = MetalLB().status(View(metallb(), "ready"), here)
    assert set(true(ready)) == {"Available", "Upgradeable"}
    working = MetalLB().status(View(metallb(), "waiting", (Unmet("something is missing"),)), here)
    assert true(working) == {"Progressing": "something is missing"}
    failed = MetalLB().status(View(metallb(), "failed", problem="it broke"), here)
    assert true(failed) == {"Degraded": "it broke"}
    assert all(entry["reason"] for status in (ready, working, failed) for entry in status["conditions"])


def test_it_must_be_called_metallb(here: World) -> None:
    """An object of another name brings nothing."""
    status = MetalLB().status(View(metallb("other"), "ready"), here)
    assert true(status) == {"Degraded": "Incorrect MetalLB resource name: other"}
    assert MetalLB().makes(metallb("other"), here) == []


def test_an_unknown_backend_is_refused(here: World) -> None:
    """The others are known."""
    assert "invalid BGP Backend" in (MetalLB().refuses("CREATE", metallb(bgpBackend="bird"), None, here) or "")
    assert MetalLB().refuses("CREATE", metallb(bgpBackend="frr"), None, here) is None
    assert MetalLB().refuses("CREATE", metallb(), None, here) is None


def pool(called: str, *addresses: str, namespace: str = "metallb-system") -> dict[str, Any]:
    """A pool of these ranges."""
    metadata = {"name": called, "namespace": namespace}
    spec = {"addresses": list(addresses)}
    return {"apiVersion": "metallb.io/v1beta1", "kind": "IPAddressPool", "metadata": metadata, "spec": spec}


def test_the_programs_pools_and_announcements_are_allowed(tmp_path: Path, machines: list[Host]) -> None:
    """All together, made one after the other."""
    made: list[dict[str, Any]] = []
    webhooks = {"IPAddressPool": IPAddressPool(), "L2Advertisement": L2Advertisement()}
    for obj in manifests.render(lab.plan()):
        here = world(tmp_path, machines, *made)
        assert webhooks[obj["kind"]].refuses("CREATE", obj, None, here) is None
        made.append(obj)
    assert len(made) == 8


@pytest.mark.parametrize(
    ("addresses", "message"),
    [
        ([], "pool has no prefixes defined"),
        (["172.17.0.80"], 'invalid CIDR "172.17.0.80" in pool "new"'),
        (["172.17.0.80-172.17.0"], 'invalid CIDR "172.17.0.80-172.17.0"'),
        (["172.17.0.90-172.17.0.80"], 'start IP "172.17.0.90" is after the end IP "172.17.0.80"'),
        (["172.17.0.0/33"], 'invalid CIDR "172.17.0.0/33"'),
        (["172.17.0.85-172.17.0.86"], 'overlaps with already defined CIDR "172.17.0.80/29"'),
        (["172.17.0.0/16"], 'CIDR "172.17.0.0/16" in pool "new" overlaps'),
        (["10.0.0.1/32", "10.0.0.0/24"], 'CIDR "10.0.0.0/24" in pool "new" overlaps'),
    ],
)
def test_pools_that_are_refused(tmp_path: Path, machines: list[Host], addresses: list[str], message: str) -> None:
    """Nonsense, and overlaps with another pool or within the pool."""
    here = world(tmp_path, machines, pool("old", "172.17.0.80-172.17.0.90"))
    assert message in (IPAddressPool().refuses("CREATE", pool("new", *addresses), None, here) or "")


def test_a_pool_may_be_changed_and_lies_in_one_namespace(tmp_path: Path, machines: list[Host]) -> None:
    """It does not overlap with what it was; deleting is always allowed."""
    here = world(tmp_path, machines, pool("old", "172.17.0.80-172.17.0.90"))
    larger = pool("old", "172.17.0.80-172.17.0.100")
    assert IPAddressPool().refuses("UPDATE", larger, pool("old", "172.17.0.80-172.17.0.90"), here) is None
    assert IPAddressPool().refuses("DELETE", larger, larger, here) is None
    elsewhere = pool("new", "172.18.0.80-172.18.0.90", namespace="openstack")
    said = IPAddressPool().refuses("CREATE", elsewhere, None, here)
    assert said == "resource must be created in metallb-system namespace"


def test_announcements(here: World) -> None:
    """A pool twice and a wrong namespace are refused; a pool that nobody made is not, as upstream."""
    metadata = {"name": "new", "namespace": "metallb-system"}
    spec = {"ipAddressPools": ["a", "a"]}
    obj = {"apiVersion": "metallb.io/v1beta1", "kind": "L2Advertisement", "metadata": metadata, "spec": spec}
    assert 'duplicate definition of ipAddressPools "a"' in (L2Advertisement().refuses("CREATE", obj, None, here) or "")
    obj["spec"] = {"ipAddressPools": ["a"]}
    assert L2Advertisement().refuses("CREATE", obj, None, here) is None
    metadata["namespace"] = "openstack"
    assert "metallb-system" in (L2Advertisement().refuses("CREATE", obj, None, here) or "")
