"""infra-operator's IPAM, as far as a node set asks it: an address on every network of every node.

A fixed address is given as it is, if it lies in the subnet and is nobody else's; else the first free one of the
subnet's ranges. An address that a node has (its IPSet) stays. Rules: rhoso.md S7, S9 and §4.4.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any

from .data_plane import Node
from .world import Object, World, status_of

NET_CONFIGS = "NetConfig.network.openstack.org"
IP_SETS = "IPSet.network.openstack.org"
CONTROL_PLANE = "ctlplane"

Reservation = dict[str, Any]


@dataclass(frozen=True)
class Reserved:
    """Reservations by node, as an IPSet's status lists them; what is wrong, a sentence each."""

    nodes: Mapping[str, tuple[Reservation, ...]]
    problems: tuple[str, ...]


def reserve(nodes: list[Node], namespace: str, world: World) -> Reserved:
    """Addresses for all nodes of a node set."""
    configs = world.all(NET_CONFIGS, namespace)
    if len(configs) != 1:
        return Reserved({}, (f"expected one NetConfig in {namespace}, found {len(configs)}",))
    networks = {network["name"].lower(): network for network in configs[0]["spec"]["networks"]}
    taken = {
        (entry["network"].lower(), entry["address"]): item["metadata"]["name"]
        for item in world.all(IP_SETS, namespace)
        for entry in status_of(item).get("reservations") or ()
    }
    problems: list[str] = []
    done: dict[str, tuple[Reservation, ...]] = {}
    # Fixed ones first, whichever node has them: no free address may be one of theirs.
    fixed = [(node, wanted) for node in nodes for wanted in node.networks if wanted.get("fixedIP")]
    for node, wanted in fixed:
        key = wanted["name"].lower(), str(wanted["fixedIP"])
        if key in taken and taken[key] != node.name:
            problems.append(f"{node.name}: {key[1]} on network {wanted['name']} is reserved by {taken[key]}")
        taken.setdefault(key, node.name)
    for node in nodes:
        held = world.get(IP_SETS, node.name, namespace)
        problems += changes(node, held)
        entries = []
        for wanted in node.networks:
            found = _reservation(node, wanted, networks, held, taken)
            if isinstance(found, str):
                problems.append(f"{node.name}: {found}")
            else:
                entries.append(found)
        if CONTROL_PLANE not in {wanted["name"].lower() for wanted in node.networks}:
            problems.append(f"{node.name}: network {CONTROL_PLANE} is missing in its networks")
        done[node.name] = tuple(entries)
    return Reserved(done, tuple(dict.fromkeys(problems)))


def changes(node: Node, held: Object | None) -> list[str]:
    """What the IPSet's webhook refuses to change of a node that has its addresses."""
    wanted = {entry["name"].lower(): entry for entry in node.networks}
    refused = []
    for entry in (held or {}).get("spec", {}).get("networks") or ():
        now = wanted.get(entry["name"].lower())
        if now is None:
            refused.append(f"{node.name}: network {entry['name']} must not be removed from its IPSet")
            continue
        refused += [
            f"{node.name}: {field} of network {entry['name']} must not change ({entry.get(field)} to {now.get(field)})"
            for field in ("fixedIP", "defaultRoute", "subnetName")
            if entry.get(field) != now.get(field)
        ]
    return refused


def _reservation(
    node: Node,
    wanted: Mapping[str, Any],
    networks: Mapping[str, Mapping[str, Any]],
    held: Object | None,
    taken: dict[tuple[str, str], str],
) -> Reservation | str:
    network = networks.get(wanted["name"].lower())
    if network is None:
        return f"network {wanted['name']} not in NetConfig"
    subnets = {subnet["name"].lower(): subnet for subnet in network["subnets"]}
    subnet = subnets.get(wanted["subnetName"].lower())
    if subnet is None:
        return f"subnet {wanted['subnetName']} of network {wanted['name']} not in NetConfig"
    address = wanted.get("fixedIP") or _held(held, network) or _free(network, subnet, taken)
    if address is None:
        return f"no free address in the ranges of {network['name']}'s {subnet['name']}"
    if ip_address(address) not in ip_network(subnet["cidr"]):
        return f"address {address} is not in {subnet['cidr']} of network {network['name']}"
    if wanted.get("defaultRoute") and not subnet.get("gateway"):
        return f"defaultRoute on network {network['name']}, but its {subnet['name']} has no gateway"
    taken.setdefault((network["name"].lower(), str(address)), node.name)
    routes = [dict(route) for route in subnet.get("routes") or ()]
    if wanted.get("defaultRoute"):
        routes.append({"destination": "0.0.0.0/0", "nexthop": subnet["gateway"]})
    return {
        "network": network["name"],
        "subnet": subnet["name"],
        "address": str(address),
        "cidr": subnet["cidr"],
        "dnsDomain": subnet.get("dnsDomain") or network["dnsDomain"],
        "mtu": network.get("mtu", 1500),
        "serviceNetwork": network.get("serviceNetwork") or network["name"].lower(),
        **{field: subnet[field] for field in ("vlan", "gateway") if subnet.get(field) is not None},
        **({"routes": routes} if routes else {}),
    }


def _held(held: Object | None, network: Mapping[str, Any]) -> str | None:
    entries = status_of(held).get("reservations") or () if held is not None else ()
    return next((str(entry["address"]) for entry in entries if entry["network"] == network["name"]), None)


def _free(network: Mapping[str, Any], subnet: Mapping[str, Any], taken: Mapping[tuple[str, str], str]) -> str | None:
    excluded = set(subnet.get("excludeAddresses") or ()) | {subnet.get("gateway")}
    name = network["name"].lower()
    free = (text for text in _range(subnet) if (name, text) not in taken and text not in excluded)
    return next(free, None)


def _range(subnet: Mapping[str, Any]) -> Iterator[str]:
    for part in subnet.get("allocationRanges") or ():
        first, last = ip_address(part["start"]), ip_address(part["end"])
        yield from (str(first + step) for step in range(int(last) - int(first) + 1))
