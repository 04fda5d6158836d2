"""The installer's rules of install-config (agent-installer.md §1.4, rows 1 to 39) as far as a user's settings can break
them: refused before any document is written, with field, rule and remedy. The rest no setting reaches, and is said why.

The same rows of the documents: tests/standin/test_rows_install_config.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from settings import parse
from tests.lab import PULL_SECRET, certificate, configuration, problems_of

ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1u1m1Y6n2d7v7Jkq4n8bJd0u8gqj3m6m5t8t2v0w7P me"
PROXY = "http://proxy.example.com:3128"
SINGLE = {"topology.masters.count": 1, "topology.workers.count": 0}
MIRROR = {"source": "quay.io/a/b", "mirrors": ["registry.example.com/a/b"]}
CAPABILITIES = "openshift.capabilities.additional"
EMPTY_SET = {"openshift.capabilities.baseline": "None"}


@dataclass(frozen=True)
class Refused:
    """Settings that would break a row, the field that is named, words of what is said of it."""

    row: int
    changes: dict[str, Any]
    field: str
    says: str


ROWS = [
    Refused(2, {"name": "n" * 55}, "name", "54 is the most"),
    Refused(2, {"name": "Lab"}, "name", "one DNS label"),
    Refused(3, {"name": "lab.one"}, "name", "one DNS label"),
    Refused(4, {"domain": "exa_mple.com"}, "domain", "lower-case"),
    Refused(5, {"openshift.pullSecret": "{"}, "openshift.pullSecret", "not a JSON object"),
    Refused(5, {"openshift.pullSecret": '{"auths": {}}'}, "openshift.pullSecret", "no registries"),
    Refused(5, {"openshift.pullSecret": '{"auths": {"quay.io": {}}}'}, "openshift.pullSecret", "without"),
    Refused(6, {"openshift.sshKeys": [ED25519, "ssh-rsa AAAA"]}, "openshift.sshKeys[1]", "not a public key line"),
    Refused(7, {"openshift.fips": True, "openshift.sshKeys": [ED25519]}, "openshift.sshKeys[0]", "FIPS"),
    Refused(8, {"openshift.trustBundle": "AAAA"}, "openshift.trustBundle", "no PEM certificate"),
    Refused(8, {"openshift.trustBundle": certificate() + "\n"}, "openshift.trustBundle", "no PEM certificate"),
    Refused(9, {"openshift.trustPolicy": "Sometimes"}, "openshift.trustPolicy", "Proxyonly"),
    Refused(11, {"networks.machine.cidr": "192.168.130.9/24"}, "networks.machine.cidr", "right of its prefix"),
    Refused(11, {"openshift.podNetwork": "10.128.0.1/14"}, "openshift.podNetwork", "right of its prefix"),
    Refused(11, {"openshift.serviceNetwork": "0.0.0.0/8"}, "openshift.serviceNetwork", "not a range"),
    Refused(12, {"openshift.serviceNetwork": "20.0.0.0/11"}, "openshift.serviceNetwork", "larger than a /12"),
    Refused(13, {"openshift.serviceNetwork": "10.129.0.0/16"}, "openshift.serviceNetwork", "openshift.podNetwork"),
    Refused(13, {"networks.machine.cidr": "10.128.9.0/24"}, "networks.machine.cidr", "keeps for pods"),
    Refused(14, {"openshift.podNetwork": "100.64.0.0/14"}, "openshift.podNetwork", "join subnet"),
    Refused(14, {"openshift.serviceNetwork": "100.88.0.0/16"}, "openshift.serviceNetwork", "transit subnet"),
    Refused(14, {"networks.machine.cidr": "100.64.9.0/24"}, "networks.machine.cidr", "join subnet"),
    Refused(16, {"openshift.podHostPrefix": 13}, "openshift.podHostPrefix", "larger than openshift.podNetwork"),
    Refused(19, {"openshift.apiVip": "api.example.com"}, "openshift.apiVip", "not an IPv4 address"),
    Refused(20, {"openshift.apiVip": "192.168.130.7"}, "openshift.ingressVip", "also openshift.apiVip"),
    Refused(21, {"openshift.ingressVip": "192.168.131.7"}, "openshift.ingressVip", "not in 192.168.130.0/24"),
    Refused(23, {"openshift.apiVip": "192.168.130.0"}, "openshift.apiVip", "network's or the broadcast"),
    Refused(23, {"openshift.apiVip": "192.168.130.255"}, "openshift.apiVip", "network's or the broadcast"),
    Refused(26, {"topology.workers.count": -1}, "topology.workers.count", "less than 0"),
    Refused(27, {"topology.masters.count": 2}, "topology.masters.count", "1 master, or 3 to 5"),
    Refused(27, {"topology.masters.count": 6}, "topology.masters.count", "1 master, or 3 to 5"),
    Refused(28, {"topology.masters.count": 1}, "topology.workers.count", "cluster with one master"),
    Refused(29, SINGLE | {"openshift.apiVip": "192.168.130.5"}, "openshift.apiVip", "node's own address"),
    Refused(29, SINGLE | {"openshift.ingressVip": "192.168.130.7"}, "openshift.ingressVip", "node's own address"),
    Refused(31, {"openshift.proxy.noProxy": ["a.b"]}, "openshift.proxy.noProxy", "without a proxy"),
    Refused(31, {"openshift.proxy.http": "https://p"}, "openshift.proxy.http", "not the URL of a proxy (http)"),
    Refused(31, {"openshift.proxy.https": "ftp://p"}, "openshift.proxy.https", "not the URL of a proxy"),
    Refused(31, {"openshift.proxy.http": "http://10.128.9.9:1"}, "openshift.proxy.http", "inside the cluster's own"),
    Refused(31, {"openshift.proxy.https": "http://172.30.9.9:1"}, "openshift.proxy.https", "inside the cluster's own"),
    Refused(
        31,
        {"openshift.proxy": {"http": PROXY, "noProxy": ["a.b", "c d"]}},
        "openshift.proxy.noProxy[1]",
        "wildcards and spaces",
    ),
    Refused(
        31, {"openshift.proxy": {"http": PROXY, "noProxy": ["*.a.b"]}}, "openshift.proxy.noProxy[0]", "wildcards and"
    ),
    Refused(
        31, {"openshift.proxy": {"http": PROXY, "noProxy": ["a.b", "*"]}}, "openshift.proxy.noProxy[1]", "everything"
    ),
    Refused(
        31, {"openshift.proxy": {"http": PROXY, "noProxy": ["A.b"]}}, "openshift.proxy.noProxy[0]", "lower-case domain"
    ),
    Refused(31, {"openshift.proxy.http": "http://u:p^w@p:1"}, "openshift.proxy.http", "a URL can't have"),
    Refused(31, {"openshift.proxy.http": "http://u:50%@p:1"}, "openshift.proxy.http", "a URL can't have"),
    Refused(
        32,
        {"openshift.mirrors": [MIRROR | {"source": "quay.io/a/b:v1"}]},
        "openshift.mirrors[0].source",
        "without tag and digest",
    ),
    Refused(
        32,
        {"openshift.mirrors": [MIRROR | {"mirrors": ["m.example.com/a@sha256:0"]}]},
        "openshift.mirrors[0].mirrors[0]",
        "without tag and digest",
    ),
    Refused(
        32,
        {"openshift.mirrors": [MIRROR | {"mirrors": ["registry/ocp"]}]},
        "openshift.mirrors[0].mirrors[0]",
        "with its domain or port",
    ),
    Refused(
        32,
        {"openshift.mirrors": [MIRROR | {"source": "Mirror.example.com"}]},
        "openshift.mirrors[0].source",
        "not a repository",
    ),
    Refused(35, {"openshift.capabilities.baseline": "v4.20"}, "openshift.capabilities.baseline", "vCurrent"),
    Refused(35, {"openshift.capabilities.baseline": "v3"}, "openshift.capabilities.baseline", "vCurrent"),
    Refused(35, {CAPABILITIES: ["Teapot"]}, f"{CAPABILITIES}[0]", "baremetal"),
    Refused(35, EMPTY_SET | {CAPABILITIES: ["Ingress"]}, CAPABILITIES, "lacks baremetal"),
    Refused(35, EMPTY_SET | {CAPABILITIES: ["baremetal"]}, CAPABILITIES, "lacks MachineAPI"),
    Refused(35, EMPTY_SET | {CAPABILITIES: ["marketplace"]}, CAPABILITIES, "lacks OperatorLifecycleManager"),
    Refused(35, EMPTY_SET | {CAPABILITIES: ["marketplace"]}, CAPABILITIES, "lacks Ingress"),
]

OUT_OF_REACH = {
    1: "apiVersion is written by the program",
    10: "the network type is written by the program, and each network has a range by default",
    15: "the installer only remarks on it",
    17: "there is one service network",
    18: "there is no such setting",
    22: "there is one VIP of each kind",
    24: "the platform follows from the count of masters",
    25: "the platform follows from the count of masters",
    30: "the program makes amd64 machines only",
    33: "the installer only remarks on it",
    34: "the installer only remarks on it",
    36: "there is no such setting",
    37: "there is no such setting",
    38: "hosts stand in agent-config only, and have no BMC",
    39: "there is no such setting",
}


def test_every_row_is_refused_or_out_of_reach() -> None:
    assert sorted({case.row for case in ROWS} | set(OUT_OF_REACH)) == list(range(1, 40))
    assert not {case.row for case in ROWS} & set(OUT_OF_REACH)


@pytest.mark.parametrize("case", ROWS, ids=lambda case: f"{case.row}: {case.field} {case.says}")
def test_settings_that_would_break_a_row_are_refused_with_field_rule_and_remedy(case: Refused) -> None:
    problems = problems_of(case.changes)
    found = [problem for problem in problems if problem.field == case.field and case.says in f"{problem}"]
    assert found, [str(problem) for problem in problems]
    assert all(problem.rule and problem.remedy for problem in found)


@pytest.mark.parametrize("row", [15, 33, 34])
def test_what_the_installer_only_remarks_on_is_accepted(row: int) -> None:
    changes: dict[int, dict[str, Any]] = {
        15: {"networks.block": "10.60.0.0/21", "openshift.serviceNetwork": "172.17.0.0/16"},
        33: {
            "openshift.mirrors": [MIRROR | {"mirrors": ["mirror.example.com/a"]}],
            "openshift.pullSecret": PULL_SECRET,
        },
        34: {"openshift.mirrors": [MIRROR]},
    }
    parse("lab", configuration(changes[row]))
