"""Rules of nodes-config.yaml, and the hosts that come out of it.

Its hosts are agent-config's (openshift/installer pkg/asset/agent/joiner/addnodesconfig.go), checked against the running
cluster instead of install-config (pkg/asset/agent/agentconfig/agenthosts.go). What the real one only finds out when the
machine does not come up, because there is no DHCP here and a MAC address is taken, is refused at once.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass

from rehearsal.openshift_install import syntax
from rehearsal.openshift_install.agent_config import Host, read_host
from rehearsal.openshift_install.fields import DUPLICATE, INVALID, REQUIRED, UNSUPPORTED, Document

_KNOWN = ("apiVersion", "kind", "metadata", "cpuArchitecture", "sshKey", "bootArtifactsBaseURL", "hosts")
_ARCHITECTURES = ("amd64", "x86_64")  # of the others there are no machines here


@dataclass(frozen=True)
class Taken:
    """What the cluster has: addresses of its Nodes (hostname: addresses), MAC addresses of its machines (MAC:
    hostname), its machine network and the addresses that belong to nobody else (VIPs)."""

    nodes: Mapping[str, tuple[str, ...]]
    macs: Mapping[str, str]
    network: str
    vips: tuple[str, ...]


def read(document: Document, value: object, taken: Taken) -> tuple[Host, ...]:
    """Check the whole document; complaints are in `document`."""
    config = document.mapping(value, "", _KNOWN)
    document.mapping(config.get("metadata"), "metadata", ("name", "namespace", "labels", "annotations"))
    if config.get("cpuArchitecture"):
        document.one_of(config["cpuArchitecture"], "cpuArchitecture", _ARCHITECTURES)
    key = document.text(config.get("sshKey"), "sshKey", required=False)
    if key and syntax.ssh_keys(key)[1]:
        document.refuse("sshKey", INVALID, syntax.ssh_keys(key)[1], key)
    base = document.text(config.get("bootArtifactsBaseURL"), "bootArtifactsBaseURL", required=False)
    if base and syntax.url(base, ()):
        document.refuse("bootArtifactsBaseURL", INVALID, syntax.url(base, ()), base)
    hosts: list[Host] = []
    seen: dict[str, str] = {}
    for path, item in document.items(config.get("hosts"), "hosts"):
        host = read_host(document, item, path, seen)
        _name(document, host, path, hosts, taken)
        _addresses(document, host, path, hosts, taken)
        _others(document, host, path, taken)
        hosts.append(host)
    if not hosts:
        document.refuse("hosts", REQUIRED, "at least one host must be defined")
    return tuple(hosts)


def home(host: Host, network: str) -> str:
    """The host's address in the machine network, "" when it has none there."""
    found = [str(address.ip) for address in host.addresses if address.ip in ipaddress.ip_network(network)]
    return found[0] if found else ""


def _name(document: Document, host: Host, path: str, others: list[Host], taken: Taken) -> None:
    path = f"{path}.hostname"
    if not host.hostname:
        document.refuse(path, REQUIRED, "there is no DHCP that would give the node a name")
    elif syntax.subdomain(host.hostname):
        document.refuse(path, INVALID, syntax.subdomain(host.hostname), host.hostname)
    elif host.hostname in (other.hostname for other in others):
        document.refuse(path, DUPLICATE, "", host.hostname)
    elif host.hostname in taken.nodes:
        message = f"hostname conflict found. The configured hostname {host.hostname} is already used in the cluster"
        document.refuse(path, INVALID, message, host.hostname)


def _addresses(document: Document, host: Host, path: str, others: list[Host], taken: Taken) -> None:
    path = f"{path}.networkConfig"
    if not home(host, taken.network):
        document.refuse(path, REQUIRED, f"there is no DHCP: the node needs a static address in {taken.network}")
    of_others = {address.ip for other in others for address in other.addresses}
    for address in host.addresses:
        ip = str(address.ip)
        if address.ip in of_others:
            document.refuse(path, DUPLICATE, "", ip)
        for node, addresses in taken.nodes.items():
            if ip in addresses:
                message = f"address conflict found. The configured address {ip} is already used by the cluster node"
                document.refuse(path, INVALID, f"{message} {node}", ip)
        if ip in taken.vips:
            document.refuse(path, INVALID, "address conflict found. It is a VIP of the cluster", ip)


def _others(document: Document, host: Host, path: str, taken: Taken) -> None:
    if host.role not in ("", "worker"):
        # The ISO brings the ignition of the pool of workers, and no other (joiner/clusterinfo.go).
        document.refuse(f"{path}.role", UNSUPPORTED, "a node that is added becomes a worker", host.role)
    for mac in host.macs:
        if mac in taken.macs:
            message = f"already the address of a machine of the cluster, {taken.macs[mac]}"
            document.refuse(f"{path}.interfaces", INVALID, message, mac)
