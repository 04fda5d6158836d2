"""A node's guest changes its network on request: all of it or nothing, and only for its own installation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from rehearsal.guest import agent_iso
from tests.standin.machine import (
    ADDRESS,
    GATEWAY,
    IDENTITY,
    MAC,
    Guest,
    agent_files,
    blank,
    booted,
    cdrom,
    disk,
    kernel,
    nic,
)

pytestmark = pytest.mark.rehearsal

SECOND_MAC = "52:54:00:00:00:04"
POLICY = """\
mtu ens4 1500
addresses ens4 192.168.131.30/24
up ens4
vlan internalapi 20 ens4
mtu internalapi 1450
addresses internalapi 172.17.0.30/24
up internalapi
route internalapi 10.50.0.0/16 172.17.0.1
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guest]:
    """One node with two NICs and two disks, for all tests of this module."""
    place = tmp_path_factory.mktemp("guest")
    agent_iso(place / "agent.iso", agent_files(MAC), kernel=kernel())
    disks = disk(blank(place / "a")) + disk(blank(place / "b"), slot=7)
    dump = ["-object", f"filter-dump,id=dump,netdev=n4,file={place / 'wire'}"]
    with booted(place, *disks, *nic(4, SECOND_MAC), *dump, *cdrom(place / "agent.iso")) as guest:
        guest.answer()
        guest.wire = place / "wire"
        yield guest


@pytest.fixture
def guest(running: Guest) -> Iterator[Guest]:
    """The node as it was installed: nothing but the machine network's address."""
    yield running
    status, said = running.change("removed internalapi\naddresses ens4\ndown ens4\nunresolved\n")
    assert status == 200, said


def nics(guest: Guest) -> dict[str, dict[str, Any]]:
    """The NICs as the guest tells everybody, by name."""
    return {entry["name"]: entry for entry in guest.answer()["nics"]}


def test_both_disks_are_counted(guest: Guest) -> None:
    """The second virtio disk is what LVMS is told to take."""
    assert guest.answer()["disks"] == ["/dev/vda", "/dev/vdb"]


def test_a_plan_is_applied_and_told_at_once(guest: Guest) -> None:
    """Addresses, a VLAN (whose module is only now loaded), its MTU, a route."""
    status, said = guest.change(POLICY)
    assert status == 200, said
    assert json.loads(said) == guest.answer()
    here = nics(guest)
    assert here["ens4"]["addresses"] == ["192.168.131.30/24"]
    assert here["ens4"]["up"] is True
    vlan = {"name": "internalapi", "mac": SECOND_MAC, "mtu": 1450, "addresses": ["172.17.0.30/24"], "up": True}
    assert here["internalapi"] == {**vlan, "vlan": {"id": 20, "parent": "ens4"}}
    assert {"to": "10.50.0.0/16", "via": "172.17.0.1", "device": "internalapi"} in guest.answer()["routes"]


def test_a_plan_may_be_repeated_and_changed(guest: Guest) -> None:
    """What is as wanted stays, what differs is made anew."""
    assert guest.change(POLICY)[0] == 200
    assert guest.change(POLICY)[0] == 200
    status, said = guest.change("vlan internalapi 21 ens4\naddresses internalapi 172.18.0.30/24 172.18.0.31/24\n")
    assert status == 200, said
    changed = nics(guest)["internalapi"]
    assert changed["vlan"] == {"id": 21, "parent": "ens4"}
    assert changed["addresses"] == ["172.18.0.30/24", "172.18.0.31/24"]


@pytest.mark.parametrize(
    ("plan", "reason"),
    [
        ("vlan storage 21 ens4\nremoved internalapi\nup ens9\n", "cannot do 'up ens9'"),
        ("vlan storage 21 ens4\nmtu storage 9000\n", "Numerical result out of range"),
        ("addresses ens4 192.168.131.31/24\nroute ens4 10.1.0.0/16 10.2.0.1\n", "Network is unreachable"),
        ("vlan a 30 ens4\naddresses ens3 10.0.2.99/24\n", f"would not be reached at its address {ADDRESS}"),
        ("addresses internalapi\nunrouted default\n", "default gateway (none) does not answer"),
        ("dns 192.0.2.1\nvlan internalapi 20\n", "cannot do 'vlan internalapi 20'"),
        ("dance ens4\n", "cannot do 'dance ens4'"),
    ],
)
def test_a_plan_that_fails_changes_nothing(guest: Guest, plan: str, reason: str) -> None:
    """Whatever it had done already is undone, also what it had taken away."""
    assert guest.change(POLICY)[0] == 200
    before = guest.answer()
    status, said = guest.change(plan)
    assert (status, reason in said) == (422, True), said
    # The published document is of before anyway: a change that alters nothing makes the guest look again.
    status, said = guest.change("up ens4\n")
    assert (status, json.loads(said)) == (200, before)


def test_a_default_gateway_that_does_not_answer_is_not_kept_and_was_asked_with_the_tag(guest: Guest) -> None:
    """On the wire the ARP request for the new gateway is an 802.1Q frame."""
    assert guest.change(POLICY)[0] == 200
    before = guest.answer()
    assert guest.wire is not None
    tag = b"\x81\x00" + (20).to_bytes(2, "big") + b"\x08\x06"
    assert tag not in guest.wire.read_bytes()
    status, said = guest.change("route internalapi default 172.17.0.1\n")
    assert (status, said.strip()) == (422, "the default gateway (172.17.0.1) does not answer any more")
    assert tag in guest.wire.read_bytes()
    assert json.loads(guest.change("up ens4\n")[1]) == before


def test_only_its_own_installation_may_change_it(guest: Guest) -> None:
    """An id of another installation, or none, is refused."""
    for identity in ("", IDENTITY[:-1], "22222222-2222-3333-4444-555555555555"):
        assert guest.change(POLICY, identity)[0] == 403
    assert "internalapi" not in nics(guest)


def test_name_servers_are_replaced(guest: Guest) -> None:
    """They are told to everybody."""
    assert guest.change(f"unresolved\ndns {GATEWAY}\nsearch lab.example.com\n")[0] == 200
    answer = guest.answer()
    assert (answer["resolvers"], answer["search"]) == ([GATEWAY], ["lab.example.com"])
