"""Which machines are the cluster's nodes: kept in ``clusters/<id>/members.json`` from the first change on.

{"hosts": [{hostname, role, mac, ip}], "left": {hostname: {role, mac, ip, boot, machine}}, "asked": {hostname: {boot,
client, serving}}}. ``boot`` and ``machine`` are the guest's own words; ``client`` and ``serving`` are names of
CertificateSigningRequests, the second empty until the first is approved. Machines that may join are in
``joining/<hostname>.json``, one each, as `oc adm node-image create` left them: a host and ``created`` (epoch seconds).
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .install import MEMBERS, Host, Install, host_from, write_json

JOINING = "joining"
IMAGE = "node"  # what a machine that booted a node image says that it runs from; of the installation's: nothing
TOKEN_SECONDS = 48 * 3600  # openshift/installer pkg/asset/agent/gencrypto: of the tokens on the ISO


@dataclass(frozen=True)
class Left:
    """A machine whose Node was deleted, in the start (``boot``) in which it was; both empty if it was silent then."""

    host: Host
    boot: str
    machine: str


@dataclass(frozen=True)
class Asked:
    """A machine that has asked to join, in which of its starts, and by which requests."""

    boot: str
    client: str
    serving: str = ""


@dataclass
class Members:
    """The file's content; :meth:`save` after every change."""

    path: Path
    hosts: dict[str, Host]
    left: dict[str, Left] = field(default_factory=dict)
    asked: dict[str, Asked] = field(default_factory=dict)

    def save(self) -> None:
        """Replace the file in one step."""
        document = {
            "hosts": [dataclasses.asdict(host) for host in self.hosts.values()],
            "left": {
                name: {**dataclasses.asdict(left.host), "boot": left.boot, "machine": left.machine}
                for name, left in self.left.items()
            },
            "asked": {name: dataclasses.asdict(asked) for name, asked in self.asked.items()},
        }
        write_json(self.path, document)


def load(install: Install) -> Members:
    """The members as they were saved, else the machines of the installation. Raises OSError, ValueError, KeyError."""
    path = install.file(MEMBERS)
    try:
        raw = json.loads(path.read_text())
    except FileNotFoundError:
        return Members(path, {host.hostname: host for host in install.hosts})
    left = {name: Left(host_from(item), item["boot"], item["machine"]) for name, item in raw["left"].items()}
    asked = {name: Asked(**item) for name, item in raw["asked"].items()}
    return Members(path, {item["hostname"]: host_from(item) for item in raw["hosts"]}, left, asked)


def registered(install: Install) -> Iterator[tuple[Host, bool]]:
    """The machines for which a node image was made, and whether its tokens are still good."""
    for path in sorted(install.file(JOINING).glob("*.json")):
        raw: dict[str, Any] = json.loads(path.read_text())
        yield host_from(raw), time.time() - raw["created"] < TOKEN_SECONDS
