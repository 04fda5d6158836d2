"""A deployment on one compute: logging in, comparing its networks, starting what runs there."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import guest_facts, os_net_config, ssh
from .data_plane import Node, given_variables
from .data_plane_ipam import Reservation
from .data_plane_services import Service
from .node_set_parts import canonical
from .world import Object, World

_ATTEMPTS = 3  # logins before a machine counts as unreachable; Ansible waits 600 s for it
_PAUSE_SECONDS = 5.0  # between two of them
_TIMEOUT = 90.0  # seconds for one login with all that it runs
_UNITS = "/etc/systemd/system"


@dataclass(frozen=True)
class Run:
    """What is the same on every node: the services, ssh's private key, Ansible's variables, the DNSMasq's addresses."""

    services: tuple[Service, ...]
    key: str
    variables: Mapping[str, Any]
    dns: tuple[str, ...]


@dataclass(frozen=True)
class Failure:
    """The service whose playbook would have ended in it, and why."""

    service: str
    sentence: str


def shared_variables(node_set: Object, world: World) -> dict[str, Any]:
    """The variables of all nodes: what Secrets and ConfigMaps give, and below them the roles' defaults that matter."""
    defaults = {"neutron_physical_bridge_name": "br-ex", "edpm_ovn_bridge_mappings": ["datacentre:br-ex"]}
    return {**defaults, **given_variables(node_set, world)}


def deploy(node: Node, reservations: tuple[Reservation, ...], run: Run) -> Failure | None:
    """Do all services on one node; None when all is well."""
    names = [service.name for service in run.services]
    if not names:
        return None
    login = ssh.Login(node.address, node.user, run.key, node.port)
    said = _logged_in(login)
    if said.code != 0:
        return Failure(names[0], f"{node.name}: {_complaint(node, said)}")
    if "configure-network" in names:
        wrong = _networks(node, reservations, run, said.output)
        if wrong:
            return Failure("configure-network", f"{node.name}: {'; '.join(wrong)}")
    units = [unit for service in run.services for unit in service.units]
    if units:
        files = " ".join(f"{_UNITS}/{unit}.service" for unit in units)
        started = ssh.run(login, f"touch {files} && systemctl enable --now {' '.join(units)}\n", _TIMEOUT, root=True)
        if started.code != 0:
            owner = next(service.name for service in run.services if service.units)
            return Failure(owner, f"{node.name}: starting {', '.join(units)}: {_complaint(node, started)}")
    return None


def record(node: Node, reservations: tuple[Reservation, ...], run: Run, node_set: Object) -> dict[str, Any]:
    """What Nova and OVN know of a compute from now on (openstack_cli.state)."""
    variables = {**run.variables, **node.variables}
    return {
        "host": canonical(node.name, reservations),
        "address": node.address,
        "port": node.port,
        "user": node.user,
        "key": run.key,
        "node_set": node_set["metadata"]["name"],
        "gateway": bool(variables.get("edpm_enable_chassis_gw")),
        "physical_networks": [str(pair).partition(":")[0] for pair in variables["edpm_ovn_bridge_mappings"]],
    }


def _logged_in(login: ssh.Login) -> ssh.Said:
    """The facts, once somebody with all rights has been let in."""
    script = f"sudo -n true || exit 1\n{guest_facts.SCRIPT}"
    said = ssh.run(login, script, _TIMEOUT)
    for _ in range(_ATTEMPTS - 1):
        # A key that is refused once is refused always.
        if said.code != ssh.UNREACHABLE or "Permission denied" in said.complaint:
            break
        time.sleep(_PAUSE_SECONDS)
        said = ssh.run(login, script, _TIMEOUT)
    return said


def _complaint(node: Node, said: ssh.Said) -> str:
    if said.code == ssh.UNREACHABLE:
        return f"Failed to connect to the host via ssh: {node.user}@{node.address} port {node.port}: {said.complaint}"
    return said.complaint or f"exit code {said.code}"


def _networks(node: Node, reservations: tuple[Reservation, ...], run: Run, output: str) -> list[str]:
    services = [service.name for service in run.services]
    # A node's own variables win over the group's (inventory.go puts the former into its host).
    variables = {
        **os_net_config.injected(reservations, node.name, list(run.dns), services),
        **run.variables,
        **node.variables,
    }
    if os_net_config.TEMPLATE not in variables:
        return [f"{os_net_config.TEMPLATE} is not set"]
    mappings = variables.get(os_net_config.MAPPINGS) or {}
    try:
        facts = guest_facts.parse(output)
        entries = os_net_config.render(str(variables[os_net_config.TEMPLATE]), variables)
    except ValueError as error:
        return [str(error)]
    return os_net_config.complaints(entries, mappings.get(node.name) or {}, facts)
