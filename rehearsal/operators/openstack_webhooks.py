"""Kinds of OpenStack that nobody waits for, but whose webhooks refuse what cannot work: NetConfig (rhoso.md, S7).

Source: infra-operator apis v0.6.0, network/v1beta1/netconfig_webhook.go. Topology has no webhook there.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Any

from .standin import Operation, StandIn
from .world import Object, World

NET_CONFIGS, IP_SETS = "NetConfig.network.openstack.org", "IPSet.network.openstack.org"

_DOMAIN = re.compile(r"([a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z]{2,}")
_Net = ipaddress.IPv4Network | ipaddress.IPv6Network
_Spec = Mapping[str, Any]


class NetConfig(StandIn):
    """Has no status: it is ready once it is there."""

    kind = NET_CONFIGS
    operator = "openstack"

    def refuses(self, operation: Operation, obj: Object, old: Object | None, world: World) -> str | None:
        metadata = obj["metadata"]
        name, namespace = metadata["name"], metadata["namespace"]
        sets = world.all(IP_SETS, namespace)
        if operation == "DELETE":
            if sets:
                return f"unable to delete NetConfig while there are still {len(sets)} IPSets in the namespace"
            return None
        others = [item["metadata"]["name"] for item in world.all(NET_CONFIGS, namespace)]
        if operation == "CREATE" and any(other != name for other in others):
            return f"there is already NetConfig {others[0]} in namespace {namespace}. There can only be one."
        wrong = list(_networks(obj["spec"]))
        if operation == "UPDATE" and old is not None and sets:
            wrong += _changes(obj["spec"], old["spec"])
        return f'NetConfig.network.openstack.org "{name}" is invalid: {", ".join(wrong)}' if wrong else None


def _networks(spec: _Spec) -> Iterator[str]:
    seen: dict[str, str] = {}
    ranges: dict[str, str] = {}
    for number, network in enumerate(spec["networks"]):
        path = f"spec.networks[{number}]"
        yield from _unique(seen, network["name"], f"{path}.name", "network name {} already in use at {}, must be uniq")
        domain = network["dnsDomain"]
        if not _DOMAIN.fullmatch(domain):
            yield _invalid(f"{path}.dnsDomain", domain, f"DNSDoman name {domain} is not valid")
        rule = "DNSDoman name {} already in use at {}, must be uniq"
        yield from _unique(seen, domain, f"{path}.dnsDomain", rule)
        names: dict[str, str] = {}
        for index, subnet in enumerate(network["subnets"]):
            yield from _subnet(subnet, f"{path}.subnets[{index}]", names, ranges)


def _subnet(subnet: _Spec, path: str, names: dict[str, str], ranges: dict[str, str]) -> Iterator[str]:
    yield from _unique(names, subnet["name"], f"{path}.name", "network name {} already in use at {}, must be uniq")
    yield from _unique(ranges, subnet["cidr"], f"{path}.name", "CIDR {} already in use at {}")
    try:
        net = ipaddress.ip_network(subnet["cidr"], strict=False)
    except ValueError:
        yield _invalid(f"{path}.cidr", subnet["cidr"], "IP address prefix (CIDR) %s")
        return
    if subnet.get("gateway"):
        yield from _address(subnet["gateway"], net, f"{path}.gateway")
    for number, pool in enumerate(subnet["allocationRanges"]):
        yield from _range(pool, net, f"{path}.allocationRanges[{number}]")
    for number, address in enumerate(subnet.get("excludeAddresses") or ()):
        yield from _address(address, net, f"{path}.excludeAddresses[{number}]")
    for number, route in enumerate(subnet.get("routes") or ()):
        yield from _address(route["nexthop"], net, f"{path}.routes[{number}].nexthop")


def _range(pool: _Spec, net: _Net, path: str) -> Iterator[str]:
    wrong = [*_address(pool["start"], net, f"{path}.start"), *_address(pool["end"], net, f"{path}.end")]
    yield from wrong
    if not wrong and int(ipaddress.ip_address(pool["start"])) >= int(ipaddress.ip_address(pool["end"])):
        reason = f"Start address: {pool['start']} > End address {pool['end']}"
        yield _invalid(f"{path}.start", pool["start"], reason)


def _address(text: str, net: _Net, path: str) -> Iterator[str]:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        yield _invalid(path, text, "not an IP address")
        return
    if address.version != net.version:
        yield _invalid(path, text, "cannot mix IPv4 and IPv6")
    elif address not in net:
        yield _invalid(path, text, f"address not in IP address prefix (CIDR) {net}")


def _changes(spec: _Spec, old: _Spec) -> Iterator[str]:
    """What must stay while addresses have been given out."""
    there = {network["name"]: network for network in spec["networks"]}
    for number, network in enumerate(old["networks"]):
        name, path = network["name"], f"spec.networks[{number}]"
        if name not in there:
            yield _invalid(f"{path}.name", name, f"network {name} removed")
            continue
        subnets = {subnet["name"]: subnet for subnet in there[name]["subnets"]}
        for index, subnet in enumerate(network["subnets"]):
            place, new = f"{path}.subnets[{index}]", subnets.get(subnet["name"])
            if new is None:
                yield _invalid(f"{place}.name", name, f"name of a subnet must not change - {subnet['name']}")
                continue
            for field in ("cidr", "vlan", "gateway"):
                if new.get(field) != subnet.get(field):
                    reason = f"{field} of a subnet must not change - {subnet.get(field, '')}"
                    yield _invalid(f"{place}.{field}", name, reason)


def _unique(seen: dict[str, str], value: str, path: str, rule: str) -> Iterator[str]:
    if value in seen:
        yield _invalid(path, value, rule.format(value, seen[value]))
    else:
        seen[value] = path


def _invalid(path: str, value: str, reason: str) -> str:
    return f'{path}: Invalid value: "{value}": {reason}'


STANDINS = (NetConfig(),)
