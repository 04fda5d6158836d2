"""An installation as the installer's stand-in left it in ``clusters/<id>``: what the real ISO would carry inside."""

from __future__ import annotations

import ipaddress
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

API_PORT = 6443
MEMBERS = "members.json"  # in clusters/<id>, once a machine has joined or left: members.py


@dataclass(frozen=True)
class Host:
    """One expected machine; ``mac`` in lower case, ``role`` master or worker."""

    hostname: str
    role: str
    mac: str
    ip: str


@dataclass(frozen=True)
class Install:
    """install.json plus the directory that holds it and the PEM files beside it.

    ``hosts``: the machines that it was installed on, less those that have left and with those that have joined.
    """

    id: str
    directory: Path
    cluster_name: str
    base_domain: str
    api_vip: str
    machine_network: str
    rendezvous_ip: str
    hosts: tuple[Host, ...]
    created: float
    ingress_vip: str = ""

    @property
    def server(self) -> str:
        return f"https://{self.api_vip}:{API_PORT}"

    @property
    def masters(self) -> tuple[Host, ...]:
        return tuple(host for host in self.hosts if host.role == "master")

    def file(self, name: str) -> Path:
        """A file of the payload: ``ca.crt``, ``apiserver.key`` …"""
        return self.directory / name


def load(directory: Path) -> Install:
    """Read ``directory/install.json``. Raises OSError, ValueError, KeyError or TypeError when it is unusable."""
    raw = json.loads((directory / "install.json").read_text())
    hosts = current_hosts(directory) or tuple(map(host_from, raw["hosts"]))
    if raw["id"] != directory.name:
        raise ValueError(f"install.json of {directory.name} says it is {raw['id']}")
    return Install(
        id=raw["id"],
        directory=directory,
        cluster_name=raw["cluster_name"],
        base_domain=raw["base_domain"],
        api_vip=str(ipaddress.ip_address(raw["api_vip"])),
        machine_network=raw["machine_network"],
        rendezvous_ip=raw["rendezvous_ip"],
        hosts=hosts,
        created=float(raw["created"]),
        ingress_vip=raw.get("ingress_vip", ""),
    )


def host_from(raw: Mapping[str, Any]) -> Host:
    """A machine as a file has it. Raises KeyError, TypeError or AttributeError."""
    return Host(raw["hostname"], raw["role"], raw["mac"].lower(), raw["ip"])


def current_hosts(directory: Path) -> tuple[Host, ...]:
    """The machines of the cluster after some have joined or left; empty while it is as it was installed."""
    try:
        raw = json.loads((directory / MEMBERS).read_text())
    except FileNotFoundError:
        return ()
    return tuple(map(host_from, raw["hosts"]))


def write_json(path: Path, value: Any) -> None:
    """Replace ``path`` in one step, so that a reader never sees half of it."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(value, file, indent=2)
        file.write("\n")
    Path(name).replace(path)
