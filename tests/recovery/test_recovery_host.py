"""What is removed from a KVM host, and above all what is not."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from doctor.commands import Answer
from doctor.virsh import Domain, Network, Pool, Virsh
from recovery.host import Host
from recovery.report import Report
from recovery.state import State

MARK = "rhoso-lab/lab"
POOL = Pool("lab-1", "pool-uuid", "/pools/lab-1", True)
DIRECTORY = "/pools/lab-1"


class FakeVirsh(Virsh):
    """A libvirt with these things; what is done to it is in ``done``."""

    def __init__(self, **things: Any) -> None:
        super().__init__("test:///default")
        self._domains, self._running, self._volumes = (things.get(key, ()) for key in ("domains", "running", "volumes"))
        self.__dict__ |= {key: tuple(things.get(key, ())) for key in ("networks", "pools")}
        self.done: list[str] = []
        self.connections = "0"
        self.refusals: list[str] = []

    def ask(self, *commands: str) -> Answer:
        if commands == ("list --name",):
            return Answer(0, "\n".join(self._running))
        if commands == ("net-list --name",):
            return Answer(0, "\n".join(network.name for network in self.networks))
        if self.refusals:
            return Answer(1, err=f"error: {self.refusals.pop()}")
        self.done += [command for command in commands if not command.startswith("pool-refresh")]
        return Answer(0)

    def domains(self, prefix: str) -> tuple[Domain, ...]:
        return tuple(domain for domain in self._domains if domain.name.startswith(prefix))

    def volumes(self, pool: str) -> tuple[str, ...]:
        return self._volumes if pool == POOL.name else ()

    def document(self, command: str) -> Element:
        return ElementTree.fromstring(f"<network connections='{self.connections}'/>")


def machine(name: str, *disks: str, mark: str = MARK) -> Domain:
    return Domain(name, f"{name}-uuid", mark, disks)


def state(*known: str, text: str = "", **creating: str) -> State:
    """A state that knows these ids and was creating these names by type (``domain="lab-master-0"``)."""
    resources = [{"urn": f"urn::{one}", "type": "t", "id": one, "inputs": {"text": text}} for one in known]
    types = {"domain": "domain:Domain", "network": "network:Network", "pool": "pool:Pool", "volume": "volume:Volume"}
    made = [
        {"urn": "urn::x", "type": f"libvirt:index/{types[kind]}", "inputs": {"name": name}}
        for kind, name in creating.items()
    ]
    pending = [{"type": "creating", "resource": resource} for resource in made]
    return State({"deployment": {"resources": resources, "pending_operations": pending}})


def settled(virsh: FakeVirsh, known: State, dry: bool = False) -> Report:
    report = Report(dry=dry)
    Host(virsh, known, "lab", report).settle()
    return report


def test_a_machine_that_was_being_made_goes_running_or_not() -> None:
    virsh = FakeVirsh(domains=[machine("lab-master-0")], running=["lab-master-0"])
    settled(virsh, state(domain="lab-master-0"))
    undefine = "undefine lab-master-0 --managed-save --snapshots-metadata --checkpoints-metadata --nvram"
    assert virsh.done == ["destroy lab-master-0", undefine]
    off = FakeVirsh(domains=[machine("lab-master-0")])
    settled(off, state(domain="lab-master-0"))
    assert off.done == [undefine]


def test_a_machine_that_failed_to_start_goes_by_its_mark() -> None:
    """The engine knows that its creation failed, so no operation is pending (traps 5)."""
    virsh = FakeVirsh(domains=[machine("lab-master-0")])
    settled(virsh, state("other"))
    assert len(virsh.done) == 1


def test_a_lost_state_costs_no_running_machine() -> None:
    virsh = FakeVirsh(domains=[machine("lab-master-0")], running=["lab-master-0"])
    report = settled(virsh, state("other"))
    assert virsh.done == []
    assert "does not say that a run was making it" in report.text()


def test_a_running_machine_whose_own_making_failed_goes_and_its_disks_stay() -> None:
    """libvirt or its plugin died: no run was killed, so no operation is pending, and the machine runs."""
    disks = [f"{DIRECTORY}/root.qcow2", f"{DIRECTORY}/own.iso"]
    virsh = FakeVirsh(
        domains=[machine("lab-master-0", *disks), machine("lab-master-1", disks[0], "/elsewhere/x")],
        running=["lab-master-0", "lab-master-1"],
        pools=[POOL],
        volumes=["root.qcow2", "own.iso"],
    )
    settled(virsh, state("pool-uuid", disks[0], text=f"a step's output: {disks[1]}"))
    assert virsh.done == [
        "destroy lab-master-0",
        "undefine lab-master-0 --managed-save --snapshots-metadata --checkpoints-metadata --nvram",
    ]


def test_machines_that_the_state_knows_or_without_the_mark_stay() -> None:
    domains = [machine("lab-master-0"), machine("lab-master-1", mark="somebody's"), machine("else", mark="rhoso-lab/x")]
    virsh = FakeVirsh(domains=domains)
    report = settled(virsh, state("lab-master-0-uuid", domain="lab-master-1"))
    assert virsh.done == []
    assert "lab-master-1  left: it does not carry this stack's mark" in report.text()


def test_volumes_that_the_state_does_not_know_go_and_others_stay() -> None:
    volumes = ["known.qcow2", "image.qcow2", "half.qcow2", "used.qcow2", "own.iso"]
    domains = [machine("lab-worker-0", f"{DIRECTORY}/used.qcow2"), machine("lab-worker-1", f"{DIRECTORY}/half.qcow2")]
    virsh = FakeVirsh(domains=domains, running=["lab-worker-0"], pools=[POOL], volumes=volumes)
    overlaid = f"{DIRECTORY}/image.qcow2 and a step's output: {DIRECTORY}/own.iso"
    known = state("pool-uuid", f"{DIRECTORY}/known.qcow2", "lab-worker-0-uuid", text=overlaid, domain="lab-worker-1")
    report = settled(virsh, known)
    assert [line for line in virsh.done if line.startswith("vol-")] == ["vol-delete half.qcow2 --pool lab-1"]
    assert "used.qcow2    left: a machine uses it" in report.text()


def test_pools_of_others_are_not_looked_into() -> None:
    pools = [Pool("lab-two-1", "u1", "/pools/lab-two-1", True), Pool("lab-1", "u2", "/elsewhere", True)]
    virsh = FakeVirsh(pools=pools, volumes=["precious.qcow2"])
    settled(virsh, state("other", pool="lab-1"))
    assert virsh.done == []


def test_a_pool_that_was_being_made_goes_and_nothing_that_lay_there_before() -> None:
    virsh = FakeVirsh(pools=[POOL], volumes=["precious.qcow2"])
    settled(virsh, state("other", pool="lab-1"))
    assert virsh.done == ["pool-destroy lab-1", "pool-delete lab-1", "pool-undefine lab-1"]
    unknown = FakeVirsh(pools=[POOL], volumes=["precious.qcow2"])
    assert "left: " in settled(unknown, state("other")).text()
    assert unknown.done == []


def test_a_network_that_was_being_made_goes_unless_a_machine_is_on_it() -> None:
    networks = [Network("lab-ocp", "u", "nat", "ocp-1", ()), Network("lab-osp", "v", "none", "osp-1", ())]
    virsh = FakeVirsh(networks=networks)
    settled(virsh, state("other", network="lab-ocp"))
    assert virsh.done == ["net-destroy lab-ocp", "net-undefine lab-ocp"]
    taken = FakeVirsh(networks=networks)
    taken.connections = "2"
    assert "a machine is on it" in settled(taken, state("other", network="lab-ocp")).text()
    assert taken.done == []


def test_a_dry_run_does_nothing_and_says_the_same() -> None:
    things: dict[str, Any] = {
        "domains": [machine("lab-master-0", f"{DIRECTORY}/root.qcow2")],
        "pools": [POOL],
        "volumes": ["root.qcow2"],
        "networks": [Network("lab-ocp", "u", "nat", "ocp-1", ())],
    }
    known = state("pool-uuid", domain="lab-master-0", network="lab-ocp")
    dry = FakeVirsh(**things)
    planned = settled(dry, known, dry=True)
    assert dry.done == []
    done = settled(FakeVirsh(**things), known)
    assert [(what, which, f"would be {how}") for what, which, how in done.rows] == planned.rows


def test_what_libvirt_refuses_is_left_with_its_reason_and_its_disks() -> None:
    domains, volumes = [machine("lab-master-0", f"{DIRECTORY}/root.qcow2")], ["root.qcow2"]
    virsh = FakeVirsh(domains=domains, pools=[POOL], volumes=volumes)
    virsh.refusals = ["cannot undefine domain"]
    report = settled(virsh, state("pool-uuid", domain="lab-master-0"))
    assert "lab-master-0  left: cannot undefine domain" in report.text()
    assert (virsh.done, report.failures) == ([], 1)


def test_what_libvirt_is_still_busy_with_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recovery.host.time.sleep", lambda _: None)
    virsh = FakeVirsh(pools=[POOL], volumes=["root.qcow2"])
    report = Report()
    host = Host(virsh, state("pool-uuid"), "lab", report)
    busy = "volume 'root.qcow2' is still being allocated."
    # pool-refresh is asked first.
    virsh.refusals = [busy, busy, "refreshed"]
    host.settle()
    assert virsh.done == ["vol-delete root.qcow2 --pool lab-1"]
    assert "root.qcow2  removed" in report.text()
