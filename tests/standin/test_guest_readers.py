"""The guest's own readers, run by the busybox that the guest has: YAML, network-config, user-data."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

LIB = Path(__file__).parents[2] / "rehearsal" / "guest" / "system" / "lib"
KEY = "ecdsa-sha2-nistp256 " + "A" * 140 + " a comment behind the key"


def awk(program: str, text: str, path: Path) -> subprocess.CompletedProcess[str]:
    """Run one of the readers over `text`."""
    busybox = shutil.which("busybox")
    assert busybox, "the guest is made of busybox; it must be installed"
    path.write_text(text)
    command = [busybox, "awk", "-v", "NAME=document", "-f", str(LIB / program), str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def flat(value: Any, path: str = "") -> list[str]:
    """Flatten `value` as yaml.awk shall."""
    if isinstance(value, dict) and value:
        return [line for key, item in value.items() for line in flat(item, f"{path}/{key}" if path else key)]
    if isinstance(value, list) and value:
        return [line for number, item in enumerate(value) for line in flat(item, f"{path}/{number}")]
    named = {"None": "~", "True": "true", "False": "false"}
    text = named.get(str(value), str(value)).replace("\\", "\\\\").replace("\n", "\\n")
    return [f"{path}\t{text}"]


DOCUMENTS: list[Any] = [
    {"version": 2, "ethernets": {"ens3": {"match": {"macaddress": "52:54:00:00:00:01"}, "addresses": ["10.0.0.1/24"]}}},
    {"users": [{"name": "cloud-admin", "ssh_authorized_keys": [KEY, "short key"], "sudo": "ALL=(ALL) NOPASSWD:ALL"}]},
    {"a": [], "b": {}, "c": None, "d": False, "e": 1500, "ens4.20": "x"},
    {"a": [["x", "y"], [{"k": "v"}, "z"]], "b": [{"k": ["1"]}]},
    {"q": "it's", "colon": "a: b", "hash": "a #b", "dash": "- x", "empty": "", "star": "*", "number": "0123"},
    {"lines": "one\ntwo\n\nfour", "backslash": "a\\b", "quote": 'say "x"', "tab": "a\tb"},
    {"long": "word " * 60 + "end", "quoted": "it's: " + "word " * 60 + "end"},
]

REFUSED = [
    ("a: [1, 2]", "starts something"),
    ("a: {b: 1}", "starts something"),
    ("a: &x 1", "starts something"),
    ("a: *x", "starts something"),
    ("a: !!str 1", "starts something"),
    ("a: |\n  text", "starts something"),
    ("a: >\n  text", "starts something"),
    ("a: 1\na: 2", "key given twice"),
    ("a:\n\tb: 1", "tab"),
    ("a: 1\n  b: 2", "': ' inside a plain value"),
    ("  a: 1", "indented"),
    ("a:\n    b: 1\n  c: 2", "indentation"),
    ("a: 'x", "not closed"),
    ('a: "x', "does not end"),
    ('a: "\\u00e9"', "escape"),
    ("a: 'x' y", "after the closing quote"),
    ("just text", "expected 'key: value'"),
    ("", "empty"),
]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda value: str(value)[:40])
def test_the_reader_understands_what_pyyaml_writes(document: Any, tmp_path: Path) -> None:
    """Both of its ways to indent lists, and folded lines."""
    text = yaml.safe_dump(document, sort_keys=False)
    done = awk("yaml.awk", f"# a comment\n---\n{text}", tmp_path / "document")
    assert done.returncode == 0, (done.stderr, text)
    assert done.stdout.splitlines() == flat(document)


@pytest.mark.parametrize(("text", "reason"), REFUSED, ids=lambda value: repr(value)[:40])
def test_the_reader_refuses_what_it_does_not_understand(text: str, reason: str, tmp_path: Path) -> None:
    """A refusal with its reason, never a guess."""
    done = awk("yaml.awk", text, tmp_path / "document")
    assert done.returncode == 1, done.stdout
    assert reason in done.stderr


NIC = {"match": {"macaddress": "52:54:00:00:00:0A"}, "set-name": "ens4"}


def plan(document: dict[str, Any], tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """Read network-config `document` into the lines that the guest applies."""
    flattened = awk("yaml.awk", yaml.safe_dump(document, sort_keys=False), tmp_path / "yaml")
    assert flattened.returncode == 0, flattened.stderr
    return awk("network-config.awk", flattened.stdout, tmp_path / "flat")


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_network_config_becomes_the_guests_plan(wrapped: bool, tmp_path: Path) -> None:
    """With or without the outer `network` key; devices come up before addresses and routes."""
    ethernet = NIC | {
        "dhcp4": False,
        "mtu": 1400,
        "addresses": ["10.0.0.2/24"],
        "gateway4": "10.0.0.1",
        "nameservers": {"addresses": ["10.0.0.1"], "search": ["example.com"]},
        "routes": [{"to": "10.9.0.0/16", "via": "10.0.0.9"}],
    }
    vlans = {"vlan21": {"id": 21, "link": "port", "mtu": 1300, "addresses": ["172.18.0.2/24"]}}
    document: dict[str, Any] = {"version": 2, "ethernets": {"port": ethernet}, "vlans": vlans}
    done = plan({"network": document} if wrapped else document, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "nic 52:54:00:00:00:0a ens4",
        "mtu ens4 1400",
        "up ens4",
        "vlan vlan21 21 ens4",
        "mtu vlan21 1300",
        "up vlan21",
        "address ens4 10.0.0.2/24",
        "dns 10.0.0.1",
        "search example.com",
        "address vlan21 172.18.0.2/24",
        "route ens4 default 10.0.0.1",
        "route ens4 10.9.0.0/16 10.0.0.9",
    ]


@pytest.mark.parametrize("name", ["vlan21", "a.21"])
def test_a_vlan_whose_name_tells_its_id_is_accepted(name: str, tmp_path: Path) -> None:
    """The two forms that NetworkManager reads."""
    done = plan({"version": 2, "ethernets": {"a": NIC}, "vlans": {name: {"id": 21, "link": "a"}}}, tmp_path)
    assert f"vlan {name} 21 ens4" in done.stdout.splitlines(), done.stderr


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"version": 1}, "expected 2"),
        ({"ethernets": {"a": NIC | {"dhcp4": True}}}, "static addresses only"),
        ({"ethernets": {"a": NIC | {"wakeonlan": True}}}, "not known here"),
        ({"bonds": {"b": {"interfaces": ["a"]}}}, "not known here"),
        ({"vlans": {"v": {"id": 20}}}, "needs id and link"),
        ({"vlans": {"v": {"id": 20, "link": "nowhere"}}}, "not defined"),
        ({"vlans": {"storage": {"id": 21, "link": "a"}}}, "must be named vlan21 or a.21"),
        ({"vlans": {"vlan20": {"id": 21, "link": "a"}}}, "must be named vlan21 or a.21"),
        ({"vlans": {"b.21": {"id": 21, "link": "a"}}}, "must be named vlan21 or a.21"),
        ({"vlans": {"vlan021": {"id": 21, "link": "a"}}}, "must be named vlan21 or a.21"),
        ({"ethernets": {"a": NIC | {"routes": [{"to": "default"}]}}}, "needs to and via"),
    ],
    ids=str,
)
def test_a_network_config_it_cannot_honour_is_refused(change: dict[str, Any], reason: str, tmp_path: Path) -> None:
    """Each with its reason."""
    done = plan({"version": 2, "ethernets": {"a": NIC}} | change, tmp_path)
    assert done.returncode == 1, done.stdout
    assert reason in done.stderr


def test_user_data_yields_names_and_keys(tmp_path: Path) -> None:
    """What changes nothing here is passed over."""
    user = {"name": "cloud-admin", "sudo": "ALL=(ALL) NOPASSWD:ALL", "ssh_authorized_keys": [KEY]}
    document = {"fqdn": "c0.example.com", "ssh_pwauth": False, "users": ["default", user]}
    flattened = awk("yaml.awk", "#cloud-config\n" + yaml.safe_dump(document), tmp_path / "yaml")
    done = awk("user-data.awk", flattened.stdout, tmp_path / "flat")
    assert done.returncode == 0, done.stderr
    told = ["fqdn c0.example.com", "user cloud-admin", "sudo cloud-admin", f"key cloud-admin {KEY}"]
    assert done.stdout.splitlines() == told


@pytest.mark.parametrize(("value", "preferred"), [(False, "hostname"), (True, "fqdn")])
def test_user_data_may_say_which_name_the_machine_has(value: bool, preferred: str, tmp_path: Path) -> None:
    """Without it RHEL takes the fqdn."""
    flattened = awk("yaml.awk", yaml.safe_dump({"prefer_fqdn_over_hostname": value}), tmp_path / "yaml")
    assert awk("user-data.awk", flattened.stdout, tmp_path / "flat").stdout == f"prefer {preferred}\n"


@pytest.mark.parametrize(
    ("rule", "told"),
    [("ALL=(ALL) NOPASSWD:ALL", True), ("ALL=(ALL:ALL) NOPASSWD: ALL", True), (False, False), (None, False)],
)
def test_only_who_may_do_everything_without_a_password_has_sudo(rule: Any, told: bool, tmp_path: Path) -> None:
    """No rule, or none by name: the guest's sudo says no."""
    flattened = awk("yaml.awk", yaml.safe_dump({"users": [{"name": "a", "sudo": rule}]}), tmp_path / "yaml")
    done = awk("user-data.awk", flattened.stdout, tmp_path / "flat")
    assert done.returncode == 0, done.stderr
    assert ("sudo a" in done.stdout.splitlines()) is told


@pytest.mark.parametrize(
    "document",
    [
        {"runcmd": ["x"]},
        {"users": [{"name": "a", "passwd": "x"}]},
        {"users": [{"name": "a", "sudo": "ALL=(ALL) ALL"}]},
        {"users": [{"name": "a", "sudo": "ALL=(ALL) NOPASSWD: /usr/bin/id"}]},
    ],
    ids=str,
)
def test_user_data_it_does_not_know_is_refused(document: dict[str, Any], tmp_path: Path) -> None:
    """A document that relies on something the guest does not do must be noticed."""
    flattened = awk("yaml.awk", yaml.safe_dump(document), tmp_path / "yaml")
    done = awk("user-data.awk", flattened.stdout, tmp_path / "flat")
    assert done.returncode == 1
    assert "not known here" in done.stderr
