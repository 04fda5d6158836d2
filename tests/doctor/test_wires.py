"""Bridges that are to be there, and ranges that are not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from doctor import wires
from doctor.finding import Verdict
from doctor.subject import Subject
from tests.doctor.fake_host import BRIDGE, FakeHost, only, remote, subject, verdicts

HEADER = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"


def route(interface: str, destination: str, mask: str) -> str:
    def word(address: str) -> str:
        return "".join(f"{int(part):02X}" for part in reversed(address.split(".")))

    return f"{interface}\t{word(destination)}\t00000000\t0001\t0\t0\t0\t{word(mask)}\t0\t0\t0\n"


@pytest.fixture
def routes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "route"
    path.write_text(HEADER + route("eth0", "0.0.0.0", "0.0.0.0"))
    monkeypatch.setattr(wires, "ROUTES", path)
    return path


def add(routes: Path, *lines: str) -> None:
    routes.write_text(routes.read_text() + "".join(lines))


def bridged(**more: Any) -> Subject:
    return subject(networks={"ctlplane": {"mode": "bridge", "bridge": "br7", "mtu": 9000}, **more})


def test_an_existing_bridge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wires, "INTERFACES", tmp_path)
    assert only(wires.existing_bridges, subject()).verdict is Verdict.SKIPPED
    assert "no interface br7" in only(wires.existing_bridges, bridged()).found
    (tmp_path / "br7").mkdir()
    (tmp_path / "br7" / "mtu").write_text("1500\n")
    assert "no bridge" in only(wires.existing_bridges, bridged()).found
    (tmp_path / "br7" / "bridge").mkdir()
    finding = only(wires.existing_bridges, bridged())
    assert finding.verdict is Verdict.FAIL and "1500 bytes, and 9000 are planned" in finding.found
    (tmp_path / "br7" / "mtu").write_text("9000\n")
    assert only(wires.existing_bridges, bridged()).verdict is Verdict.PASS
    (tmp_path / "br7" / "bridge" / "vlan_filtering").write_text("1\n")
    finding = only(wires.existing_bridges, bridged())
    assert finding.verdict is Verdict.FAIL
    assert "filters VLANs, and the machines' NICs on it carry 20, 21, 22" in finding.found
    (tmp_path / "br7" / "bridge" / "vlan_filtering").write_text("0\n")
    assert only(wires.existing_bridges, bridged()).verdict is Verdict.PASS


def test_an_existing_bridge_of_a_remote_host(host: FakeHost) -> None:
    there = remote(ctlplane={"mode": "bridge", "bridge": "br7"})
    assert only(wires.existing_bridges, there).verdict is Verdict.SKIPPED
    host.answer("iface-list --all", " eth0   active   52:54:00:00:00:01\n")
    assert only(wires.existing_bridges, there).verdict is Verdict.FAIL
    host.answer("iface-list --all", " br7    active   52:54:00:00:00:02\n")
    assert only(wires.existing_bridges, there).verdict is Verdict.PASS


def test_ranges_that_are_free(host: FakeHost, routes: Path) -> None:
    add(routes, route("eth0", "192.168.1.0", "255.255.255.0"))
    host.network("default", bridge="virbr0", address="192.168.122.1")
    assert only(wires.ranges, subject()).verdict is Verdict.PASS


def test_a_range_that_the_host_has_a_route_to(host: FakeHost, routes: Path) -> None:
    add(routes, route("eth0", "192.168.0.0", "255.255.0.0"))
    found = list(wires.ranges(subject()))
    assert [finding.verdict for finding in found] == [Verdict.FAIL] * 2
    assert "networks.machine.cidr 192.168.130.0/24 overlaps 192.168.0.0/16, which is routed to eth0" in found[0].found


def test_what_only_machines_see_may_be_the_hosts_too(host: FakeHost, routes: Path) -> None:
    add(routes, route("docker0", "172.17.0.0", "255.255.0.0"), route("eth0", "10.129.0.0", "255.255.0.0"))
    assert verdicts(wires.ranges, subject()) == [Verdict.WARN] * 2


def test_a_range_of_another_libvirt_network(host: FakeHost, routes: Path) -> None:
    host.network("other-ocp", bridge="virbr9")
    finding = only(wires.ranges, subject())
    assert finding.verdict is Verdict.FAIL and "libvirt's network other-ocp" in finding.found


def test_the_stacks_own_networks_are_not_in_their_own_way(host: FakeHost, routes: Path) -> None:
    host.network("lab-ocp")
    add(routes, route(BRIDGE, "192.168.130.0", "255.255.255.0"))
    assert only(wires.ranges, subject()).verdict is Verdict.PASS


def test_the_range_of_an_existing_bridge_is_the_hosts_too(host: FakeHost, routes: Path) -> None:
    add(routes, route("br7", "192.168.131.0", "255.255.255.0"))
    assert only(wires.ranges, bridged()).verdict is Verdict.PASS


def test_routes_of_this_machine_say_nothing_of_a_remote_host(host: FakeHost, routes: Path) -> None:
    add(routes, route("eth0", "192.168.0.0", "255.255.0.0"))
    assert only(wires.ranges, remote()).verdict is Verdict.PASS
