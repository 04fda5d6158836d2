"""What a guest is asked to do for a desired state, and what is refused before anybody is asked."""

from __future__ import annotations

from typing import Any

import pytest

from manifests import nmstate_policies
from rehearsal.operators.nmstate import current_state
from rehearsal.operators.nmstate_plan import DesiredStateError, differences, plan
from tests import lab
from tests.rehearsal_operators.fake_guests import applied

OFF = {"enabled": False}
ENS4 = {"name": "ens4", "type": "ethernet", "state": "up"}


def guest(*nics: dict[str, Any]) -> dict[str, Any]:
    """A node with the machine network's NIC and a bare ens4."""
    ens3 = {"name": "ens3", "mac": "52:00:00:00:00:03", "mtu": 1500, "addresses": ["192.0.2.10/24"], "up": True}
    ens4 = {"name": "ens4", "mac": "52:00:00:00:00:04", "mtu": 1500, "addresses": [], "up": False}
    routes = [{"to": "default", "via": "192.0.2.1", "device": "ens3"}]
    return {"hostname": "worker-0", "nics": [ens3, ens4, *nics], "routes": routes, "resolvers": [], "search": []}


def vlan(name: str = "internalapi", **changes: Any) -> dict[str, Any]:
    """A VLAN 20 of ens4 with an address, as an entry of ``interfaces``."""
    address = {"ip": "172.17.0.10", "prefix-length": 24}
    ipv4 = {"enabled": True, "dhcp": False, "address": [address]}
    return {
        "name": name,
        "type": "vlan",
        "state": "up",
        "mtu": 1500,
        "vlan": {"base-iface": "ens4", "id": 20},
        "ipv4": ipv4,
        "ipv6": OFF,
    } | changes


def test_the_policies_of_a_lab_bring_a_node_where_they_say() -> None:
    """What the program renders differs before and not after, and doing it again asks for nothing new."""
    for policy in nmstate_policies.render(lab.plan()):
        desired, before = policy["spec"]["desiredState"], guest()
        assert differences(desired, before)
        after = applied(before, plan(desired, before))
        assert differences(desired, after) == []
        assert applied(after, plan(desired, after)) == after


def test_the_base_comes_before_its_vlan_and_removal_before_both() -> None:
    """The order in the document does not matter."""
    old = {"name": "old", "mac": "52:00:00:00:00:04", "mtu": 1500, "addresses": [], "up": True}
    here = guest({**old, "vlan": {"id": 20, "parent": "ens4"}})
    lines = plan({"interfaces": [vlan(), ENS4, {"name": "old", "state": "absent"}]}, here).splitlines()
    assert lines[0] == "removed old"
    assert lines.index("up ens4") < lines.index("vlan internalapi 20 ens4")


def test_what_is_not_named_stays() -> None:
    """Without ipv4 the addresses stay, without an interface everything of it."""
    assert plan({"interfaces": [{"name": "ens3"}]}, guest()) == "up ens3\n"
    assert differences({"interfaces": [{"name": "ens3"}]}, guest()) == []


def test_routes_and_name_servers() -> None:
    """Routes are added or taken away one by one, name servers are replaced."""
    route = {"destination": "10.5.0.0/16", "next-hop-address": "192.0.2.5", "next-hop-interface": "ens3"}
    gone = {"destination": "0.0.0.0/0", "state": "absent"}
    desired = {"routes": {"config": [route, gone]}, "dns-resolver": {"config": {"server": ["192.0.2.53"]}}}
    asked = plan(desired, guest())
    assert asked.splitlines() == [
        "unresolved",
        "dns 192.0.2.53",
        "route ens3 10.5.0.0/16 192.0.2.5",
        "unrouted default",
    ]
    assert len(differences(desired, guest())) == 3
    assert differences(desired, applied(guest(), asked)) == []


@pytest.mark.parametrize(
    ("interface", "message"),
    [
        ({**ENS4, "name": "enp6s0"}, "Ethernet interface enp6s0 does not exists; this node has ens3, ens4"),
        (vlan(vlan={"base-iface": "enp6s0", "id": 20}), "base-iface enp6s0, which does not exist"),
        (vlan(vlan={"id": 20}), "no base-iface or no id"),
        (vlan(vlan={"base-iface": "ens4", "id": 4095}), "id 4095 is not between 1 and 4094"),
        (vlan(vlan={"base-iface": "ens4", "id": 20, "vid": 1}), "unknown field `vid`"),
        (vlan(vlan={"base-iface": "ens4", "id": 20, "protocol": "802.1ad"}), "only protocol 802.1q"),
        ({**ENS4, "ipv4": {"enabled": True, "dhcp": True}}, "no network of a lab has a DHCP server"),
        ({**ENS4, "ipv4": {"address": []}}, "ipv4 lacks enabled"),
        ({**ENS4, "ipv4": {"enabled": True, "address": [{"ip": "172.17.0.300", "prefix-length": 24}]}}, "172.17.0.300"),
        ({**ENS4, "ipv6": {"enabled": True}}, "no IPv6"),
        ({**ENS4, "type": "ovs-bridge"}, "ethernet and vlan, no ovs-bridge"),
        ({**ENS4, "type": "vlan"}, "exists and is of another type"),
        ({**ENS4, "mtuu": 1500}, "unknown field `mtuu`"),
        ({**ENS4, "state": "on"}, "unknown state on"),
        ({"type": "ethernet"}, "has no name"),
    ],
)
def test_what_a_node_cannot_be_is_refused(interface: dict[str, Any], message: str) -> None:
    """The message names the interface or the field."""
    with pytest.raises(DesiredStateError) as caught:
        plan({"interfaces": [interface]}, guest())
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("desired", "message"),
    [
        ({"interface": []}, "unknown field `interface`"),
        ({"routes": {"config": [{"destination": "10.0.0.0/8"}]}}, "lacks next-hop-address, next-hop-interface"),
        ({"routes": {"config": [{"destination": "10.0.0.0/8", "table-id": 100}]}}, "table 100"),
        ({"route-rules": {"config": [{"ip-from": "10.0.0.0/8"}]}}, "no policy routing"),
    ],
)
def test_other_sections_are_refused(desired: dict[str, Any], message: str) -> None:
    """Nothing is passed over."""
    with pytest.raises(DesiredStateError) as caught:
        plan(desired, guest())
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mtu": 1400}, "has mtu 1400, not 1500"),
        ({"up": False}, "is down"),
        ({"addresses": []}, "has no address, not 172.17.0.10/24"),
        ({"vlan": {"id": 21, "parent": "ens4"}}, "is no VLAN 20 of ens4"),
    ],
)
def test_a_difference_says_what_is_not_so(change: dict[str, Any], message: str) -> None:
    """Each field that a policy sets is verified."""
    nic = {"name": "internalapi", "mac": "52:00:00:00:00:04", "mtu": 1500, "addresses": ["172.17.0.10/24"], "up": True}
    nic |= {"vlan": {"id": 20, "parent": "ens4"}}
    assert differences({"interfaces": [vlan()]}, guest(nic)) == []
    [said] = differences({"interfaces": [vlan()]}, guest(nic | change))
    assert said == f"interface internalapi {message}"


def test_the_state_of_a_node_has_nmstates_shape() -> None:
    """NICs and VLANs with MACs in upper case, the routes and name servers."""
    nic = {"name": "internalapi", "mac": "52:00:00:00:00:04", "mtu": 1450, "addresses": ["172.17.0.10/24"], "up": True}
    state = current_state(guest(nic | {"vlan": {"id": 20, "parent": "ens4"}}))
    assert [(entry["name"], entry["type"], entry["mac-address"]) for entry in state["interfaces"]] == [
        ("ens3", "ethernet", "52:00:00:00:00:03"),
        ("ens4", "ethernet", "52:00:00:00:00:04"),
        ("internalapi", "vlan", "52:00:00:00:00:04"),
    ]
    assert state["interfaces"][2]["vlan"] == {"base-iface": "ens4", "id": 20, "protocol": "802.1q"}
    assert state["interfaces"][2]["ipv4"]["address"] == [{"ip": "172.17.0.10", "prefix-length": 24}]
    assert state["routes"]["running"][0]["destination"] == "0.0.0.0/0"
