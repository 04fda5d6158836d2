"""Every rule of agent-config and of its NMState documents: the complaint names the field."""

from __future__ import annotations

import pytest

from rehearsal.openshift_install import agent_config
from rehearsal.openshift_install.agent_config import AgentConfig
from rehearsal.openshift_install.fields import Document
from tests.standin import documents
from tests.standin.spoil import MISSING, spoil

MAC = "hosts[1].interfaces[0].macAddress"
HINTS = "hosts[0].rootDeviceHints"
NM = "hosts[0].networkConfig"
NIC = f"{NM}.interfaces[0]"
ROUTE = f"{NM}.routes.config[0]"
VLAN = {"name": "v20", "type": "vlan", "state": "up", "vlan": {"base-iface": "ens3", "id": 20}}

RULES: list[tuple[str, object, str, str]] = [
    ("apiVersion", MISSING, "apiVersion", "no version was provided"),
    ("apiVersion", "v2", "apiVersion", "cannot upconvert"),
    ("kind", "Agent", "kind", "AgentConfig"),
    ("surprise", 1, "surprise", "unknown field"),
    ("rendezvousIP", "master-0", "rendezvousIP", "not a valid IP"),
    ("rendezvousIP", "192.168.130.23", "rendezvousIP", "must be assigned to a control plane host"),
    ("hosts[0].surprise", 1, "hosts[0].surprise", "unknown field"),
    ("hosts[0].role", "control", "hosts[0].role", "Unsupported value"),
    ("hosts[0].interfaces", [], "hosts[0].interfaces", "at least one interface"),
    (MAC, MISSING, MAC, "must have a MAC address"),
    (MAC, "52:54:00:00:00", MAC, "invalid MAC"),
    (MAC, "53:54:00:00:00:01", MAC, "multicast"),
    (MAC, "52:54:00:00:00:00", MAC, "duplicate MAC address found"),
    ("hosts[1].interfaces[0].speed", 1, "hosts[1].interfaces[0].speed", "unknown field"),
    (f"{HINTS}.deviceName", "vda", f"{HINTS}.deviceName", "must be a /dev/ path"),
    (f"{HINTS}.deviceName", "/dev/disk/by-id/x", f"{HINTS}.deviceName", "/dev/disk/by-path/"),
    (f"{HINTS}.minSizeGigabytes", "100", f"{HINTS}.minSizeGigabytes", "must be of type int"),
    (f"{HINTS}.wwnWithExtension", "x", f"{HINTS}.wwnWithExtension", "Forbidden"),
    (f"{HINTS}.wwnVendorExtension", "x", f"{HINTS}.wwnVendorExtension", "Forbidden"),
    (f"{HINTS}.size", 1, f"{HINTS}.size", "unknown field"),
    ("hosts[4].role", "master", "hosts", "number of master hosts defined (4) exceeds"),
    ("hosts[0].role", "worker", "hosts", "number of worker hosts defined (3) exceeds"),
    ("additionalNTPSources", ["time server"], "additionalNTPSources[0]", "not a valid IP or domain"),
    ("bootArtifactsBaseURL", "files.example.com", "bootArtifactsBaseURL", "no scheme"),
    ("minimalISO", "yes", "minimalISO", "true or false"),
    (f"{NM}.surprise", 1, f"{NM}.surprise", "unknown field"),
    (f"{NIC}.name", MISSING, f"{NIC}.name", "Required"),
    (f"{NIC}.type", "ether", f"{NIC}.type", "Unsupported value"),
    (f"{NIC}.state", "on", f"{NIC}.state", "Unsupported value"),
    (f"{NIC}.macaddress", "x", f"{NIC}.macaddress", "unknown field"),
    (f"{NIC}.mac-address", "x", f"{NIC}.mac-address", "invalid MAC"),
    (f"{NIC}.mtu", "1500", f"{NIC}.mtu", "must be an integer"),
    (f"{NIC}.ipv4.enabled", "yes", f"{NIC}.ipv4.enabled", "true or false"),
    (f"{NIC}.ipv4.enabled", MISSING, f"{NIC}.ipv4.enabled", "Required"),
    (f"{NIC}.ipv4.addresses", [], f"{NIC}.ipv4.addresses", "unknown field"),
    (f"{NIC}.ipv4.address[0].ip", "192.168.130", f"{NIC}.ipv4.address[0].ip", "invalid IP"),
    (f"{NIC}.ipv4.address[0].ip", "fd00::1", f"{NIC}.ipv4.address[0].ip", "wrong family"),
    (f"{NIC}.ipv4.address[0].prefix-length", 33, f"{NIC}.ipv4.address[0].prefix-length", "between 0 and 32"),
    (f"{NIC}.ipv4.address[0].prefix-length", MISSING, f"{NIC}.ipv4.address[0].prefix-length", "Required"),
    (f"{NIC}.ipv6.surprise", 1, f"{NIC}.ipv6.surprise", "unknown field"),
    (f"{NM}.interfaces", [{"name": "a", "type": "ethernet"}] * 2, f"{NM}.interfaces[1].name", "defined twice"),
    (f"{NM}.interfaces", [VLAN], f"{NM}.interfaces[0].vlan.base-iface", "not defined"),
    (f"{NM}.interfaces", [VLAN | {"vlan": {"id": 5000}}], f"{NM}.interfaces[0].vlan.id", "between 1 and 4094"),
    (f"{NM}.dns-resolver.config.server", ["dns"], f"{NM}.dns-resolver.config.server[0]", "not a valid IP"),
    (f"{NM}.dns-resolver.config.search", ["a b"], f"{NM}.dns-resolver.config.search[0]", "RFC 1123"),
    (f"{NM}.dns-resolver.config.servers", [], f"{NM}.dns-resolver.config.servers", "unknown field"),
    (f"{ROUTE}.destination", "192.168.1.1/24", f"{ROUTE}.destination", "host bits"),
    (f"{ROUTE}.next-hop-address", "gw", f"{ROUTE}.next-hop-address", "not a valid IP"),
    (f"{ROUTE}.next-hop-interface", "ens9", f"{ROUTE}.next-hop-interface", "not in this document"),
    (f"{ROUTE}.via", "x", f"{ROUTE}.via", "unknown field"),
    (f"{ROUTE}.metric", "low", f"{ROUTE}.metric", "must be an integer"),
]


def read(path: str = "", value: object = None, *, workers: int = 2) -> tuple[Document, AgentConfig]:
    """Read a valid document with `path` set to `value`."""
    config = documents.agent_config()
    if path:
        spoil(config, path, value)
    document = Document()
    return document, agent_config.read(document, config, masters=3, workers=workers)


def test_a_valid_document_is_accepted_without_a_remark() -> None:
    """Otherwise the rows below would prove nothing."""
    document, _ = read()
    assert (document.problems, document.warnings) == ([], [])


@pytest.mark.parametrize(("path", "value", "field", "reason"), RULES, ids=lambda value: str(value)[:50])
def test_a_broken_rule_is_refused_and_names_the_field(path: str, value: object, field: str, reason: str) -> None:
    """The complaint begins with the field's path and gives the reason."""
    found = read(path, value)[0].problems
    assert [one for one in found if one.startswith(f"{field}: ") and reason in one], found


def test_a_mac_in_other_letters_is_not_seen_as_a_duplicate() -> None:
    """The real comparison is of the text; the program has to see to this itself."""
    config = documents.agent_config()
    spoil(config, "hosts[0].interfaces[0].macAddress", "52:54:00:00:00:aa")
    spoil(config, MAC, "52:54:00:00:00:AA")
    document = Document()
    agent_config.read(document, config, masters=3, workers=2)
    assert document.problems == []


def test_fewer_hosts_than_replicas_is_only_a_remark() -> None:
    """The real tool boots for ever then; create image does not object."""
    document, _ = read(workers=3)
    assert document.problems == []
    assert "less than the replicas" in document.warnings[0]


def test_without_a_rendezvous_ip_the_first_masters_address_is_taken() -> None:
    """Workers are passed over."""
    document, config = read("rendezvousIP", MISSING)
    assert document.problems == []
    assert config.rendezvous_ip == "192.168.130.20"


def test_without_any_static_address_the_rendezvous_ip_is_required() -> None:
    """DHCP everywhere leaves nothing to take."""
    config = documents.agent_config()
    del config["rendezvousIP"]
    for host in config["hosts"]:
        del host["networkConfig"]
    document = Document()
    agent_config.read(document, config, masters=3, workers=2)
    assert document.problems == [
        "rendezvousIP: Required value: missing rendezvousIP in agent-config, at least one host networkConfig, "
        "or at least one NMStateConfig"
    ]


def test_a_bare_second_nic_comes_up_without_an_address() -> None:
    """A worker's second NIC has IPv4 and IPv6 disabled."""
    config = documents.agent_config()
    host = config["hosts"][3]
    host["interfaces"].append({"name": "ens4", "macAddress": "52:54:00:00:01:03"})
    off = {"enabled": False}
    host["networkConfig"]["interfaces"].append(
        {"name": "ens4", "type": "ethernet", "state": "up", "ipv4": off, "ipv6": off}
    )
    document = Document()
    result = agent_config.read(document, config, masters=3, workers=2)
    assert document.problems == []
    assert result.hosts[3].plan.splitlines() == [
        "nic 52:54:00:00:00:03 -",
        "nic 52:54:00:00:01:03 -",
        "mtu mac:52:54:00:00:00:03 1500",
        "up mac:52:54:00:00:00:03",
        "address mac:52:54:00:00:00:03 192.168.130.23/24",
        "up mac:52:54:00:00:01:03",
        "dns 192.168.130.1",
        "route mac:52:54:00:00:00:03 default 192.168.130.1",
    ]
