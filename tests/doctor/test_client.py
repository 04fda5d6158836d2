"""The client's tools and their versions."""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path

import pytest

from doctor import client
from doctor.finding import Verdict
from tests.doctor.fake_host import FakeHost, only, remote, subject, verdicts
from tests.lab import PULL_SECRET

PULUMI = metadata.version("pulumi")
PLUGINS = {sdk.removeprefix("pulumi-"): metadata.version(sdk) for sdk in client.SDKS}


def openshift(**changes: object) -> dict[str, object]:
    return {"pullSecret": PULL_SECRET, **changes}


def test_the_plugins_tools(host: FakeHost) -> None:
    found = {finding.check: finding for finding in client.basics(subject())}
    assert {check: finding.verdict for check, finding in found.items()} == {
        "virsh": Verdict.PASS,
        "xsltproc": Verdict.FAIL,
        "mkisofs": Verdict.FAIL,
    }
    assert "libxslt (RHEL)" in found["xsltproc"].remedy
    for tool in client.TOOLS:
        host.program(tool)
    assert verdicts(client.basics, subject()) == [Verdict.PASS] * 3


def test_ssh_is_needed_for_computes_and_for_a_remote_host(host: FakeHost) -> None:
    none = {"computes": {"count": 0}}
    assert verdicts(client.ssh, subject(topology=none)) == []
    assert verdicts(client.ssh, subject()) == verdicts(client.ssh, remote()) == [Verdict.FAIL]
    host.program("ssh")
    assert verdicts(client.ssh, subject()) == [Verdict.PASS]


@pytest.mark.parametrize(
    ("script", "verdict", "found"),
    [
        (None, Verdict.FAIL, "pulumi is not on PATH."),
        (f"echo v{PULUMI}", Verdict.PASS, f"pulumi is {PULUMI}."),
        ("echo v3.1.0", Verdict.FAIL, f"pulumi is 3.1.0; {PULUMI} is pinned."),
        ("echo broken >&2; exit 1", Verdict.FAIL, f"pulumi is broken; {PULUMI} is pinned."),
    ],
)
def test_pulumi_has_the_pinned_version(host: FakeHost, script: str | None, verdict: Verdict, found: str) -> None:
    if script:
        host.program("pulumi", script)
    finding = only(client.engine, subject())
    assert (finding.verdict, finding.found) == (verdict, found)


def listed(host: FakeHost, **versions: str) -> None:
    plugins = [{"name": name, "kind": "resource", "version": version} for name, version in versions.items()]
    host.program("pulumi", f"echo '{json.dumps(plugins)}'")


def test_every_plugin_has_the_version_of_its_sdk(host: FakeHost) -> None:
    listed(host, **PLUGINS)
    assert verdicts(client.plugins, subject()) == [Verdict.PASS] * 3


def test_a_plugin_of_another_version_is_none(host: FakeHost) -> None:
    listed(host, **{**PLUGINS, "libvirt": "0.4.0"})
    finding = next(client.plugins(subject()))
    assert finding.verdict is Verdict.FAIL
    assert finding.found == f"plugin libvirt {PLUGINS['libvirt']} is not installed, only 0.4.0."


def test_plugins_that_can_not_be_listed(host: FakeHost) -> None:
    host.program("pulumi", "echo 'error: no home' >&2; exit 1")
    assert only(client.plugins, subject()).found == "pulumi plugin ls: no home."


def test_the_installer(host: FakeHost) -> None:
    assert only(client.installer, subject()).field == "openshift.installer"
    assert verdicts(client.release, subject()) == []
    host.program("openshift-install", "echo openshift-install 4.18.9")
    assert verdicts(client.installer, subject()) == []
    assert only(client.release, subject()).verdict is Verdict.PASS
    finding = only(client.release, subject(openshift=openshift(version="4.18.1")))
    assert (finding.verdict, finding.field) == (Verdict.FAIL, "openshift.version")
    host.program("openshift-install", "exit 4")
    assert only(client.release, subject()).found == "openshift-install version failed: exit code 4."


def test_what_the_real_installer_starts_is_needed_unless_guests_are_stand_ins(host: FakeHost) -> None:
    miniature = subject(topology={"hardwareFloors": False})
    assert verdicts(client.installers_helpers, subject()) == [Verdict.FAIL] * 2
    assert verdicts(client.installers_helpers, miniature) == [Verdict.WARN] * 2
    host.program("oc")
    host.program("nmstatectl")
    assert verdicts(client.installers_helpers, subject()) == [Verdict.PASS] * 2


@pytest.mark.parametrize(
    ("told", "verdict"),
    [
        ("Client Version: 4.18.9", Verdict.PASS),
        ("Client Version: 4.17.0-rc.1", Verdict.PASS),
        ("Client Version: 4.16.30", Verdict.WARN),
        ("Client Version: v1.33.0", Verdict.WARN),
    ],
)
def test_the_client_that_makes_isos_for_workers(host: FakeHost, told: str, verdict: Verdict) -> None:
    host.program("oc", f"[ \"$*\" = 'version --client' ] && echo '{told}'")
    assert only(client.client, subject()).verdict is verdict


def test_no_client_makes_isos_for_a_cluster_of_before(host: FakeHost) -> None:
    host.program("oc", "echo 'Client Version: 4.18.9'")
    finding = only(client.client, subject(openshift=openshift(version="4.16")))
    assert finding.verdict is Verdict.WARN
    assert finding.found == "OpenShift 4.16 has no ISOs for workers that join, whatever the client."


def test_the_usual_installer_is_not_for_fips_mode(
    host: FakeHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flag = tmp_path / "fips_enabled"
    flag.write_text("1\n")
    monkeypatch.setattr(client, "FIPS", flag)
    assert verdicts(client.fips, subject(openshift=openshift(fips=True))) == [Verdict.PASS, Verdict.WARN]
    named = openshift(fips=True, installer="openshift-install-fips")
    assert verdicts(client.fips, subject(openshift=named)) == [Verdict.PASS]


def test_a_client_of_another_name_that_is_not_there(host: FakeHost) -> None:
    assert verdicts(client.client, subject()) == []  # that of the installer is missed already
    finding = only(client.client, subject(openshift=openshift(client="oc-4.18")))
    assert (finding.verdict, finding.field) == (Verdict.WARN, "openshift.client")
    assert only(client.client, subject(topology={"workers": {"count": 0}})).verdict is Verdict.SKIPPED
