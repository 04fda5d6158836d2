"""What a broken configuration is told: the right field, the value, and what to do about it."""

from __future__ import annotations

import copy
import traceback
from typing import Any

import pytest

from settings import Problem, SettingsError, parse

PULL_SECRET = '{"auths": {"registry.example.com": {"auth": "dXNlcjpwYXNz"}}}'
MISSING: Any = object()


def configuration(changes: dict[str, Any]) -> dict[str, Any]:
    """The smallest good configuration with values changed at dotted paths; MISSING takes one away."""
    raw: dict[str, Any] = {
        "domain": "example.com",
        "secret": "0123456789abcdef" * 2,
        "hosts": {"main": {"uri": "qemu:///system"}},
        "openshift": {"pullSecret": PULL_SECRET},
    }
    for path, value in changes.items():
        *sections, key = path.split(".")
        here = raw
        for section in sections:
            here = here.setdefault(section, {})
        if value is MISSING:
            del here[key]
        else:
            here[key] = copy.deepcopy(value)
    return raw


def problems_of(changes: dict[str, Any], stack: str = "lab") -> list[Problem]:
    with pytest.raises(SettingsError) as caught:
        parse(stack, configuration(changes))
    return caught.value.problems


BROKEN: list[tuple[str, dict[str, Any], str, str, str]] = [
    # what is wrong, changes, field, words of the rule, words of the remedy
    ("unknown key", {"domian": "x"}, "domian", "not a setting", "Did you mean domain?"),
    ("snake case", {"topology.workers.memory_mib": 1}, "topology.workers.memory_mib", "not a", "workers.memoryMib?"),
    ("key of a section", {"pullSecret": "x"}, "pullSecret", "not a setting", "Did you mean openshift.pullSecret?"),
    ("key like no other", {"networks.lan": {}}, "networks.lan", "not a setting", "machine, ctlplane, internalapi"),
    ("the stack as a key", {"stack": "lab"}, "stack", "not a setting", "pulumi stack select"),
    ("no domain", {"domain": MISSING}, "domain", "missing", "pulumi config set rhoso-lab:domain example.com"),
    ("no secret", {"secret": MISSING}, "secret", "missing", "pulumi config set --secret rhoso-lab:secret"),
    ("no host", {"hosts": MISSING}, "hosts", "missing", "--path rhoso-lab:hosts.main.uri qemu:///system"),
    ("no URI", {"hosts.main": {}}, "hosts.main.uri", "missing", "--path rhoso-lab:hosts.main.uri qemu:///system"),
    ("no pull secret", {"openshift": MISSING}, "openshift.pullSecret", "missing", "--secret --path"),
    ("two hosts", {"hosts.other": {"uri": "qemu:///system"}}, "hosts", "exactly one", "the one KVM host"),
    ("remote host", {"hosts.main.uri": "qemu+ssh://kvm/system"}, "hosts.main.uri", "NAT", "Run the program on that"),
    ("session libvirt", {"hosts.main.uri": "qemu:///session"}, "hosts.main.uri", "system", "qemu:///system"),
    ("relative pool", {"hosts.main.pool": "labs"}, "hosts.main.pool", "absolute path", "Start it with '/'"),
    ("pool with dots", {"hosts.main.pool": "/srv/../etc"}, "hosts.main.pool", "absolute path", "'..'"),
    ("CPU of no host", {"hosts.main.domainType": "qemu"}, "hosts.main.cpuMode", "virtualisation", "maximum"),
    ("machine type", {"hosts.main.machine": "q35"}, "hosts.main.machine", "not one of", "Use pc."),
    ("short secret", {"secret": "hunter2"}, "secret", "has 7 characters", "openssl rand -hex 32"),
    ("pull secret, no JSON", {"openshift.pullSecret": "x"}, "openshift.pullSecret", "JSON", "unchanged"),
    ("pull secret, bare", {"openshift.pullSecret": '{"auths": {}}'}, "openshift.pullSecret", "auths", "unchanged"),
    (
        "pull secret, no credential",
        {"openshift.pullSecret": '{"auths": {"r": {"email": "me"}}}'},
        "openshift.pullSecret",
        "credsStore",
        "unchanged",
    ),
    ("unsupported version", {"openshift.version": "4.17"}, "openshift.version", "RHOSO 18", "4.16, 4.18, 4.20"),
    ("version as a number", {"openshift.version": 4.18}, "openshift.version", "not text", 'like "4.18"'),
    ("key of no type", {"openshift.sshKeys": ["AAAA"]}, "openshift.sshKeys[0]", "public key", ".pub"),
    ("no list", {"openshift.ntp": "pool.example.com"}, "openshift.ntp", "not a list", "openshift.ntp[0]"),
    ("bad time server", {"openshift.ntp": ["a b"]}, "openshift.ntp[0]", "DNS name", "ntp.example.com"),
    ("cluster with a dot", {"name": "lab.one"}, "name", "one DNS label", "lab-2"),
    ("cluster name too long", {"name": "n" * 55}, "name", "54 is the most", "shorter"),
    ("domain in capitals", {"domain": "Example.com"}, "domain", "lower-case", "example.com"),
    ("host names too long", {"domain": "d" * 50 + ".example.com"}, "domain", "63 is the most", "by 13"),
    ("2 masters", {"topology.masters.count": 2}, "topology.masters.count", "3 to 5", "from 3 to 5"),
    ("more workers than addresses", {"topology.workers.count": 21}, "topology.workers.count", "addresses", "to 20"),
    ("a count in words", {"topology.computes.count": "two"}, "topology.computes.count", "whole number", "0 to 151"),
    ("yes for a count", {"topology.workers.count": True}, "topology.workers.count", "whole number", "1 to 20"),
    ("half a worker", {"topology.workers.count": 2.5}, "topology.workers.count", "whole number", "1 to 20"),
    ("small master", {"topology.masters.vcpus": 2}, "topology.masters.vcpus", "less than the 4", "hardwareFloors"),
    ("small worker", {"topology.workers.memoryMib": 8192}, "topology.workers.memoryMib", "16384 MiB", "16384 or more"),
    ("small disk", {"topology.workers.diskGb": 93}, "topology.workers.diskGb", "100 GB", "Raise it to 100"),
    (
        "neither yes nor no",
        {"topology.hardwareFloors": "maybe"},
        "topology.hardwareFloors",
        "true nor",
        "true or false",
    ),
    ("a section as text", {"topology": "large"}, "topology", "not a section", "topology.masters"),
    ("no CIDR", {"networks.machine.cidr": "10.1.0.0"}, "networks.machine.cidr", "CIDR", "192.168.130.0/24"),
    ("host bits", {"networks.machine.cidr": "10.1.0.1/24"}, "networks.machine.cidr", "bits", "10.1.0.0/24"),
    ("too few addresses", {"networks.storage.cidr": "10.1.0.0/25"}, "networks.storage.cidr", "too few", "/16 to /24"),
    ("too many addresses", {"networks.storage.cidr": "11.0.0.0/8"}, "networks.storage.cidr", "larger", "/16 to /24"),
    ("multicast", {"networks.external.cidr": "224.1.0.0/24"}, "networks.external.cidr", "machines", "private range"),
    (
        "overlap",
        {"networks.storage.cidr": "172.17.0.0/16"},
        "networks.storage.cidr",
        "overlaps networks.internalapi.cidr 172.17.0.0/24",
        "another range",
    ),
    ("pod network", {"networks.external.cidr": "10.129.0.0/24"}, "networks.external.cidr", "pods", "another range"),
    ("services", {"networks.external.cidr": "172.30.9.0/24"}, "networks.external.cidr", "services", "another range"),
    ("libvirt's own", {"networks.ctlplane.cidr": "192.168.122.0/24"}, "networks.ctlplane.cidr", "libvirt", "another"),
    ("VLAN 0", {"networks.tenant.vlan": 0}, "networks.tenant.vlan", "12 bits", "1 to 4094"),
    ("one VLAN twice", {"networks.tenant.vlan": 20}, "networks.tenant.vlan", "networks.internalapi.vlan", "another id"),
    (
        "VLAN wider than its wire",
        {"networks.storage.mtu": 9000},
        "networks.storage.mtu",
        "its wire",
        "Lower it to 1500",
    ),
    ("no wait at all", {"timeouts.api": 0}, "timeouts.api", "a second to a day", "from 1"),
    ("generation 0", {"generation": 0}, "generation", "counted from 1", "from 1"),
    ("other namespace", {"openstack.namespace": "mine"}, "openstack.namespace", "not one of", "Use openstack."),
    ("image by name", {"compute.image": "rhel.qcow2"}, "compute.image", "absolute path", "Start it with '/'"),
]


@pytest.mark.parametrize(
    ("changes", "field", "rule", "remedy"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN]
)
def test_a_broken_configuration_is_told_field_and_remedy(
    changes: dict[str, Any], field: str, rule: str, remedy: str
) -> None:
    [problem] = problems_of(changes)

    assert problem.field == field
    assert rule in problem.rule
    assert remedy in problem.remedy


def test_four_masters_need_a_release_that_can_install_them() -> None:
    [problem] = problems_of({"topology.masters.count": 4, "openshift.version": "4.16"})

    assert problem.field == "topology.masters.count"
    assert "raise openshift.version" in problem.remedy


def test_all_problems_are_reported_together() -> None:
    together: dict[str, Any] = {
        "nmae": "lab",
        "domain": MISSING,
        "openshift.version": "4.17",
        "topology.workers.memoryMib": 4096,
        "networks.storage.cidr": "172.17.0.0/16",
        "networks.tenant.vlan": 21,
    }

    with pytest.raises(SettingsError) as caught:
        parse("lab", configuration(together))

    fields = [problem.field for problem in caught.value.problems]
    assert sorted(fields) == sorted(together), "fields' own problems and those of the whole lab belong in one report"
    report = str(caught.value)
    assert report.splitlines()[0] == "The settings of stack lab have 6 problems; nothing was created:"
    assert all(str(problem) in report for problem in caught.value.problems)
    assert (
        "networks.storage.cidr: 172.17.0.0/16 overlaps networks.internalapi.cidr 172.17.0.0/24; "
        "networks must be disjoint. Give it another range."
    ) in report


def test_an_empty_configuration_is_told_everything_it_lacks() -> None:
    with pytest.raises(SettingsError) as caught:
        parse("lab", {})

    assert [problem.field for problem in caught.value.problems] == ["domain", "secret", "hosts", "openshift.pullSecret"]


def test_nothing_is_concluded_from_a_field_that_is_wrong_itself() -> None:
    problems = problems_of({"networks.internalapi.cidr": "10.5.0.1/24", "networks.storage.cidr": "172.17.0.0/24"})

    assert [problem.field for problem in problems] == ["networks.internalapi.cidr"], (
        "the storage network overlaps only the internal API's default, which the user replaced"
    )


def test_the_whole_lab_is_judged_although_every_section_has_a_wrong_key() -> None:
    fields = {
        problem.field
        for problem in problems_of(
            {
                "uri": "x",
                "pullSecret": "x",
                "hosts.main.ur": "x",
                "openshift.pull": "x",
                "networks.machine.cdr": "x",
                "topology.size": "x",
                "networks.tenant.vlan": 21,
            }
        )
    }

    assert "networks.tenant.vlan" in fields


def test_a_stack_whose_name_is_no_cluster_name_is_told_to_give_one() -> None:
    [problem] = problems_of({}, stack="My_Lab")

    assert (problem.field, problem.value) == ("name", "My_Lab")
    assert "pulumi config set rhoso-lab:name lab" in problem.remedy


def test_an_overlong_value_is_cut_short_in_the_report() -> None:
    [problem] = problems_of({"name": "n" * 500})

    assert problem.value is not None
    assert len(problem.value) < 100


CANARY = "c4nary"


@pytest.mark.parametrize(
    "changes",
    [
        {"secret": CANARY},
        {"secret": [CANARY]},
        {"secert": CANARY * 8, "secret": MISSING},
        {"openshift.pullSecret": CANARY},
        {"openshift.pullSecret": {"auths": {"r": {"auth": CANARY}}}},
        {"openshift.pullSecret": f'{{"auths": {{"r": {{"password": "{CANARY}"}}}}}}'},
        {"openshift": f"pullSecret={CANARY}"},
        {"openshift.sshKeys": [f"-----BEGIN OPENSSH PRIVATE KEY-----\n{CANARY}"]},
        {"hosts.main.password": CANARY},
        {"hosts.main.uri": f"qemu+tcp://root:{CANARY}@kvm/system"},
        {"hosts.main.uri": f"http://root:{CANARY}@kvm/"},
        {"secret": CANARY * 8, "openshift.version": "4.17"},
    ],
    ids=lambda changes: " and ".join(changes),
)
def test_a_secret_never_reaches_the_report(changes: dict[str, Any]) -> None:
    with pytest.raises(SettingsError) as caught:
        parse("lab", configuration(changes))

    told = [str(caught.value), repr(caught.value), "".join(traceback.format_exception(caught.value))]
    assert not [text for text in told if CANARY in text]


def test_a_secret_never_shows_in_the_settings_themselves() -> None:
    settings = parse("lab", configuration({"secret": CANARY * 8}))

    assert CANARY not in repr(settings)
    assert CANARY not in str(settings)
    assert CANARY not in settings.model_dump_json()
