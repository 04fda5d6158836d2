"""The KVM host: sockets, virtualisation, nesting, memory, CPUs."""

from __future__ import annotations

from pathlib import Path

import pytest

from doctor import commands
from doctor import host as checks
from doctor.finding import Verdict
from doctor.subject import Subject
from doctor.virsh import Unanswered
from tests import existing
from tests.doctor.fake_host import FakeHost, on, only, remote, subject, verdicts

KVM = "domcapabilities --virttype kvm --machine pc"


def capabilities(supported: str = "yes", feature: str = "") -> str:
    return (
        f"<domainCapabilities><cpu><mode name='host-passthrough' supported='{supported}'/>"
        f"<mode name='host-model' supported='yes'>{feature}</mode></cpu></domainCapabilities>"
    )


def test_libvirt_answers_with_each_of_its_daemons(host: FakeHost) -> None:
    assert only(checks.answers, subject()).verdict is Verdict.PASS
    # virsh itself ends well: the last of the three commands did.
    (host.answers / "net-list_--name").unlink()
    finding = only(checks.answers, subject())
    assert finding.verdict is Verdict.FAIL and "no answer to net-list" in finding.found


def test_libvirt_that_never_answers(host: FakeHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "SECONDS", 0.2)
    host.program("virsh", "exec sleep 60")
    assert "didn't answer in time" in only(checks.answers, subject()).found


def test_a_lab_at_rest_is_told_with_what_brings_it_back(host: FakeHost) -> None:
    assert verdicts(checks.resting, subject()) == [], "there is no lab yet"
    for number in range(3):
        host.domain(f"lab-master-{number}")
    host.domain("lab-worker-0")
    assert only(checks.resting, subject()).found == "3 of 3 are on."
    host.answer("list --name", "lab-worker-0\nlab-master-2\n")
    assert only(checks.resting, subject()).verdict is Verdict.PASS, "one that is off is no rest"
    host.answer("list --name", "lab-worker-0\n")
    finding = only(checks.resting, subject())
    assert finding.verdict is Verdict.WARN
    assert finding.found.startswith("lab-master-0, lab-master-1, lab-master-2 are all off")
    assert finding.remedy == "Bring the lab back first: make start STACK=lab"


def test_the_masters_of_somebody_elses_cluster_are_not_looked_at(host: FakeHost) -> None:
    host.domain("lab-master-0")
    host.answer("list --name", "")
    shared = Subject.of(existing.settings())
    assert verdicts(checks.resting, shared) == []


@pytest.mark.parametrize(
    ("there", "verdict", "words"),
    [
        (["libvirt-sock"], Verdict.PASS, "libvirtd's"),
        (["virtqemud-sock", "virtnetworkd-sock", "virtstoraged-sock", "libvirt-sock"], Verdict.PASS, "virtproxyd's"),
        (["virtqemud-sock", "virtnetworkd-sock", "virtstoraged-sock"], Verdict.FAIL, "virtproxyd.socket"),
        (["virtqemud-sock", "libvirt-sock"], Verdict.FAIL, "virtnetworkd.socket virtstoraged.socket"),
        ([], Verdict.FAIL, "virtqemud.socket"),
    ],
)
def test_sockets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: list[str], verdict: Verdict, words: str
) -> None:
    monkeypatch.setattr(checks, "RUN", tmp_path)
    for name in there:
        (tmp_path / name).touch()
    finding = only(checks.sockets, subject())
    assert finding.verdict is verdict
    assert words in finding.found + finding.remedy


def test_sockets_of_a_remote_host_are_not_looked_at() -> None:
    assert only(checks.sockets, remote()).verdict is Verdict.SKIPPED


def test_virtualisation(host: FakeHost) -> None:
    finding = only(checks.virtualisation, subject())
    assert (finding.verdict, finding.field) == (Verdict.FAIL, "hosts.domainType")
    host.answer(KVM, capabilities("no"))
    finding = only(checks.virtualisation, subject())
    assert (finding.verdict, finding.field) == (Verdict.FAIL, "hosts.cpuMode")
    host.answer(KVM, capabilities())
    assert only(checks.virtualisation, subject()).verdict is Verdict.PASS


def test_emulation_needs_its_own_capabilities(host: FakeHost) -> None:
    emulated = {"domainType": "qemu", "cpuMode": None}
    host.answer(KVM, capabilities())
    assert "QEMU's system emulation" in only(checks.virtualisation, on(**emulated)).remedy
    host.answer("domcapabilities --virttype qemu --machine pc", capabilities("no"))
    assert only(checks.virtualisation, on(**emulated)).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("module", "flag", "verdict"),
    [
        ("kvm_intel", "Y", Verdict.PASS),
        ("kvm_amd", "1", Verdict.PASS),
        ("kvm_intel", "N", Verdict.FAIL),
        ("other", "Y", Verdict.FAIL),
    ],
)
def test_nesting_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, flag: str, verdict: Verdict
) -> None:
    monkeypatch.setattr(checks, "MODULES", tmp_path)
    parameters = tmp_path / module / "parameters"
    parameters.mkdir(parents=True)
    (parameters / "nested").write_text(f"{flag}\n")
    assert only(checks.nesting, subject()).verdict is verdict


@pytest.mark.parametrize(
    ("feature", "verdict"),
    [
        ("<feature policy='require' name='vmx'/>", Verdict.PASS),
        ("<feature policy='require' name='svm'/>", Verdict.PASS),
        ("<feature policy='disable' name='svm'/>", Verdict.FAIL),
        ("<feature policy='require' name='aes'/>", Verdict.WARN),
    ],
)
def test_nesting_there(host: FakeHost, feature: str, verdict: Verdict) -> None:
    host.answer(KVM, capabilities(feature=feature))
    assert only(checks.nesting, remote()).verdict is verdict


def test_nesting_is_not_needed_without_acceleration_or_computes() -> None:
    assert only(checks.nesting, on(domainType="qemu", cpuMode=None)).verdict is Verdict.SKIPPED
    assert only(checks.nesting, subject(topology={"computes": {"count": 0}})).verdict is Verdict.SKIPPED


def memory(host: FakeHost, total_mib: int, free_mib: int) -> None:
    halves = free_mib * 1024 // 2
    host.answer(
        "nodememstats",
        f"total  : {total_mib * 1024} KiB\nfree   : {halves} KiB\nbuffers: 0 KiB\ncached : {halves} KiB\n",
    )


def test_memory(host: FakeHost) -> None:
    # 13 machines of 24 GiB and two of 32.
    memory(host, 400000, 390000)
    assert only(checks.memory, subject()).verdict is Verdict.PASS
    memory(host, 400000, 380000)
    assert only(checks.memory, subject()).verdict is Verdict.WARN
    memory(host, 300000, 290000)
    finding = only(checks.memory, subject())
    assert finding.verdict is Verdict.FAIL and "385024 MiB" in finding.found
    assert only(checks.memory, on(overcommit=True)).verdict is Verdict.WARN


def test_memory_of_machines_that_are_there_is_theirs_already(host: FakeHost) -> None:
    memory(host, 400000, 370000)
    assert only(checks.memory, subject()).verdict is Verdict.WARN
    host.domain("lab-compute-0")
    assert only(checks.memory, subject()).verdict is Verdict.PASS


def test_cpus(host: FakeHost) -> None:
    host.answer("nodeinfo", "CPU model:           x86_64\nCPU(s):              32\n")
    assert only(checks.cpus, subject()).verdict is Verdict.PASS
    host.answer("nodeinfo", "CPU(s):              8\n")
    assert only(checks.cpus, subject()).verdict is Verdict.WARN
    host.answer("nodeinfo", "CPU(s):              4\n")
    assert only(checks.cpus, subject()).verdict is Verdict.FAIL
    assert only(checks.cpus, on(overcommit=True)).verdict is Verdict.WARN


def test_figures_that_libvirt_does_not_give(host: FakeHost) -> None:
    with pytest.raises(Unanswered, match="no answer to nodeinfo"):
        verdicts(checks.cpus, subject())
