"""Rules of agent-config.yaml, and the hosts that come out of it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rehearsal.openshift_install import nmstate, syntax
from rehearsal.openshift_install.fields import DUPLICATE, FORBIDDEN, INVALID, REQUIRED, Document

_KNOWN = (
    "apiVersion", "kind", "metadata", "rendezvousIP", "hosts", "additionalNTPSources", "minimalISO",
    "bootArtifactsBaseURL",
)  # fmt: skip
_HOST = ("hostname", "role", "interfaces", "rootDeviceHints", "networkConfig")
_HINTS = {
    "deviceName": str, "hctl": str, "model": str, "vendor": str, "serialNumber": str, "minSizeGigabytes": int,
    "wwn": str, "rotational": bool,
}  # fmt: skip
_FORBIDDEN_HINTS = ("wwnWithExtension", "wwnVendorExtension")
_DEVICE = re.compile(r"/dev/([^/]+|disk/by-path/[^/]+)")
_ROLES = ("", "master", "worker")


@dataclass(frozen=True)
class Host:
    """One listed host: `mac` is its first interface's, `plan` the guest's network plan, `addresses` its static ones."""

    hostname: str
    role: str
    mac: str
    macs: tuple[str, ...]
    device: str
    addresses: tuple[ipaddress.IPv4Interface | ipaddress.IPv6Interface, ...]
    plan: str


@dataclass(frozen=True)
class AgentConfig:
    """What the installation needs of a valid agent-config; `rendezvous_ip` is given or found."""

    rendezvous_ip: str
    hosts: tuple[Host, ...]


def read(document: Document, value: object, *, masters: int, workers: int) -> AgentConfig:
    """Check the whole document against the counts of install-config."""
    config = document.mapping(value, "", _KNOWN)
    version = document.text(config.get("apiVersion"), "apiVersion", required=False)
    if not version:
        document.refuse("apiVersion", REQUIRED, "no version was provided")
    elif version not in ("v1beta1", "v1alpha1"):
        document.refuse("apiVersion", INVALID, f"cannot upconvert from version {version}", version)
    if config.get("kind") not in (None, "AgentConfig"):
        document.refuse("kind", INVALID, 'must be "AgentConfig"', config["kind"])
    document.mapping(config.get("metadata"), "metadata", ("name", "namespace", "labels", "annotations"))
    hosts = []
    seen: dict[str, str] = {}
    for path, item in document.items(config.get("hosts"), "hosts"):
        hosts.append(read_host(document, item, path, seen))
    _counts(document, hosts, masters, workers)
    for path, source in document.items(config.get("additionalNTPSources"), "additionalNTPSources"):
        if syntax.ip(str(source)) and syntax.subdomain(str(source)):
            document.refuse(path, INVALID, "NTP server is not a valid IP or domain name", source)
    base = config.get("bootArtifactsBaseURL")
    if base and syntax.url(str(base), ()):
        document.refuse("bootArtifactsBaseURL", INVALID, syntax.url(str(base), ()), base)
    if not isinstance(config.get("minimalISO", False), bool):
        document.refuse("minimalISO", INVALID, "must be true or false", config["minimalISO"])
    return AgentConfig(_rendezvous(document, config.get("rendezvousIP"), hosts), tuple(hosts))


def read_host(document: Document, value: object, path: str, seen: dict[str, str]) -> Host:
    """Check one host; `seen` (MAC address: its field path) grows by its own. nodes-config.yaml has the same ones."""
    host = document.mapping(value, path, _HOST)
    role = host.get("role") or ""
    document.one_of(role, f"{path}.role", _ROLES)
    macs = _interfaces(document, host.get("interfaces"), f"{path}.interfaces", seen)
    device = _hints(document, host.get("rootDeviceHints"), f"{path}.rootDeviceHints")
    network = host.get("networkConfig")
    before = len(document.problems)
    addresses = nmstate.check(document, network, f"{path}.networkConfig") if network else []
    if isinstance(network, Mapping) and len(document.problems) == before:
        plan = nmstate.guest_plan(network, macs)
    else:
        plan = "".join(f"up mac:{mac.lower()}\n" for mac in macs.values())
    hostname = document.text(host.get("hostname"), f"{path}.hostname", required=False)
    all_macs = tuple(mac.lower() for mac in macs.values())
    return Host(hostname, str(role), all_macs[0] if all_macs else "", all_macs, device, tuple(addresses), plan)


def _interfaces(document: Document, value: object, path: str, seen: dict[str, str]) -> dict[str, str]:
    macs: dict[str, str] = {}
    entries = list(document.items(value, path))
    if not entries:
        document.refuse(path, REQUIRED, "at least one interface must be defined for each node")
    for where, item in entries:
        entry = document.mapping(item, where, ("name", "macAddress"))
        mac = document.text(entry.get("macAddress"), f"{where}.macAddress", required=False)
        if not mac:
            document.refuse(f"{where}.macAddress", REQUIRED, "each interface must have a MAC address defined")
            continue
        if syntax.mac(mac):
            document.refuse(f"{where}.macAddress", INVALID, syntax.mac(mac), mac)
        # The real comparison is of the text, so the same address in other letters passes.
        if mac in seen:
            document.refuse(f"{where}.macAddress", DUPLICATE, f"duplicate MAC address found, see {seen[mac]}", mac)
        seen[mac] = where
        macs[str(entry.get("name") or where)] = mac
    return macs


def _hints(document: Document, value: object, path: str) -> str:
    hints = document.mapping(value, path, (*_HINTS, *_FORBIDDEN_HINTS))
    for key in _FORBIDDEN_HINTS:
        if key in hints:
            document.refuse(f"{path}.{key}", FORBIDDEN, "WWN extensions are not supported in root device hints")
    for key, kind in _HINTS.items():
        if key in hints and type(hints[key]) is not kind:
            document.refuse(f"{path}.{key}", INVALID, f"must be of type {kind.__name__}", hints[key])
    device = hints.get("deviceName")
    if not isinstance(device, str):
        return ""
    if not device.startswith("/dev/"):
        document.refuse(f"{path}.deviceName", INVALID, "Device Name of root device hint must be a /dev/ path", device)
    elif not _DEVICE.fullmatch(device):
        message = "Device Name of root device hint must be path in /dev/ or /dev/disk/by-path/"
        document.refuse(f"{path}.deviceName", INVALID, message, device)
    return device


def _counts(document: Document, hosts: list[Host], masters: int, workers: int) -> None:
    for role, replicas, field in (("master", masters, "controlPlane"), ("worker", workers, "compute")):
        listed = sum(host.role == role for host in hosts)
        if listed > replicas:
            message = f"the number of {role} hosts defined ({listed}) exceeds the configured {field} replicas"
            document.refuse("hosts", INVALID, f"{message} ({replicas})")
    if len(hosts) > masters + workers:
        message = f"the number of hosts defined ({len(hosts)}) exceeds the configured replicas ({masters + workers})"
        document.refuse("hosts", INVALID, message)
    elif len(hosts) < masters + workers:
        document.warn(f"the number of hosts defined ({len(hosts)}) is less than the replicas ({masters + workers})")


def _rendezvous(document: Document, value: Any, hosts: list[Host]) -> str:
    if value:
        if syntax.ip(str(value)):
            document.refuse("rendezvousIP", INVALID, syntax.ip(str(value)), value)
            return ""
        for host in hosts:
            if host.role == "worker" and str(value) in {str(address.ip) for address in host.addresses}:
                message = "rendezvousIP must be assigned to a control plane host"
                document.refuse("rendezvousIP", INVALID, f"{message}, found on worker {host.hostname}", value)
        return str(value)
    for role in ("master", ""):
        for host in hosts:
            if host.role == role and host.addresses:
                return str(host.addresses[0].ip)
    message = "missing rendezvousIP in agent-config, at least one host networkConfig, or at least one NMStateConfig"
    document.refuse("rendezvousIP", REQUIRED, message)
    return ""
