"""What `agent create image` leaves behind for `agent wait-for`: the state file of the installation directory."""

from __future__ import annotations

import dataclasses
import json
import os
from dataclasses import dataclass
from pathlib import Path

from rehearsal.openshift_install.errors import InstallerError

STATE_FILE = ".openshift_install_state.json"


@dataclass(frozen=True)
class Member:
    """An expected cluster node; `ip` is its static address in the machine network, "" when it has none."""

    hostname: str
    role: str
    mac: str
    ip: str


@dataclass(frozen=True)
class Installation:
    """One installation, as the state file keeps it; `expected` is the number of nodes that install-config asks for."""

    id: str
    inputs: str
    cluster_name: str
    base_domain: str
    api_vip: str
    ingress_vip: str
    machine_network: str
    rendezvous_ip: str
    expected: int
    created: int
    hosts: tuple[Member, ...]

    def save(self, directory: Path) -> None:
        """Write the state file (mode 0640)."""
        path = directory / STATE_FILE
        path.write_text(json.dumps(dataclasses.asdict(self), indent=2))
        path.chmod(0o640)


def followed(installation: Installation) -> Installation:
    """The installation with the machines that its cluster has now: some may have joined or left since.

    The rehearsal's control plane keeps them in `$REHEARSAL_DIR/clusters/<id>/members.json` from the first change on.
    """
    path = Path(os.environ.get("REHEARSAL_DIR", ""), "clusters", installation.id, "members.json")
    try:
        data = json.loads(path.read_text())
    except FileNotFoundError:
        return installation
    hosts = tuple(Member(**host) for host in data["hosts"])
    return dataclasses.replace(installation, hosts=hosts, expected=len(hosts))


def load(directory: Path) -> Installation | None:
    """Return the installation of `directory`, or None when there is none. Raises InstallerError for a damaged file."""
    path = directory / STATE_FILE
    if not path.exists():
        return None
    try:
        data = json.loads(path.read_text())
        data["hosts"] = tuple(Member(**host) for host in data["hosts"])
        return Installation(**data)
    except (ValueError, KeyError, TypeError) as error:
        raise InstallerError(f"failed to unmarshal state file {path.name}: {error}") from error
