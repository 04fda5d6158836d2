"""Who reaches what: screens and consoles from the host alone, and every guest only the networks that it is on."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any
from xml.etree import ElementTree

import pytest

from network import Node
from network import plan as make_plan
from network.model import Nic, VlanDevice
from settings.stackfile import load_stack
from tests.rehearsal.conftest import ROOT, Lab

pytestmark = pytest.mark.rehearsal

SETTINGS = load_stack("rehearsal", ROOT)
PLAN = make_plan(SETTINGS)
REACH = ROOT / "tests" / "rehearsal" / "reach.py"
MASTER, WORKER, COMPUTE = PLAN.masters[0], PLAN.workers[0], PLAN.computes[0]
# Of the world that reach.py makes beyond the host, each asked for by another way.
WORLD, WORLD_BY_OSP, WORLD_BY_EXTERNAL = "203.0.113.2", "203.0.113.3", "203.0.113.4"

# Prints [pid, address] of every TCP socket that a QEMU listens on, as the kernel has it.
LISTENING = """
import json
from contextlib import suppress
from pathlib import Path
sockets = {}
for table in ("tcp", "tcp6"):
    for line in Path("/proc/net", table).read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] == "0A":
            sockets[f"socket:[{fields[9]}]"] = fields[1].partition(":")[0]
found = []
for process in Path("/proc").glob("[0-9]*"):
    with suppress(FileNotFoundError, ProcessLookupError):
        if (process / "comm").read_text().startswith("qemu-system"):
            held = {str(descriptor.readlink()) for descriptor in (process / "fd").iterdir()}
            found += [[int(process.name), sockets[socket]] for socket in held & sockets.keys()]
print(json.dumps(found))
"""
LOOPBACK = "0100007F"
"""127.0.0.1 as /proc/net/tcp has it."""


def on(node: Node, network: str) -> str:
    """A node's address on one of OpenStack's networks, on `ocp` or on `external`."""
    devices: list[Nic | VlanDevice] = [*node.nics]
    devices += [vlan for nic in node.nics for vlan in nic.vlans]
    wanted = "osp" if network == "ctlplane" else network
    [found] = [device for device in devices if device.network == wanted]
    return str(found.addresses[0].ip)


def inner(node: Node) -> list[str]:
    """A node's addresses on the networks that belong to OpenStack."""
    return [on(node, network) for network in ("ctlplane", "internalapi", "storage", "tenant")]


@pytest.fixture(scope="module")
def reached(lab: Lab) -> dict[str, dict[str, bool]]:
    """What was reached from each machine, by its address on the machine network, which all are on."""
    key = ("pulumi", "stack", "output", "computeSshKey", "--show-secrets", "--stack", "rehearsal")
    osp, external = COMPUTE.nic("osp"), COMPUTE.nic("external")
    wanted: dict[str, Any] = {
        "agents": {
            str(MASTER.ip): [str(COMPUTE.ip), WORLD, *inner(COMPUTE), *inner(WORKER), on(COMPUTE, "external")],
            str(WORKER.ip): [*inner(COMPUTE), on(COMPUTE, "external")],
        },
        "computes": {
            str(COMPUTE.ip): [
                *([address, "", "-"] for address in (*inner(WORKER), WORLD)),
                [WORLD_BY_OSP, str(PLAN.networks["osp"].subnets[0].host), osp.name],
                [WORLD_BY_EXTERNAL, str(PLAN.networks["external"].subnets[0].host), external.name],
            ]
        },
        "user": SETTINGS.compute.user,
        "key": _unseen(lab, *key),
    }
    answers: dict[str, dict[str, bool]] = json.loads(_unseen(lab, "python", str(REACH), stdin=json.dumps(wanted)))
    return answers


def _unseen(lab: Lab, *command: str, stdin: str = "") -> str:
    """A command inside, whose input and output stay out of the lab's transcript."""
    line = [sys.executable, "-m", "rehearsal", "exec", "--name", "tests", "--dir", str(lab.directory), "--", *command]
    done = subprocess.run(line, cwd=lab.project, input=stdin, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_running_machine_listens_on_loopback_alone(lab: Lab) -> None:
    listening = json.loads(lab.run("python", "-c", LISTENING).stdout)
    assert len({process for process, _ in listening}) == len(PLAN.nodes), "every machine has its screen"
    assert {address for _, address in listening} == {LOOPBACK}


def test_no_console_or_channel_of_a_running_machine_is_on_the_network(lab: Lab) -> None:
    script = "for d in $(virsh --quiet list --name); do virsh dumpxml $d; done"
    domains = list(ElementTree.fromstring(f"<all>{lab.run('sh', '-c', script).stdout}</all>"))
    assert len(domains) == len(PLAN.nodes)
    for domain in domains:
        kinds = {device.get("type") for tag in ("serial", "console", "channel") for device in domain.iter(tag)}
        assert kinds == {"pty", "unix"}, domain.findtext("name")


def test_a_master_reaches_nobody_on_openstacks_networks(reached: dict[str, dict[str, bool]]) -> None:
    seen = reached[str(MASTER.ip)]
    assert seen.pop(str(COMPUTE.ip)), "the machine network is everybody's"
    assert seen.pop(WORLD), "it leads to the world"
    assert seen == dict.fromkeys((*inner(COMPUTE), *inner(WORKER), on(COMPUTE, "external")), False)


def test_a_worker_reaches_computes_on_openstacks_networks_and_not_on_the_external_one(
    reached: dict[str, dict[str, bool]],
) -> None:
    expected = dict.fromkeys(inner(COMPUTE), True) | {on(COMPUTE, "external"): False}
    assert reached[str(WORKER.ip)] == expected


def test_a_compute_reaches_workers_on_openstacks_networks(reached: dict[str, dict[str, bool]]) -> None:
    seen = reached[str(COMPUTE.ip)]
    assert {address: seen[address] for address in inner(WORKER)} == dict.fromkeys(inner(WORKER), True)


def test_an_isolated_network_leads_nowhere_and_the_others_to_the_world(reached: dict[str, dict[str, bool]]) -> None:
    modes = {name: network.mode for name, network in PLAN.networks.items()}
    assert modes == {"ocp": "nat", "osp": "none", "external": "nat"}
    seen = reached[str(COMPUTE.ip)]
    ways = {"ocp": seen[WORLD], "osp": seen[WORLD_BY_OSP], "external": seen[WORLD_BY_EXTERNAL]}
    assert ways == {"ocp": True, "osp": False, "external": True}
