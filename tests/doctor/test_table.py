"""All checks together: order, table, JSON, exit code."""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path

import pytest
import yaml

from doctor import __main__, client, surroundings, table, wires
from doctor import host as host_checks
from doctor.checks import examine
from doctor.finding import Finding, Topic, Verdict
from doctor.subject import Subject
from tests import existing
from tests.doctor.fake_host import FakeHost, subject
from tests.lab import raw

LONG = "A sentence that goes on. " * 10
COMMAND = "virsh -c qemu:///system 'destroy x' " * 8


def test_a_table_wraps_sentences_and_never_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    topic = Topic("disk speed", "hosts.pool")
    lines = table.text("lab", [topic.passes("Fine."), topic.fails(LONG.strip(), COMMAND)]).splitlines()
    assert lines[0].split()[:2] == ["VERDICT", "CHECK"]
    assert lines[1] == "pass     disk speed  Fine."
    assert lines[-1] == "Stack lab: 1 pass, 1 fail."
    remedy = next(line for line in lines[1:] if "->" in line)
    assert remedy.strip() == f"-> {COMMAND}".strip()
    assert all(len(line) <= 80 for line in lines if line is not remedy)


def test_json_has_every_finding_and_counts() -> None:
    findings = [Topic("a", "client").passes("Fine."), Topic("b", "host").warns("Hm.", "Look.")]
    document = json.loads(table.document("lab", findings))
    assert document["counts"] == {"pass": 1, "warn": 1, "fail": 0, "skipped": 0}
    assert document["findings"][1] == {
        "check": "b",
        "field": "host",
        "verdict": "warn",
        "found": "Hm.",
        "remedy": "Look.",
    }


def checked(findings: list[Finding]) -> dict[str, Verdict]:
    return {finding.check: finding.verdict for finding in findings}


def test_a_host_that_does_not_answer_leaves_the_rest_of_the_checks(host: FakeHost) -> None:
    host.program("virsh", "echo 'error: no route' >&2; exit 1")
    rows = checked(list(examine(subject())))
    assert rows["libvirt"] is Verdict.FAIL and rows["the host"] is Verdict.SKIPPED
    assert {"disk speed", "firewall", "DNS wildcard", "compute image"} <= rows.keys()
    assert "memory" not in rows


def test_a_host_that_answers_is_looked_at_and_one_part_that_does_not_is_a_row(host: FakeHost) -> None:
    rows = checked(list(examine(subject())))
    assert rows["libvirt"] is Verdict.PASS and rows["machine names"] is Verdict.PASS
    assert rows["memory"] is Verdict.SKIPPED  # the fake knows no nodememstats


def test_a_lab_that_stands_has_a_row_for_its_masters(host: FakeHost) -> None:
    assert "masters" not in checked(list(examine(subject())))
    host.domain("lab-master-0")
    assert checked(list(examine(subject())))["masters"] is Verdict.PASS
    host.answer("list --name", "")
    assert checked(list(examine(subject())))["masters"] is Verdict.WARN


def test_a_cluster_that_is_there_needs_no_installer(host: FakeHost) -> None:
    rows = checked(list(examine(subject())))
    wanted = {"openshift-install", "nmstatectl", "pull secret", "DNS wildcard"}
    assert wanted <= rows.keys()
    assert not wanted & checked(list(examine(Subject.of(existing.settings())))).keys()


def complete(host: FakeHost, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that the small lab needs, and its file."""
    plugins = [
        {"name": sdk.removeprefix("pulumi-"), "kind": "resource", "version": metadata.version(sdk)}
        for sdk in client.SDKS
    ]
    host.program(
        "pulumi",
        f"case $1 in version) echo v{metadata.version('pulumi')};; plugin) echo '{json.dumps(plugins)}';; "
        "*) echo \"error: no stack named 'lab' found\" >&2; exit 255;; esac",
    )
    for tool in (*client.TOOLS, "ssh", "nmstatectl"):
        if tool != "virsh":
            host.program(tool)
    host.program("openshift-install", "echo openshift-install 4.18.9")
    host.program("oc", "echo Client Version: 4.18.9")
    host.program("getent", "exit 2")
    host.answer(
        "domcapabilities --virttype kvm --machine pc",
        "<domainCapabilities><cpu><mode name='host-passthrough' supported='yes'/></cpu></domainCapabilities>",
    )
    host.answer("nodememstats", "total: 500000000 KiB\nfree: 500000000 KiB\n")
    host.answer("nodeinfo", "CPU(s): 64\n")
    run, modules = directory / "run", directory / "modules"
    run.mkdir()
    (run / "libvirt-sock").touch()
    (modules / "kvm_amd" / "parameters").mkdir(parents=True)
    (modules / "kvm_amd" / "parameters" / "nested").write_text("1")
    monkeypatch.setattr(host_checks, "RUN", run)
    monkeypatch.setattr(host_checks, "MODULES", modules)
    monkeypatch.setattr(wires, "ROUTES", directory / "route")
    monkeypatch.setattr(surroundings, "largest_error", lambda: 0)
    image = directory / "compute.qcow2"
    image.write_bytes(b"QFI\xfb" + bytes(100))
    here = {"uri": "qemu:///system", "pool": str(directory / "pool"), "imageCache": str(directory), "overcommit": True}
    # A disk of this machine may be slow, and know no writes that go round the page cache.
    settings = raw(hosts={"main": {**here, "diskCache": "unsafe"}})
    file = {"config": {f"rhoso-lab:{key}": value for key, value in settings.items()}}
    (directory / "Pulumi.lab.yaml").write_text(yaml.safe_dump(file))
    monkeypatch.chdir(directory)


def test_a_complete_host_is_left_with_0(
    host: FakeHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    complete(host, tmp_path, monkeypatch)
    before = sorted(tmp_path.rglob("*"))
    code = __main__.main(["--stack", "lab"])
    printed = capsys.readouterr().out
    assert code == 0, printed
    assert " fail" not in printed.splitlines()[-1]
    assert sorted(tmp_path.rglob("*")) == before


def test_anything_that_fails_is_left_with_1(
    host: FakeHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    complete(host, tmp_path, monkeypatch)
    host.domain("lab-master-0", mark="somebody's")
    assert __main__.main(["--stack", "lab", "--format", "json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["stack"] == "lab" and document["counts"]["fail"] == 1
    [failed] = [finding for finding in document["findings"] if finding["verdict"] == "fail"]
    assert failed["check"] == "machine names"


def test_settings_that_are_wrong_come_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert __main__.main(["--stack", "lab"]) == 1
    assert "There is no Pulumi.lab.yaml here" in capsys.readouterr().err
    (tmp_path / "Pulumi.lab.yaml").write_text("config: {}\n")
    assert __main__.main(["--stack", "lab"]) == 1
    assert "domain is missing" in capsys.readouterr().err
