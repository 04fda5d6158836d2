"""Rule unique-macs."""

from __future__ import annotations

from policy.macs import violations
from policy.model import UNKNOWN
from tests.policy.things import domain

ONE, OTHER = "52:54:00:ab:cd:01", "52:54:00:ab:cd:02"


def test_machines_with_macs_of_their_own_are_fine() -> None:
    nics = [{"mac": ONE}, {"mac": OTHER}]
    assert not list(violations([domain("a", networkInterfaces=nics), domain("b")]))


def test_a_mac_on_two_machines_is_found_however_it_is_written() -> None:
    a, b = domain("a", networkInterfaces=[{"mac": ONE}]), domain("b", networkInterfaces=[{"mac": ONE.upper()}])
    [found] = violations([a, b])
    assert "a networkInterfaces[0], b networkInterfaces[0]" in found.message and ONE in found.message
    assert found.urn == b.urn
    assert list(violations([b, a])) == [found], "in whatever order they are asked for"
    [_] = violations([a, domain("c", networkInterfaces=[{"mac": ONE.replace(":", "-")}])])


def test_a_mac_twice_in_one_machine_is_found() -> None:
    [found] = violations([domain("a", networkInterfaces=[{"mac": ONE}, {"mac": ONE}])])
    assert "a networkInterfaces[0], a networkInterfaces[1]" in found.message


def test_what_is_not_known_or_left_to_libvirt_is_no_double() -> None:
    unknown = [{"mac": UNKNOWN}, {"mac": UNKNOWN}, {}, {"mac": ""}, {"mac": ""}]
    assert not list(violations([domain("a", networkInterfaces=unknown), domain("b", networkInterfaces=None)]))
