"""What a broken configuration is told: the right field, the value, and what to do about it."""

from __future__ import annotations

import datetime
import traceback
from typing import Any

import pytest

from settings import SettingsError, parse
from tests.lab import MISSING, certificate, configuration, problems_of

PEM = certificate()
NO_PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1u1m1Y6n2d7v7Jkq4n8bJd0u8gqj3m6m5t8t2v0w7P me"
SECURITY_KEY = "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAAXg= me"
ONE_WORD = '{"auths": {"quay.io": {"auth": "b25lLXdvcmQ="}}}'
LONG = PEM * (65535 // len(PEM) + 1)
KEY = "openshift.sshKeys[0]"
MIRROR = {"source": "quay.io/ocp", "mirrors": ["mirror.example.com/ocp"]}
MIRRORED = "openshift.mirrors[0].mirror"
ADDITIONAL = "openshift.capabilities.additional[0]"
GUEST = "verification.image.url"
GALERA = "openstack.services.galera.enabled"

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
    ("session libvirt", {"hosts.main.uri": "qemu:///session"}, "hosts.main.uri", "system", "qemu:///system"),
    ("relative pool", {"hosts.main.pool": "labs"}, "hosts.main.pool", "absolute path", "Start it with '/'"),
    ("pool with dots", {"hosts.main.pool": "/srv/../etc"}, "hosts.main.pool", "absolute path", "'..'"),
    ("machine type", {"hosts.main.machine": "q35"}, "hosts.main.machine", "not one of", "Use pc."),
    ("a cache mode", {"hosts.main.diskCache": "writethrough"}, "hosts.main.diskCache", "not one of", "writeback"),
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
    ("no masters", {"topology.masters.count": 0}, "topology.masters.count", "1 master, or 3 to 5", "from 1 to 5"),
    ("6 masters", {"topology.masters.count": 6}, "topology.masters.count", "1 master, or 3 to 5", "from 1 to 5"),
    ("more workers than addresses", {"topology.workers.count": 21}, "topology.workers.count", "addresses", "to 20"),
    ("a count in words", {"topology.computes.count": "two"}, "topology.computes.count", "whole number", "0 to 151"),
    ("yes for a count", {"topology.workers.count": True}, "topology.workers.count", "whole number", "0 to 20"),
    ("half a worker", {"topology.workers.count": 2.5}, "topology.workers.count", "whole number", "0 to 20"),
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
    ("VLAN 0", {"networks.tenant.vlan": 0}, "networks.tenant.vlan", "12 bits", "1 to 4094"),
    ("no wait at all", {"timeouts.api": 0}, "timeouts.api", "a second to a day", "from 1"),
    ("generation 0", {"generation": 0}, "generation", "counted from 1", "from 1"),
    ("other namespace", {"openstack.namespace": "mine"}, "openstack.namespace", "not one of", "Use openstack."),
    ("image by relative path", {"compute.image": "images/rhel.qcow2"}, "compute.image", "image cache", "rhel-9.4"),
    ("block too small", {"networks.block": "10.60.0.0/22"}, "networks.block", "eight of them are a /21", "/12 to /21"),
    ("block of no network", {"networks.block": "10.60.0.0"}, "networks.block", "CIDR", "192.168.130.0/24"),
    ("unknown mode", {"networks.machine.mode": "isolated"}, "networks.machine.mode", "not one", "Use nat or route or"),
    ("control plane by NAT", {"networks.ctlplane.mode": "nat"}, "networks.ctlplane.mode", "not one", "isolated or"),
    (
        "bridge's name too long",
        {"networks.machine.bridge": "b" * 16},
        "networks.machine.bridge",
        "15 is the",
        "shorter",
    ),
    (
        "gateway with prefix",
        {"networks.machine.gateway": "10.0.0.1/24"},
        "networks.machine.gateway",
        "IPv4",
        "Write it",
    ),
    ("resolver by name", {"networks.machine.dns": ["ns1"]}, "networks.machine.dns[0]", "IPv4 address", "Write it"),
    (
        "nobody's role",
        {"networks.external.roles": ["all"]},
        "networks.external.roles[0]",
        "not one",
        "masters or workers",
    ),
    ("VIP by name", {"openshift.apiVip": "api.example.com"}, "openshift.apiVip", "IPv4 address", "192.168.130.5"),
    ("huge pod network", {"openshift.podNetwork": "10.0.0.0/7"}, "openshift.podNetwork", "/8 to /24", "such a prefix"),
    ("node's pods in a /30", {"openshift.podHostPrefix": 30}, "openshift.podHostPrefix", "more than 25", "9 to 25"),
    ("HTTPS as HTTP proxy", {"openshift.proxy.http": "https://p:1"}, "openshift.proxy.http", "proxy", "http://proxy."),
    ("proxy without host", {"openshift.proxy.https": "http://"}, "openshift.proxy.https", "proxy", "http://proxy."),
    # Of these the installer says nothing, and the first node refuses to register the cluster.
    ("proxy by HTTPS", {"openshift.proxy.https": "https://p:1"}, "openshift.proxy.https", "(http)", "http://proxy."),
    ("security key", {"openshift.sshKeys": [SECURITY_KEY]}, KEY, "sk-ssh-ed25519@openssh.com", "Ed25519"),
    ("key with two spaces", {"openshift.sshKeys": [ED25519.replace(" ", "  ", 1)]}, KEY, "one space", ".pub"),
    ("address for a domain", {"domain": "192.168.130.7.nip.io"}, "domain", "no IPv4 address", "example.com"),
    ("domain with a short end", {"domain": "lab.x"}, "domain", "two characters", "example.com"),
    ("login of one word", {"openshift.pullSecret": ONE_WORD}, "openshift.pullSecret", "user:password", "unchanged"),
    ("time server of one letter", {"openshift.ntp": ["a"]}, "openshift.ntp[0]", "two characters", "ntp.example.com"),
    ("time server's long name", {"openshift.ntp": ["a." * 32 + "org"]}, "openshift.ntp[0]", "63 is", "shorter"),
    ("bundle too large", {"openshift.trustBundle": LONG}, "openshift.trustBundle", "65535 characters", "Leave out"),
    (
        "proxy wildcard",
        {"openshift.proxy.noProxy": ["*.lan"]},
        "openshift.proxy.noProxy[0]",
        "wildcards",
        ".example.com",
    ),
    (
        "mirror with a tag",
        {"openshift.mirrors": [{"source": "quay.io/ocp:4.18", "mirrors": ["m.example.com/ocp"]}]},
        "openshift.mirrors[0].source",
        "without tag",
        "mirror.example.com:5000",
    ),
    (
        "mirror without mirrors",
        {"openshift.mirrors": [{"source": "quay.io/ocp"}]},
        "openshift.mirrors[0].mirrors",
        "missing",
        "Set it",
    ),
    ("text after a PEM", {"openshift.trustBundle": PEM + "mine"}, "openshift.trustBundle", "no PEM", "nothing between"),
    ("certificate of nothing", {"openshift.trustBundle": NO_PEM}, "openshift.trustBundle", "and is none", "PEM form"),
    ("key without a key", {"openshift.sshKeys": ["ssh-rsa AAAAB3NzaC1yc2E="]}, KEY, "no key", ".pub"),
    ("key cut short", {"openshift.sshKeys": [ED25519[:60]]}, KEY, "cut short", ".pub"),
    ("key of an unknown kind", {"openshift.sshKeys": ["x AAAAAXgAAAABeA=="]}, KEY, "of type x", "Ed25519"),
    ("key of another kind", {"openshift.sshKeys": ["y AAAAAXgAAAABeA=="]}, KEY, "differ", ".pub"),
    ("URI with a password", {"hosts.main.uri": "qemu+ssh://a:b@kvm/system"}, "hosts.main.uri", "password", "ssh key"),
    ("URI without a user", {"hosts.main.uri": "qemu+ssh://kvm/system"}, "hosts.main.uri", "no user", "root@kvm"),
    ("URI of a transport", {"hosts.main.uri": "qemu+libssh://a@kvm/system"}, "hosts.main.uri", "not the URI", "itself"),
    ("URI that is none", {"hosts.main.uri": "qemu+tcp://[::1/system"}, "hosts.main.uri", "not a URI", "qemu:///system"),
    ("nobody's network", {"networks.machine.cidr": "0.0.0.0/16"}, "networks.machine.cidr", "be given", "private range"),
    (
        "mask for a prefix",
        {"networks.machine.cidr": "10.1.0.0/255.255.0.0"},
        "networks.machine.cidr",
        "CIDR",
        "10.1.0.0/16",
    ),
    ("a date for a domain", {"domain": datetime.date(2026, 1, 1)}, "domain", "not text", "example.com"),
    ("a section that is null", {"topology": None}, "topology", "not a section", "topology.masters.count"),
    ("hosts as a list", {"hosts": ["kvm"]}, "hosts", "not a section", "rhoso-lab:hosts.main.uri qemu:///system"),
    ("a secret that was deleted", {"secret": None}, "secret", "is missing", "config set --secret rhoso-lab:secret"),
    ("pull secret as YAML", {"openshift.pullSecret": {"auths": {}}}, "openshift.pullSecret", "not text", "--secret"),
    (
        "unknown key in a list",
        {"openshift.mirrors": [{"mirror": "m", **MIRROR}]},
        MIRRORED,
        "not a",
        "mirrors[0].mirrors?",
    ),
    ("space in a proxy", {"openshift.proxy.http": "http://a b:3128"}, "openshift.proxy.http", "proxy", "http://proxy."),
    ("empty user", {"compute.registration.username": ""}, "compute.registration.username", "user name", "spaces"),
    ("unknown capability", {"openshift.capabilities.additional": ["Tea"]}, ADDITIONAL, "not one", "Build or"),
    ("channel in capitals", {"openstack.channel": "Stable"}, "openstack.channel", "OLM channel", "stable-v1.0"),
    ("name of a version", {"openstack.version": "v1.0.7"}, "openstack.version", "version of openstack-op", "1.0.7"),
    ("half a version", {"openstack.version": "1.0"}, "openstack.version", "version of openstack-operator", "1.0.7"),
    ("image of no server", {"verification.image.url": "/srv/guest.img"}, GUEST, "not an http or https URL", "https://"),
    ("image with a login", {"verification.image.url": "http://u:p@h/g.img"}, GUEST, "without user and", "like https:"),
    ("short checksum", {"verification.image.sha256": "abc"}, "verification.image.sha256", "SHA-256", "64 hex digits"),
    ("unknown credential", {"rotation.Zaqar": 2}, "rotation.Zaqar", "not a setting", "settings here are Metadata"),
    ("misspelt", {"rotation.LibvirtPasword": 2}, "rotation.LibvirtPasword", "not a", "mean rotation.LibvirtPassword?"),
    ("version 0", {"rotation.MetadataSecret": 0}, "rotation.MetadataSecret", "counted from 1", "from 1"),
    ("user of Keystone", {"rotation.NovaPassword": 2}, "rotation.NovaPassword", "not to Keystone", "Remove it"),
    ("database", {"rotation.NovaAPIDatabasePassword": 2}, "rotation.NovaAPIDatabasePassword", "none of them", "Remove"),
    ("root of databases", {"rotation.DbRootPassword": 2}, "rotation.DbRootPassword", "once", "Remove it"),
    ("key of keys", {"rotation.BarbicanSimpleCryptoKEK": 2}, "rotation.BarbicanSimpleCryptoKEK", "not be read", "Rem"),
    ("login of Ansible", {"rotation.computes": 2}, "rotation.computes", "know no other key", "Remove it"),
    ("service that is none", {"openstack.services.mail.enabled": True}, "openstack.services.mail", "not a", "manila?"),
    ("no replicas", {"openstack.services.nova.replicas": 0}, "openstack.services.nova.replicas", "1 to 9", "1 to 9"),
    ("backbone off", {"openstack.services.galera.enabled": False}, GALERA, "not a setting", "replicas"),
    ("share without path", {"openstack.storage.nfsShares": ["nfs"]}, "openstack.storage.nfsShares[0]", "NFS", "nfs.ex"),
    ("RHEL 8", {"compute.release": "8.10"}, "compute.release", "RHEL 9", "9.4"),
    ("release as a number", {"compute.release": 9.4}, "compute.release", "not text", "9.4"),
    ("a stage there is not", {"through": "end"}, "through", "not one", "networks or machines or openshift"),
    ("a host of 1 MiB", {"hosts.main.memoryMib": 1}, "hosts.main.memoryMib", "less than 1024", "from 1024"),
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
        {"openshift.proxy.http": f"ftp://me:{CANARY}@proxy"},
        {"openshift.trustBundle": CANARY},
        {"compute.registration.password": CANARY},
        {"compute.registration.activationKey": CANARY, "openshift.version": "4.17"},
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
