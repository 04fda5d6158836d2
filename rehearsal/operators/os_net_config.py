"""os-net-config of a compute: what its template comes to, and whether the machine is as it says.

The role edpm_network_config renders the template with the node's variables and has os-net-config set the machine up.
The guest is set up already, by cloud-init, and has no Open vSwitch: so the document is compared with what is there, NIC
by NIC, and every difference is what would have cut the real machine off or moved an address.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import jinja2
import yaml

from .data_plane_ipam import CONTROL_PLANE, Reservation
from .guest_facts import Facts

TEMPLATE = "edpm_network_config_template"
MAPPINGS = "edpm_network_config_os_net_config_mappings"

Item = Mapping[str, Any]


def injected(reservations: tuple[Reservation, ...], name: str, dns: list[str], services: list[str]) -> dict[str, Any]:
    """The variables that the operator adds to a node's own (openstack-operator pkg/dataplane/inventory.go).

    ``name`` is the node's short host name, ``dns`` what the DNSMasq answers on, ``services`` the services deployed.
    """
    networks = {entry["network"]: entry["serviceNetwork"] for entry in reservations}
    domains = {entry["network"].lower(): entry["dnsDomain"] for entry in reservations}
    found: dict[str, Any] = {
        "ctlplane_dns_nameservers": dns,
        "dns_search_domains": list(dict.fromkeys(domains.values())),
        "canonical_hostname": f"{name}.{domains[CONTROL_PLANE]}",
        "nodeset_networks": [network for network in networks if network.lower() != CONTROL_PLANE],
        "networks_lower": networks,
        "edpm_services": services,
    }
    for entry in reservations:
        of = entry["serviceNetwork"]
        found |= {
            f"{of}_ip": entry["address"],
            f"{of}_cidr": int(entry["cidr"].partition("/")[2]),
            f"{of}_mtu": entry["mtu"],
            f"{of}_host_routes": [
                {"ip_netmask": route["destination"], "next_hop": route["nexthop"]} for route in entry.get("routes", ())
            ],
        }
        found |= {f"{of}_vlan_id": entry["vlan"]} if "vlan" in entry else {}
        found |= {f"{of}_gateway_ip": entry["gateway"]} if "gateway" in entry else {}
    return found


def render(template: str, variables: Mapping[str, Any]) -> list[Item]:
    """The document's ``network_config``. Raises ValueError when it can't be rendered or is no such document."""
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, trim_blocks=True, autoescape=False)
    environment.filters["to_json"] = json.dumps
    environment.globals["lookup"] = lambda plugin, name, **more: _lookup(plugin, name, variables, more)
    try:
        text = environment.from_string(template).render(**variables)
        document = yaml.safe_load(text)
    except jinja2.TemplateError as error:
        raise ValueError(f"{TEMPLATE} cannot be rendered: {error}") from error
    except yaml.YAMLError as error:
        raise ValueError(f"{TEMPLATE} does not come to YAML: {error}") from error
    entries = document.get("network_config") if isinstance(document, dict) else None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) and "type" in entry for entry in entries):
        raise ValueError(f"{TEMPLATE} comes to no list network_config of objects with a type")
    return entries


def complaints(entries: list[Item], mapping: Mapping[str, str], facts: Facts) -> list[str]:
    """Where the machine is not what the document wants; a sentence each, none when it is."""
    found = [sentence for entry in entries for sentence in _entry(entry, mapping, facts)]
    routes = [route for entry in _all(entries) for route in _routes(entry) if _is_default(route)]
    if len(routes) != 1:
        found.append(f"the document gives {len(routes)} default routes, expected one")
    if len(facts.defaults) != 1:
        found.append(f"the machine has {len(facts.defaults)} default routes, expected one")
    return found


def _lookup(plugin: str, name: str, variables: Mapping[str, Any], more: Mapping[str, Any]) -> Any:
    if plugin != "vars":
        raise jinja2.TemplateRuntimeError(f"lookup of {plugin} is not known here")
    if name not in variables and "default" not in more:
        raise jinja2.UndefinedError(f"No variable found with this name: {name}")
    return variables.get(name, more.get("default"))


def _all(entries: list[Item]) -> Iterator[Item]:
    for entry in entries:
        yield entry
        yield from _all(entry.get("members") or [])


def _entry(entry: Item, mapping: Mapping[str, str], facts: Facts) -> Iterator[str]:
    kind = entry["type"]
    if entry.get("use_dhcp"):
        yield f"{entry.get('name', kind)} asks for DHCP, and no network of the lab has a server"
    try:
        if kind == "interface":
            device = _nic(str(entry["name"]), mapping, facts)
        elif kind == "vlan":
            device = _vlan(entry, mapping, facts)
        elif kind == "ovs_bridge":
            device = _bridge(entry, mapping, facts)
        else:
            raise LookupError(f"type {kind} is not known here")
    except KeyError as error:
        yield f"a {kind} has no {error}"
        return
    except LookupError as error:
        yield str(error)
        return
    has = facts.addresses.get(device, ())
    for address in entry.get("addresses") or ():
        if address["ip_netmask"] not in has:
            yield f"{device} has not {address['ip_netmask']}, but {', '.join(has) or 'no address'}"
    mtu = entry.get("mtu")
    if mtu is not None and facts.mtus.get(device) != int(mtu):
        yield f"{device} has MTU {facts.mtus.get(device)}, expected {mtu}"
    for route in _routes(entry):
        wanted = route.get("next_hop"), device
        if _is_default(route) and wanted not in facts.defaults:
            yield f"the default route is not by {wanted[0]} on {device}, but {facts.told_defaults()}"


def _nic(name: str, mapping: Mapping[str, str], facts: Facts) -> str:
    """The device behind nic1, nic2, … by its MAC; any other name is a device's own."""
    mac = mapping.get(name, "").lower()
    if not mac:
        if name in facts.nics:
            return name
        raise LookupError(f"{name} is in no mapping, and no NIC is called that; there are {facts.told_nics()}")
    found = [device for device, its in facts.nics.items() if its == mac]
    if not found:
        raise LookupError(f"no NIC has {name}'s MAC {mac}; there are {facts.told_nics()}")
    return found[0]


def _vlan(entry: Item, mapping: Mapping[str, str], facts: Facts) -> str:
    below = _nic(str(entry["device"]), mapping, facts)
    tag = int(entry["vlan_id"])
    found = [device for device, its in facts.vlans.items() if its == (tag, below)]
    if not found:
        raise LookupError(f"{below} has no VLAN {tag}; the machine has {facts.told_vlans()}")
    return found[0]


def _bridge(entry: Item, mapping: Mapping[str, str], facts: Facts) -> str:
    """The bridge's one NIC: it has the address until Open vSwitch takes it over."""
    members = [member for member in entry.get("members") or () if member["type"] == "interface"]
    if len(members) != 1:
        raise LookupError(f"bridge {entry['name']} has {len(members)} NICs, expected one")
    return _nic(str(members[0]["name"]), mapping, facts)


def _routes(entry: Item) -> list[Item]:
    return list(entry.get("routes") or ())


def _is_default(route: Item) -> bool:
    return bool(route.get("default")) or route.get("ip_netmask") in ("0.0.0.0/0", "default")
