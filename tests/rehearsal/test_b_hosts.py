"""A network of each kind that the other labs have not: routed, and on a bridge of the site's, with a machine on them.
A compute alone, since a cluster that is there already has no machines of the stack's."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from settings.kubeconfig import STAND_IN
from tests.rehearsal.conftest import Lab, started

pytestmark = pytest.mark.rehearsal

STACK = "routed"
PATIENCE = 90.0  # seconds for an emulated machine to boot
BRIDGE, GATEWAY = "br-site", "192.168.131.1"
_SITE = f"""
ip link add {BRIDGE} type bridge
ip address add {GATEWAY}/24 dev {BRIDGE}
ip link set {BRIDGE} up
"""


def configure(lab: Lab) -> None:
    """The rehearsal's file with other networks, and a compute only."""
    document = yaml.safe_load((lab.project / "Pulumi.rehearsal.yaml").read_text())
    config = document["config"]
    nodes = [{"name": f"worker-{number}", "nic": "ens4"} for number in range(3)]
    config["rhoso-lab:openshift"] = {"existing": {"kubeconfig": STAND_IN, "nodes": nodes}}
    config["rhoso-lab:topology"] = {
        "hardwareFloors": False,
        "computes": {**config["rhoso-lab:topology"]["computes"], "count": 1},
    }
    config["rhoso-lab:networks"] = {
        "machine": {"mode": "route"},
        "ctlplane": {"mode": "bridge", "bridge": BRIDGE},
        "external": {"mode": "isolated"},
    }
    config["rhoso-lab:openstack"] |= {"storage": {"volumes": "nfs", "nfsShares": ["nfs.example.com:/volumes"]}}
    config["rhoso-lab:through"] = "machines"
    (lab.project / f"Pulumi.{STACK}.yaml").write_text(yaml.safe_dump(document))


@pytest.fixture(scope="module")
def routed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The networks, and a compute on them."""
    lab = started(tmp_path_factory.mktemp("routed"))
    try:
        lab.run("sh", "-ec", _SITE)
        configure(lab)
        lab.run("pulumi", "stack", "init", STACK)
        lab.pulumi("up", "--yes", "--skip-preview", stack=STACK)
        yield lab
    finally:
        lab.outside("stop")


def network(lab: Lab, key: str) -> ElementTree.Element:
    """A network as libvirt has it."""
    return ElementTree.fromstring(lab.run("virsh", "net-dumpxml", f"{STACK}-{key}").stdout)


def test_each_network_is_of_its_kind(routed: Lab) -> None:
    kinds = {}
    for key in ("ocp", "osp", "external"):
        forward = network(routed, key).find("forward")
        kinds[key] = forward.get("mode") if forward is not None else None
    assert kinds == {"ocp": "route", "osp": "bridge", "external": None}
    bridge = network(routed, "osp").find("bridge")
    assert bridge is not None and bridge.get("name") == BRIDGE


def test_a_routed_networks_addresses_leave_as_they_are(routed: Lab) -> None:
    rules = routed.run("sh", "-c", "iptables-save 2> /dev/null; nft list ruleset 2> /dev/null; true").stdout
    machine = network(routed, "ocp").find("ip")
    assert machine is not None and machine.get("address") == "192.168.130.1"
    masqueraded = [line for line in rules.splitlines() if "masquerade" in line.lower() and "192.168.130." in line]
    assert masqueraded == []


def test_the_machine_answers_on_both(routed: Lab) -> None:
    deadline = time.monotonic() + PATIENCE
    said: list[Any] = []
    while said != ["compute-0.routed.example.com"] * 2:
        assert time.monotonic() < deadline, said
        answers = routed.answers(["http://192.168.130.100:8090/", "http://192.168.131.100:8090/"])
        said = [answer.get("hostname", answer) for answer in answers.values()]


def test_the_next_preview_has_no_change_and_nothing_stays(routed: Lab) -> None:
    assert routed.steps(stack=STACK) == []
    routed.pulumi("destroy", "--yes", "--skip-preview", stack=STACK)
    for listing in (["list", "--all", "--name"], ["net-list", "--all", "--name"], ["pool-list", "--all", "--name"]):
        assert routed.run("virsh", "--quiet", *listing).stdout.split() == [], listing
    assert BRIDGE in routed.run("ip", "-o", "link", "show", "type", "bridge").stdout
