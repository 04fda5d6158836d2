"""Rules of install-config's `networking` section and of the VIPs that must lie in it."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from rehearsal.openshift_install import syntax
from rehearsal.openshift_install.fields import INVALID, REQUIRED, TOO_MANY, Document

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_KNOWN = (
    "networkType", "machineNetwork", "clusterNetwork", "serviceNetwork", "ovnKubernetesConfig", "clusterNetworkMTU",
)  # fmt: skip
_OVN_RESERVED = {
    "join": ipaddress.ip_network("100.64.0.0/16"),
    "transit": ipaddress.ip_network("100.88.0.0/16"),
    "masquerade": ipaddress.ip_network("169.254.0.0/17"),
}
_DOCKER_BRIDGE = ipaddress.ip_network("172.17.0.0/16")
_OVN = "OVNKubernetes"


@dataclass(frozen=True)
class Networking:
    """What the rest needs of the section."""

    network_type: str
    machine: tuple[Network, ...]
    cluster: tuple[Network, ...]
    service: tuple[Network, ...]
    join: Network | None
    """The document's own join subnet; None when it leaves OVN-Kubernetes' default."""


def read(document: Document, value: object) -> Networking:
    """Check `networking`, which has the installer's defaults already."""
    section = document.mapping(value, "networking", _KNOWN)
    network_type = _network_type(document, section.get("networkType"))
    if section.get("clusterNetworkMTU"):
        document.refuse("networking.clusterNetworkMTU", INVALID, "allowed only in AWS deployments")
    machine = _entries(document, section.get("machineNetwork"), "networking.machineNetwork", ("cidr",))
    known = ("cidr", "hostPrefix")
    cluster = _entries(document, section.get("clusterNetwork"), "networking.clusterNetwork", known, network_type)
    service = _services(document, section.get("serviceNetwork"))
    join = _join(document, section.get("ovnKubernetesConfig"))
    reserved: dict[str, Network] = dict(_OVN_RESERVED) if network_type == _OVN else {}
    _overlaps(document, machine + cluster + service, reserved | ({"join": join} if join else {}))
    return Networking(network_type, _networks(machine), _networks(cluster), _networks(service), join)


def vips(document: Document, section: Mapping[str, Any], machine: tuple[Network, ...]) -> tuple[str, str]:
    """Check `platform.baremetal`'s VIPs; return (api VIP, ingress VIP), each "" when it cannot be told."""
    managed = (section.get("loadBalancer") or {}).get("type") != "UserManaged"
    api = _vip_list(document, section, "api", "API")
    ingress = _vip_list(document, section, "ingress", "Ingress")
    for address in api:
        if managed and address in ingress:
            message = "VIP for API must not be one of the Ingress VIPs"
            document.refuse("platform.baremetal.apiVIPs", INVALID, message, str(address))
    for field, addresses in (("apiVIPs", api), ("ingressVIPs", ingress)):
        for address in addresses:
            _vip_place(document, f"platform.baremetal.{field}", address, machine, managed=managed)
    return (str(api[0]) if api else "", str(ingress[0]) if ingress else "")


def _vip_list(
    document: Document, section: Mapping[str, Any], key: str, name: str
) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    path = f"platform.baremetal.{key}VIPs"
    texts = [text for _, text in document.items(section.get(f"{key}VIPs"), path)]
    old = document.text(section.get(f"{key}VIP"), f"platform.baremetal.{key}VIP", required=False)
    if old:
        document.warn(f"platform.baremetal.{key}VIP is deprecated; please use {key}VIPs")
        if texts and old not in texts:
            # The real complaint has the two names the wrong way round as well.
            document.refuse(path, INVALID, f"{key}VIPs is deprecated; only {key}VIP needs to be specified", old)
        texts = texts or [old]
    if not texts:
        document.refuse(path, REQUIRED, f"must specify at least one VIP for the {name}")
    if len(texts) > 2:
        document.refuse(path, TOO_MANY, "must have at most 2 items", len(texts))
    addresses = []
    for text in texts:
        reason = syntax.ip(str(text))
        if reason:
            document.refuse(path, INVALID, reason, text)
        else:
            addresses.append(ipaddress.ip_address(text))
    if len(addresses) == 2 and addresses[0].version == addresses[1].version:
        message = f"If two {name} VIPs are given, one must be an IPv4 address, the other an IPv6"
        document.refuse(path, INVALID, message, texts)
    return addresses


def _vip_place(
    document: Document,
    path: str,
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
    machine: tuple[Network, ...],
    *,
    managed: bool,
) -> None:
    home = next((network for network in machine if address in network), None)
    if home is None:
        if managed:
            nets = ", ".join(map(str, machine))
            document.refuse(path, INVALID, f"IP expected to be in one of the machine networks: {nets}", str(address))
    elif address.version == 4 and address in (home.network_address, home.broadcast_address):
        document.refuse(path, INVALID, f"must not be the network or broadcast address of {home}", str(address))


def _networks(entries: list[tuple[str, Network]]) -> tuple[Network, ...]:
    return tuple(network for _, network in entries)


def _network_type(document: Document, value: object) -> str:
    """Check and return the type; its capitalization does not matter."""
    given = document.text(value, "networking.networkType")
    if given.lower() in ("openshiftsdn", "kuryr"):
        message = f"networkType {given} is not supported, please use {_OVN}"
        document.refuse("networking.networkType", INVALID, message, given)
    return _OVN if given.lower() == _OVN.lower() else given


def _entries(
    document: Document, value: object, path: str, known: tuple[str, ...], network_type: str = ""
) -> list[tuple[str, Network]]:
    found = []
    prefixes = set()
    for where, item in document.items(value, path):
        entry = document.mapping(item, where, known)
        network, reason = syntax.network(str(entry.get("cidr", "")))
        if network is None:
            document.refuse(f"{where}.cidr", INVALID, reason, entry.get("cidr", ""))
            continue
        found.append((f"{where}.cidr", network))
        if "hostPrefix" in known:
            prefix = document.integer(entry.get("hostPrefix"), f"{where}.hostPrefix", default=0)
            if prefix or network_type == _OVN:
                _host_prefix(document, f"{where}.hostPrefix", prefix, network)
                prefixes.add((network.version, prefix))
    if len([prefix for version, prefix in prefixes if version == 4]) > 1:
        document.refuse(path, INVALID, "hostPrefix must be the same value for IPv4 networks")
    return found


def _host_prefix(document: Document, path: str, prefix: int, network: Network) -> None:
    if prefix < network.prefixlen:
        message = f"cluster network host subnetwork prefix must not be larger size than CIDR {network}"
        document.refuse(path, INVALID, message, prefix)
    if network.version == 6 and prefix != 64:
        document.refuse(path, INVALID, "cluster network host subnetwork prefix must be 64 for IPv6 networks", prefix)


def _services(document: Document, value: object) -> list[tuple[str, Network]]:
    found = []
    for where, item in document.items(value, "networking.serviceNetwork"):
        network, reason = syntax.network(str(item))
        if network is None:
            document.refuse(where, INVALID, reason, item)
            continue
        if network.version == 4 and network.prefixlen < 12:
            message = "subnet size for service network must be /12 or greater (/16 is recommended)"
            document.refuse(where, INVALID, message, str(network))
        found.append((where, network))
    if len([network for _, network in found if network.version == 4]) > 1:
        document.refuse("networking.serviceNetwork", INVALID, "only one service network can be specified")
    return found


def _join(document: Document, value: object) -> Network | None:
    """Return the join subnet that the document chooses instead of the default one."""
    path = "networking.ovnKubernetesConfig"
    config = document.mapping(value, path, ("ipv4",))
    ipv4 = document.mapping(config.get("ipv4"), f"{path}.ipv4", ("internalJoinSubnet",))
    if "internalJoinSubnet" not in ipv4:
        return None
    network, reason = syntax.network(str(ipv4["internalJoinSubnet"]))
    if network is None:
        document.refuse(f"{path}.ipv4.internalJoinSubnet", INVALID, reason, ipv4["internalJoinSubnet"])
    return network


def _overlaps(document: Document, networks: list[tuple[str, Network]], reserved: dict[str, Network]) -> None:
    for (_, first), (path, second) in combinations(networks, 2):
        if first.version == second.version and first.overlaps(second):
            document.refuse(path, INVALID, f"must not overlap with {first}", str(second))
    for path, network in networks:
        for name, range_ in reserved.items():
            if network.version == range_.version and network.overlaps(range_):
                message = f"must not overlap with OVNKubernetes default {name} subnet {range_}"
                document.refuse(path, INVALID, message, str(network))
        if network.version == 4 and network.overlaps(_DOCKER_BRIDGE):
            document.warn(f"{path}: {network} overlaps with default Docker Bridge subnet")


__all__ = ["Networking", "read", "vips"]
