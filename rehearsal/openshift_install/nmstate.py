"""Checks one host's NMState document as `nmstatectl gc` would, and turns it into what the guest applies.

The real installer turns the document into NetworkManager keyfiles, keyed by MAC, on the ISO. The guest has no
NetworkManager; its form is the line-based plan of `rehearsal/guest/system/lib/nics.sh`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from rehearsal.openshift_install import syntax
from rehearsal.openshift_install.fields import INVALID, REQUIRED, Document

_INTERFACE = (
    "name", "type", "state", "mac-address", "mtu", "ipv4", "ipv6", "vlan", "identifier", "profile-name", "description",
    "ethernet",
)  # fmt: skip
_AUTO = ("auto-dns", "auto-gateway", "auto-routes", "auto-route-table-id")
_IPV4 = ("enabled", "dhcp", "address", *_AUTO)
_IPV6 = ("enabled", "dhcp", "autoconf", "address", *_AUTO)
_ROUTE = ("destination", "next-hop-address", "next-hop-interface", "metric", "table-id", "state")


def check(document: Document, value: object, path: str) -> list[ipaddress.IPv4Interface | ipaddress.IPv6Interface]:
    """Check NMState document `value` at `path`; return its static addresses in order."""
    state = document.mapping(value, path, ("interfaces", "dns-resolver", "routes"))
    addresses: list[ipaddress.IPv4Interface | ipaddress.IPv6Interface] = []
    names: set[str] = set()
    interfaces = list(document.items(state.get("interfaces"), f"{path}.interfaces"))
    for where, item in interfaces:
        interface = document.mapping(item, where, _INTERFACE)
        name = document.text(interface.get("name"), f"{where}.name")
        if name in names:
            document.refuse(f"{where}.name", INVALID, "interface is defined twice", name)
        names.add(name)
        addresses += _interface(document, interface, where)
    for where, item in interfaces:
        _vlan(document, item, where, names)
    _dns(document, state.get("dns-resolver"), f"{path}.dns-resolver")
    _routes(document, state.get("routes"), f"{path}.routes", names)
    return addresses


def _interface(
    document: Document, interface: Mapping[str, Any], path: str
) -> list[ipaddress.IPv4Interface | ipaddress.IPv6Interface]:
    document.one_of(interface.get("type"), f"{path}.type", ("ethernet", "vlan"))
    document.one_of(interface.get("state", "up"), f"{path}.state", ("up", "down"))
    if "mac-address" in interface:
        reason = syntax.mac(str(interface["mac-address"]))
        if reason:
            document.refuse(f"{path}.mac-address", INVALID, reason, interface["mac-address"])
    if "mtu" in interface:
        document.integer(interface["mtu"], f"{path}.mtu", default=0)
    found = []
    for family, known, longest in (("ipv4", _IPV4, 32), ("ipv6", _IPV6, 128)):
        where = f"{path}.{family}"
        section = document.mapping(interface.get(family), where, known)
        for key in ("enabled", "dhcp", "autoconf"):
            if key in section and not isinstance(section[key], bool):
                document.refuse(f"{where}.{key}", INVALID, "must be true or false", section[key])
        if section and "enabled" not in section:
            document.refuse(f"{where}.enabled", REQUIRED)
        for at, item in document.items(section.get("address"), f"{where}.address"):
            entry = document.mapping(item, at, ("ip", "prefix-length"))
            address = _address(document, entry, at, longest)
            if address is not None and section.get("enabled") is True:
                found.append(address)
    return found


def _address(
    document: Document, entry: Mapping[str, Any], path: str, longest: int
) -> ipaddress.IPv4Interface | ipaddress.IPv6Interface | None:
    text = document.text(entry.get("ip"), f"{path}.ip")
    prefix = document.integer(entry.get("prefix-length"), f"{path}.prefix-length", default=-1)
    if "prefix-length" not in entry:
        document.refuse(f"{path}.prefix-length", REQUIRED)
    elif not 0 <= prefix <= longest:
        document.refuse(f"{path}.prefix-length", INVALID, f"must be between 0 and {longest}", prefix)
        return None
    if not text or prefix < 0:
        return None
    try:
        address = ipaddress.ip_interface(f"{text}/{prefix}")
    except ValueError:
        document.refuse(f"{path}.ip", INVALID, "invalid IP address", text)
        return None
    if address.max_prefixlen != longest:
        document.refuse(f"{path}.ip", INVALID, "address of the wrong family", text)
        return None
    return address


def _vlan(document: Document, interface: object, path: str, names: set[str]) -> None:
    if not isinstance(interface, Mapping) or interface.get("type") != "vlan":
        return
    section = document.mapping(interface.get("vlan"), f"{path}.vlan", ("base-iface", "id", "protocol"))
    base = document.text(section.get("base-iface"), f"{path}.vlan.base-iface")
    if base and base not in names:
        document.refuse(f"{path}.vlan.base-iface", INVALID, "interface is not defined", base)
    number = document.integer(section.get("id"), f"{path}.vlan.id", default=0)
    if not 1 <= number <= 4094:
        document.refuse(f"{path}.vlan.id", INVALID, "must be between 1 and 4094", section.get("id"))


def _dns(document: Document, value: object, path: str) -> None:
    config = document.mapping(
        document.mapping(value, path, ("config",)).get("config"), f"{path}.config", ("server", "search", "options")
    )
    for where, server in document.items(config.get("server"), f"{path}.config.server"):
        reason = syntax.ip(str(server))
        if reason:
            document.refuse(where, INVALID, reason, server)
    for where, domain in document.items(config.get("search"), f"{path}.config.search"):
        reason = syntax.subdomain(str(domain))
        if reason:
            document.refuse(where, INVALID, reason, domain)


def _routes(document: Document, value: object, path: str, names: set[str]) -> None:
    section = document.mapping(value, path, ("config",))
    for where, item in document.items(section.get("config"), f"{path}.config"):
        route = document.mapping(item, where, _ROUTE)
        destination = document.text(route.get("destination"), f"{where}.destination")
        try:
            ipaddress.ip_network(destination or "0.0.0.0/0")
        except ValueError as error:
            document.refuse(f"{where}.destination", INVALID, str(error), destination)
        hop = document.text(route.get("next-hop-address"), f"{where}.next-hop-address")
        if hop and syntax.ip(hop):
            document.refuse(f"{where}.next-hop-address", INVALID, syntax.ip(hop), hop)
        interface = document.text(route.get("next-hop-interface"), f"{where}.next-hop-interface")
        if interface and interface not in names:
            message = "route's next hop interface is not in this document"
            document.refuse(f"{where}.next-hop-interface", INVALID, message, interface)
        for key in ("metric", "table-id"):
            document.integer(route.get(key), f"{where}.{key}", default=0)


def guest_plan(state: Mapping[str, Any], macs: Mapping[str, str]) -> str:
    """Return a valid document as the guest's plan; `macs` maps the host's logical NIC names to MACs.

    A NIC whose name is mapped is found by its MAC, any other by its kernel name. Only IPv4 is configured: the guest
    has no IPv6.
    """

    def device(name: str) -> str:
        return f"mac:{macs[name].lower()}" if name in macs else name

    interfaces = state.get("interfaces") or []
    lines = [f"nic {mac.lower()} -" for mac in macs.values()]
    last = []
    for interface in interfaces:
        name = device(interface["name"])
        if interface["type"] == "vlan":
            name = interface["name"]
            lines.append(f"vlan {name} {interface['vlan']['id']} {device(interface['vlan']['base-iface'])}")
        elif name == interface["name"]:
            lines.append(f"named {name}")
        if "mtu" in interface:
            lines.append(f"mtu {name} {interface['mtu']}")
        if interface.get("state", "up") == "down":
            continue
        lines.append(f"up {name}")
        ipv4 = interface.get("ipv4") or {}
        for address in (ipv4.get("address") or []) if ipv4.get("enabled") else []:
            lines.append(f"address {name} {address['ip']}/{address['prefix-length']}")
        # NetworkManager gives the NIC this address (a cloned MAC); last, because the lines above find it by its own.
        wanted = str(interface.get("mac-address", "")).lower()
        if wanted and interface["type"] == "ethernet" and wanted != macs.get(interface["name"], wanted).lower():
            last.append(f"hwaddr {name} {wanted}")
    resolver = ((state.get("dns-resolver") or {}).get("config")) or {}
    lines += [f"dns {server}" for server in resolver.get("server") or []]
    lines += [f"search {domain}" for domain in resolver.get("search") or []]
    for route in (state.get("routes") or {}).get("config") or []:
        destination = "default" if route["destination"] == "0.0.0.0/0" else route["destination"]
        if ":" not in destination:
            lines.append(f"route {device(route['next-hop-interface'])} {destination} {route['next-hop-address']}")
    return "\n".join(lines + last) + "\n"
