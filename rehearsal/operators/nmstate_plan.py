"""Turns a policy's desired state into the plan that a guest applies, and tells whether a guest is as desired.

As nmstate, it changes what the state names and leaves the rest alone; what it cannot do it refuses, because a node that
differs silently from the policy would be found much later. Source of the fields: nmstate's API documentation.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

State = Mapping[str, Any]

_SECTIONS = ("interfaces", "routes", "dns-resolver", "route-rules")
_INTERFACE = (
    *("name", "type", "state", "mtu", "mac-address", "ipv4", "ipv6", "vlan", "description", "profile-name"),
    *("ethernet", "lldp", "accept-all-mac-addresses", "identifier"),
)
_IP = (
    *("enabled", "dhcp", "autoconf", "address", "auto-dns", "auto-gateway", "auto-routes", "auto-route-table-id"),
    *("dhcp-client-id", "allow-extra-address", "forwarding"),
)
_VLAN = ("base-iface", "id", "protocol", "registration-protocol", "reorder-headers", "loose-binding")
_ROUTE = ("destination", "next-hop-address", "next-hop-interface", "metric", "table-id", "state")
_MAIN_TABLES = (None, 0, 254)
_ANYWHERE = "0.0.0.0/0"


class DesiredStateError(Exception):
    """The state is not one that this node can be in; in nmstate's words."""


def plan(desired: State, answer: State) -> str:
    """The plan that brings a guest, which says of itself ``answer``, into the state. Raises DesiredStateError."""
    _known(desired, _SECTIONS, "")
    if desired.get("route-rules", {}).get("config"):
        raise DesiredStateError("NotSupportedError: route-rules: the rehearsal's nodes have no policy routing")
    here = {nic["name"]: nic for nic in answer["nics"]}
    interfaces = [_interface(item, here) for item in desired.get("interfaces") or ()]
    named = {interface["name"]: interface for interface in interfaces}
    ordered = sorted(interfaces, key=lambda interface: (interface["state"] != "absent", interface["type"] == "vlan"))
    lines = [line for interface in ordered for line in _lines(interface, here, named)]
    lines += _dns(desired.get("dns-resolver") or {})
    lines += _routes(desired.get("routes") or {})
    return "".join(f"{line}\n" for line in lines)


def differences(desired: State, answer: State) -> list[str]:
    """What of the state is not so, after nmstate's verification; empty when the guest is as desired."""
    here = {nic["name"]: nic for nic in answer["nics"]}
    found = [said for item in desired.get("interfaces") or () for said in _differences(item, here.get(item["name"]))]
    routes = {(route["to"], route["via"], route["device"]) for route in answer.get("routes") or ()}
    for route in (desired.get("routes") or {}).get("config") or ():
        if route.get("state") == "absent":
            if any(to == _target(route) for to, _, _ in routes):
                found.append(f"route to {route['destination']} is still there")
        elif (_target(route), route["next-hop-address"], route["next-hop-interface"]) not in routes:
            found.append(f"route to {route['destination']} by {route['next-hop-address']} is missing")
    resolver = (desired.get("dns-resolver") or {}).get("config")
    if resolver is not None and list(resolver.get("server") or ()) != list(answer.get("resolvers") or ()):
        found.append(f"name servers are {', '.join(answer.get('resolvers') or ()) or 'none'}")
    return found


def _differences(wanted: State, nic: State | None) -> Iterator[str]:
    name, state = wanted["name"], wanted.get("state", "up")
    if nic is None:
        if state == "up":
            yield f"interface {name} is missing"
        return
    is_vlan = "vlan" in nic
    if state == "absent" and is_vlan:
        yield f"interface {name} is still there"
    if state != "up":
        return
    if not nic["up"]:
        yield f"interface {name} is down"
    if "mtu" in wanted and nic["mtu"] != wanted["mtu"]:
        yield f"interface {name} has mtu {nic['mtu']}, not {wanted['mtu']}"
    if "mac-address" in wanted and nic["mac"].lower() != str(wanted["mac-address"]).lower():
        yield f"interface {name} has MAC {nic['mac']}, not {wanted['mac-address']}"
    addresses = _addresses(wanted)
    if addresses is not None and sorted(addresses) != sorted(nic["addresses"]):
        has = ", ".join(nic["addresses"]) or "no address"
        yield f"interface {name} has {has}, not {', '.join(addresses) or 'none'}"
    if wanted.get("type") == "vlan" and wanted.get("vlan"):
        vlan = {"id": wanted["vlan"].get("id"), "parent": wanted["vlan"].get("base-iface")}
        if nic.get("vlan") != vlan:
            yield f"interface {name} is no VLAN {vlan['id']} of {vlan['parent']}"


def _interface(item: Any, here: Mapping[str, State]) -> dict[str, Any]:
    """An entry of ``interfaces`` with its type and state filled in."""
    if not isinstance(item, Mapping) or not isinstance(item.get("name"), str):
        raise DesiredStateError("InvalidArgument: interfaces: an interface has no name")
    name = item["name"]
    _known(item, _INTERFACE, f"interface {name}: ")
    current = here.get(name)
    kind = item.get("type") or ("vlan" if current is not None and "vlan" in current else "ethernet")
    if kind not in ("ethernet", "vlan"):
        raise DesiredStateError(
            f"NotImplementedError: interface {name}: the rehearsal's nodes have ethernet and vlan, no {kind}"
        )
    if item.get("state", "up") not in ("up", "down", "absent"):
        raise DesiredStateError(f"InvalidArgument: interface {name}: unknown state {item['state']}")
    if name in here and ("vlan" in here[name]) != (kind == "vlan"):
        raise DesiredStateError(f"InvalidArgument: interface {name} exists and is of another type than {kind}")
    return {**item, "type": kind, "state": item.get("state", "up")}


def _lines(interface: State, here: Mapping[str, State], named: Mapping[str, State]) -> Iterator[str]:
    name, state = interface["name"], interface["state"]
    if interface["type"] == "vlan":
        if state == "absent":
            yield f"removed {name}"
            return
        yield _vlan(interface, here, named)
    elif name not in here:
        if state != "up":
            return
        raise DesiredStateError(f"InvalidArgument: Ethernet interface {name} does not exists; {_told(here)}")
    if state == "absent":
        yield from (f"addresses {name}", f"down {name}")
        return
    if "mac-address" in interface and str(interface["mac-address"]).lower() != here.get(name, {}).get("mac"):
        yield f"hwaddr {name} {str(interface['mac-address']).lower()}"
    if "mtu" in interface:
        yield f"mtu {name} {int(interface['mtu'])}"
    addresses = _addresses(interface)
    if addresses is not None:
        yield " ".join(["addresses", name, *addresses])
    yield f"{state} {name}"


def _vlan(interface: State, here: Mapping[str, State], named: Mapping[str, State]) -> str:
    name = interface["name"]
    vlan = interface.get("vlan") or {}
    _known(vlan, _VLAN, f"interface {name}: vlan: ")
    current = here.get(name, {}).get("vlan", {})
    base, tag = vlan.get("base-iface", current.get("parent")), vlan.get("id", current.get("id"))
    if not base or tag is None:
        raise DesiredStateError(f"InvalidArgument: VLAN interface {name} has no base-iface or no id")
    if vlan.get("protocol", "802.1q") != "802.1q":
        raise DesiredStateError(f"NotSupportedError: VLAN interface {name}: only protocol 802.1q is known")
    if not 0 < int(tag) < 4095:
        raise DesiredStateError(f"InvalidArgument: VLAN interface {name}: id {tag} is not between 1 and 4094")
    if base not in here and named.get(base, {}).get("type") != "vlan":
        raise DesiredStateError(
            f"InvalidArgument: VLAN interface {name} has base-iface {base}, which does not exist; {_told(here)}"
        )
    return f"vlan {name} {int(tag)} {base}"


def _addresses(interface: State) -> list[str] | None:
    """The IPv4 addresses that it shall have; None when the state does not say."""
    name = interface["name"]
    ipv6 = interface.get("ipv6") or {}
    _known(ipv6, _IP, f"interface {name}: ipv6: ")
    if ipv6.get("enabled"):
        raise DesiredStateError(f"NotSupportedError: interface {name}: the rehearsal's nodes have no IPv6")
    ipv4 = interface.get("ipv4")
    if ipv4 is None:
        return None
    _known(ipv4, _IP, f"interface {name}: ipv4: ")
    if "enabled" not in ipv4:
        raise DesiredStateError(f"InvalidArgument: interface {name}: ipv4 lacks enabled")
    if not ipv4["enabled"]:
        return []
    if ipv4.get("dhcp"):
        raise DesiredStateError(f"NotSupportedError: interface {name}: no network of a lab has a DHCP server")
    addresses = []
    for entry in ipv4.get("address") or ():
        try:
            addresses.append(str(ipaddress.IPv4Interface(f"{entry['ip']}/{entry['prefix-length']}")))
        except (KeyError, TypeError, ValueError) as error:
            raise DesiredStateError(f"InvalidArgument: interface {name}: invalid IP address: {error}") from error
    return addresses


def _dns(resolver: State) -> Iterator[str]:
    config = resolver.get("config")
    if config is None:
        return
    yield "unresolved"
    yield from (f"dns {server}" for server in config.get("server") or ())
    yield from (f"search {domain}" for domain in config.get("search") or ())


def _routes(section: State) -> Iterator[str]:
    for route in section.get("config") or ():
        _known(route, _ROUTE, "routes: ")
        if route.get("table-id") not in _MAIN_TABLES:
            raise DesiredStateError(f"NotSupportedError: routes: table {route['table-id']}: only the main one is known")
        if route.get("state") == "absent":
            yield f"unrouted {_target(route)}"
            continue
        missing = [key for key in ("destination", "next-hop-address", "next-hop-interface") if not route.get(key)]
        if missing:
            raise DesiredStateError(f"InvalidArgument: routes: a route lacks {', '.join(missing)}")
        yield f"route {route['next-hop-interface']} {_target(route)} {route['next-hop-address']}"


def _target(route: State) -> str:
    destination = str(route.get("destination") or "")
    return "default" if destination in (_ANYWHERE, "") else destination


def _known(section: Any, keys: tuple[str, ...], where: str) -> None:
    if not isinstance(section, Mapping):
        raise DesiredStateError(f"InvalidArgument: {where}expected a mapping")
    for key in section:
        if key not in keys:
            raise DesiredStateError(f"InvalidArgument: {where}unknown field `{key}`, expected one of {', '.join(keys)}")


def _told(here: Mapping[str, State]) -> str:
    return f"this node has {', '.join(sorted(here))}"
