"""The rules of agent-config row by row: each row of agent-installer.md §1.5 has a case here, in the order of its table.

What openshift-install does not check at all (the list below that table) is refused by the plan:
tests/network/test_network_unchecked.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from rehearsal.openshift_install import agent_config
from rehearsal.openshift_install.agent_config import AgentConfig
from rehearsal.openshift_install.fields import Document
from tests.standin import documents
from tests.standin.spoil import MISSING, spoil

ROWS = (
    "apiVersion",
    "rendezvousIP is an address",
    "no rendezvousIP and no static address",
    "no rendezvousIP: a master's address, then a host's without a role",
    "rendezvousIP of a worker",
    "an interface with a MAC",
    "a MAC of one machine",
    "each MAC once",
    "role",
    "device of the root disk",
    "WWN extensions",
    "more hosts than replicas",
    "fewer hosts than replicas",
    "networkConfig",
    "MTU",
    "time servers",
    "bootArtifactsBaseURL",
)
"""The rows by what each is about, in the table's order."""

MAC, HINTS, NM = "hosts[1].interfaces[0].macAddress", "hosts[0].rootDeviceHints", "hosts[0].networkConfig"
NIC = f"{NM}.interfaces[0]"
DEVICE = f"{HINTS}.deviceName"
NO_ADDRESSES = {f"hosts[{number}].networkConfig": MISSING for number in range(5)}


@dataclass(frozen=True)
class Case:
    """A valid document with `changes` is refused (or, `warns`, remarked on) at field `at`."""

    row: str
    changes: dict[str, Any]
    at: str
    says: str
    warns: bool = False
    workers: int = 2


CASES = [
    Case("apiVersion", {"apiVersion": MISSING}, "apiVersion", "no version was provided"),
    Case("apiVersion", {"apiVersion": "v1"}, "apiVersion", "cannot upconvert from version v1"),
    Case("rendezvousIP is an address", {"rendezvousIP": "master-0"}, "rendezvousIP", '"master-0" is not a valid IP'),
    Case(
        "no rendezvousIP and no static address",
        {"rendezvousIP": MISSING, **NO_ADDRESSES},
        "rendezvousIP",
        "at least one host networkConfig",
    ),
    Case(
        "no rendezvousIP: a master's address, then a host's without a role",
        {"rendezvousIP": MISSING, **{key: MISSING for key in NO_ADDRESSES if key < "hosts[3]"}},
        "rendezvousIP",
        "missing rendezvousIP in agent-config",
    ),
    Case("rendezvousIP of a worker", {"rendezvousIP": "192.168.130.23"}, "rendezvousIP", "to a control plane host"),
    Case("an interface with a MAC", {"hosts[2].interfaces": []}, "hosts[2].interfaces", "at least one interface"),
    Case("an interface with a MAC", {MAC: MISSING}, MAC, "must have a MAC address defined"),
    Case("a MAC of one machine", {MAC: "52:54:00:00:00"}, MAC, "invalid MAC address"),
    Case("a MAC of one machine", {MAC: "33:54:00:00:00:01"}, MAC, "expected unicast mac address, found multicast"),
    Case("each MAC once", {MAC: "52:54:00:00:00:00"}, MAC, "duplicate MAC address found"),
    Case("role", {"hosts[0].role": "compute"}, "hosts[0].role", 'Unsupported value: "compute"'),
    Case("device of the root disk", {DEVICE: "vda"}, DEVICE, "must be a /dev/ path"),
    Case("device of the root disk", {DEVICE: "/dev/disk/by-id/virtio-1"}, DEVICE, "in /dev/ or /dev/disk/by-path/"),
    Case("device of the root disk", {DEVICE: "/dev/disk/by-uuid/1-2"}, DEVICE, "in /dev/ or /dev/disk/by-path/"),
    Case("WWN extensions", {f"{HINTS}.wwnWithExtension": "0x5"}, f"{HINTS}.wwnWithExtension", "Forbidden"),
    Case("WWN extensions", {f"{HINTS}.wwnVendorExtension": "0x5"}, f"{HINTS}.wwnVendorExtension", "Forbidden"),
    Case("more hosts than replicas", {"hosts[4].role": "master"}, "hosts", "master hosts defined (4) exceeds"),
    Case("more hosts than replicas", {}, "hosts", "worker hosts defined (2) exceeds", workers=1),
    Case("more hosts than replicas", {"hosts[4].role": ""}, "hosts", "hosts defined (5) exceeds", workers=1),
    Case("fewer hosts than replicas", {}, "", "(5) is less than the replicas (6)", warns=True, workers=3),
    Case("networkConfig", {f"{NIC}.ipv4.adress": []}, f"{NIC}.ipv4.adress", 'unknown field "adress"'),
    Case("networkConfig", {f"{NIC}.type": "wifi"}, f"{NIC}.type", "Unsupported value"),
    Case("MTU", {f"{NIC}.mtu": "jumbo"}, f"{NIC}.mtu", "must be an integer"),
    Case("time servers", {"additionalNTPSources": ["time server"]}, "additionalNTPSources[0]", "IP or domain name"),
    Case("bootArtifactsBaseURL", {"bootArtifactsBaseURL": "files/boot"}, "bootArtifactsBaseURL", "(no scheme)"),
]


def read(changes: dict[str, Any], *, workers: int = 2) -> tuple[Document, AgentConfig]:
    """A valid document with `changes`, read."""
    config = documents.agent_config()
    for path, value in changes.items():
        spoil(config, path, value)
    document = Document()
    return document, agent_config.read(document, config, masters=3, workers=workers)


def test_every_row_has_a_case_in_its_order() -> None:
    assert tuple(dict.fromkeys(case.row for case in CASES)) == ROWS
    assert {case.row for case in CASES if case.warns} == {"fewer hosts than replicas"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.row}: {str(case.changes)[:40]}")
def test_what_breaks_a_row_is_refused_or_remarked_on_as_the_row_says(case: Case) -> None:
    document, _ = read(case.changes, workers=case.workers)
    if case.warns:
        assert document.problems == []
        assert [one for one in document.warnings if case.says in one], document.warnings
    else:
        assert [one for one in document.problems if one.startswith(f"{case.at}: ") and case.says in one], (
            document.problems
        )


@pytest.mark.parametrize(
    ("name", "changes", "rendezvous"),
    [
        ("as given", {}, "192.168.130.20"),
        ("the first master's", {"rendezvousIP": MISSING}, "192.168.130.20"),
        (
            "the first master's that has one",
            {"rendezvousIP": MISSING, "hosts[0].networkConfig": MISSING},
            "192.168.130.21",
        ),
        (
            "a host's without a role, and no worker's before it",
            {"rendezvousIP": MISSING, **{key: MISSING for key in NO_ADDRESSES if key < "hosts[3]"}}
            | {"hosts[2].role": MISSING, "hosts[4].role": MISSING},
            "192.168.130.24",
        ),
        ("nobody's that is listed: only a worker's is refused", {"rendezvousIP": "10.1.1.1"}, "10.1.1.1"),
    ],
)
def test_the_rendezvous_is_found_as_the_real_tool_does(name: str, changes: dict[str, Any], rendezvous: str) -> None:
    document, config = read(changes, workers=3)
    assert (document.problems, config.rendezvous_ip) == ([], rendezvous), name


@pytest.mark.parametrize(
    "changes",
    [
        {"apiVersion": "v1alpha1"},
        {DEVICE: "/dev/disk/by-path/pci-0000:00:07.0"},
        {MAC: "52-54-00-00-00-AA"},
        {"additionalNTPSources": ["192.168.130.1", "ntp.example.com"]},
        {"bootArtifactsBaseURL": "http://files.example.com/boot"},
    ],
    ids=str,
)
def test_what_a_row_lets_pass_is_accepted_without_a_remark(changes: dict[str, Any]) -> None:
    document, _ = read(changes)
    assert (document.problems, document.warnings) == ([], [])


def test_a_mac_is_compared_as_text() -> None:
    """The row's remark: other letters are another MAC to the real tool, so the plan's are lower case throughout."""
    document, _ = read({"hosts[0].interfaces[0].macAddress": "52:54:00:00:00:aa", MAC: "52:54:00:00:00:AA"})
    assert document.problems == []
