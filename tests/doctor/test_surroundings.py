"""DNS, time and firewall."""

from __future__ import annotations

import pytest

from doctor import surroundings
from doctor.finding import Verdict
from tests.doctor.fake_host import FakeHost, only, remote, subject
from tests.lab import PULL_SECRET

FROM_THE_HOST = {"pullSecret": PULL_SECRET, "ntp": ["192.168.130.1"]}
"""The machines' time server is the KVM host."""
NAME = "validateNoWildcardDNS.lab.example.com"


@pytest.mark.parametrize(
    ("script", "verdict"),
    [
        (f"[ \"$*\" = 'ahosts {NAME}' ] && exit 2", Verdict.PASS),
        (f"[ \"$*\" = 'ahosts {NAME}' ] && echo '192.0.2.1 STREAM {NAME}'", Verdict.FAIL),
        ("exit 3", Verdict.WARN),
        (None, Verdict.SKIPPED),
    ],
)
def test_a_wildcard(host: FakeHost, script: str | None, verdict: Verdict) -> None:
    if script:
        host.program("getent", script)
    finding = only(surroundings.wildcard, subject())
    assert finding.verdict is verdict
    assert ("192.0.2.1" in finding.found) is (verdict is Verdict.FAIL)


def test_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surroundings, "largest_error", lambda: 20_000)
    assert only(surroundings.clock, subject()).verdict is Verdict.PASS
    monkeypatch.setattr(surroundings, "largest_error", lambda: surroundings.SYNCHRONISED_US)
    assert only(surroundings.clock, subject()).verdict is Verdict.WARN
    finding = only(surroundings.clock, subject(openshift=FROM_THE_HOST))
    assert (finding.verdict, finding.field) == (Verdict.FAIL, "openshift.ntp")
    assert only(surroundings.clock, remote()).verdict is Verdict.SKIPPED


def test_the_kernel_tells_how_far_its_clock_may_be_off() -> None:
    assert 0 < surroundings.largest_error() <= surroundings.SYNCHRONISED_US * 2


def firewalld(host: FakeHost, *services: str, zones: str = "libvirt public") -> None:
    allowed = " ".join(f"--query-service={service}) echo yes;;" for service in services)
    host.program(
        "firewall-cmd",
        f'for last; do :; done; echo "$*" >> {host.answers}/firewall\n'
        f'case "$last" in --state) echo running;; --get-zones) echo {zones};; {allowed} *) echo no; exit 1;; esac',
    )


def test_no_firewall(host: FakeHost) -> None:
    assert only(surroundings.firewall, subject()).verdict is Verdict.PASS
    host.program("firewall-cmd", "echo 'not running' >&2; exit 252")
    assert only(surroundings.firewall, subject()).verdict is Verdict.PASS
    assert only(surroundings.firewall, remote()).verdict is Verdict.SKIPPED


def test_a_firewall_that_lets_machines_ask_for_what_they_need(host: FakeHost) -> None:
    firewalld(host, "dns")
    assert only(surroundings.firewall, subject()).verdict is Verdict.PASS
    finding = only(surroundings.firewall, subject(openshift=FROM_THE_HOST))
    assert finding.verdict is Verdict.FAIL and "refuses ntp" in finding.found
    assert "--zone=libvirt --add-service=ntp &&" in finding.remedy
    firewalld(host, "dns", "ntp")
    assert only(surroundings.firewall, subject(openshift=FROM_THE_HOST)).verdict is Verdict.PASS


def test_routed_networks_have_a_zone_of_their_own_where_libvirt_knows_one(host: FakeHost) -> None:
    routed = subject(networks={"machine": {"mode": "route"}})
    firewalld(host, "dns")
    assert "zone libvirt lets" in only(surroundings.firewall, routed).found
    firewalld(host, "dns", zones="libvirt libvirt-routed")
    assert "zone libvirt-routed lets" in only(surroundings.firewall, routed).found
    assert "--zone=libvirt-routed" in (host.answers / "firewall").read_text()


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ("Authorization failed.", Verdict.SKIPPED),
        ("Error: INVALID_ZONE: libvirt", Verdict.FAIL),
    ],
)
def test_a_firewall_that_does_not_answer_the_question(host: FakeHost, said: str, verdict: Verdict) -> None:
    host.program("firewall-cmd", f"[ \"$*\" = --state ] && echo running && exit; echo '{said}' >&2; exit 1")
    assert only(surroundings.firewall, subject()).verdict is verdict
