"""What Nova and OVN know of the computes: services, hypervisors and agents, each up while its unit runs on the machine.

A record comes with the first sign of life and stays until it is deleted; deleting one whose agent still runs is of no
use, for it registers again. Hypervisors are seen only once the cell has been searched for new ones (rhoso.md, S11).
"""

from __future__ import annotations

import json
import urllib.request
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from .errors import RefusedError
from .output import Row
from .state import State

PORT = 8090
NOVA, OVN, METADATA = "edpm_nova_compute", "edpm_ovn_controller", "edpm_ovn_metadata_agent"
COMPUTE = "nova-compute"
SERVICES = ("ID", "Binary", "Host", "Zone", "Status", "State", "Updated At")
HYPERVISORS = ("ID", "Hypervisor Hostname", "Hypervisor Type", "Host IP", "State")
AGENTS = ("ID", "Agent Type", "Host", "Availability Zone", "Alive", "State", "Binary")

_TIMEOUT = 5.0  # seconds for a machine's answer
_BINARIES = {OVN: "ovn-controller", METADATA: "neutron-ovn-metadata-agent"}
_CELL0 = (("nova-conductor", "nova-cell0-conductor-0"), ("nova-scheduler", "nova-scheduler-0"))

Units = Mapping[str, frozenset[str]]


def look(known: State) -> Units:
    """The units that run, by host, asked of every compute at once; and what has registered since."""
    computes: Mapping[str, Any] = known["computes"]
    with ThreadPoolExecutor(max(1, min(16, len(computes)))) as pool:
        running = dict(zip(computes, pool.map(_running, computes.values()), strict=True))
    for host, units in running.items():
        if NOVA in units and not any(entry["host"] == host for entry in known["services"].values()):
            known["services"][str(uuid.uuid4())] = {"host": host, "disabled": False, "reason": "", "mapped": False}
        for unit in _BINARIES:
            taken = {(entry["host"], entry["unit"]) for entry in known["agents"].values()}
            if unit in units and (host, unit) not in taken:
                known["agents"][str(uuid.uuid4())] = {"host": host, "unit": unit}
    if known["cloud"].get("discovers"):
        for entry in known["services"].values():
            entry["mapped"] = True
    return running


def services(known: State, binary: str | None = None) -> list[Row]:
    """``compute service list``."""
    running = look(known)
    rows = [
        {"ID": f"{number}", "Binary": name, "Host": host, "Zone": "internal", "Status": "enabled", "State": "up"}
        for number, (name, host) in enumerate(_CELL0, start=1)
    ]
    for identity, entry in known["services"].items():
        rows.append(
            {
                "ID": identity,
                "Binary": COMPUTE,
                "Host": entry["host"],
                "Zone": "nova",
                "Status": "disabled" if entry["disabled"] else "enabled",
                "State": _updown(NOVA in running.get(entry["host"], ())),
            }
        )
    return [{**row, "Updated At": None} for row in rows if binary in (None, row["Binary"])]


def hypervisors(known: State) -> list[Row]:
    """``hypervisor list``: only those that the cell's search has found."""
    running = look(known)
    return [
        {
            "ID": identity,
            "Hypervisor Hostname": entry["host"],
            "Hypervisor Type": "QEMU",
            "Host IP": known["computes"].get(entry["host"], {}).get("address"),
            "State": _updown(NOVA in running.get(entry["host"], ())),
        }
        for identity, entry in known["services"].items()
        if entry["mapped"]
    ]


def agents(known: State) -> list[Row]:
    """``network agent list``."""
    running = look(known)
    rows: list[Row] = []
    for identity, entry in known["agents"].items():
        gateway = known["computes"].get(entry["host"], {}).get("gateway")
        kind = {METADATA: "OVN Metadata agent", OVN: f"OVN Controller {'Gateway ' if gateway else ''}agent"}
        alive = entry["unit"] in running.get(entry["host"], ())
        rows.append(
            {
                "ID": identity,
                "Agent Type": kind[entry["unit"]],
                "Host": entry["host"],
                "Availability Zone": "",
                "Alive": ":-)" if alive else "XXX",
                "State": "UP",
                "Binary": _BINARIES[entry["unit"]],
            }
        )
    return rows


def set_service(known: State, host: str, service: str, *, disabled: bool, reason: str) -> None:
    """``compute service set --enable|--disable``."""
    look(known)
    found = [entry for entry in known["services"].values() if entry["host"] == host]
    if service != COMPUTE or not found:
        raise RefusedError(f"Compute service {service} of host {host} failed to set.")
    found[0] |= {"disabled": disabled, "reason": reason}


def delete_service(known: State, identity: str) -> None:
    """``compute service delete``: refused as long as instances are there."""
    entry = known["services"].get(identity)
    if entry is None:
        raise RefusedError(f"Service {identity} not found. (HTTP 404)")
    if any(server["host"] == entry["host"] for server in known["resources"].get("server", {}).values()):
        raise RefusedError(
            "Unable to delete compute service that is hosting instances. Migrate or delete the instances first. "
            "(HTTP 409)"
        )
    del known["services"][identity]


def delete_agent(known: State, identity: str) -> None:
    """``network agent delete``."""
    if known["agents"].pop(identity, None) is None:
        raise RefusedError(f"No NetworkAgent found for {identity}")


def _updown(up: bool) -> str:
    return "up" if up else "down"


def _running(compute: Mapping[str, Any]) -> frozenset[str]:
    """The active units of a machine; none when it doesn't answer or was made anew."""
    url = f"http://{compute['address']}:{PORT}/units.json"
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=_TIMEOUT) as response:
            units = json.load(response)
    except (OSError, ValueError):
        return frozenset()
    return frozenset(unit for unit, state in units.items() if state == "active")
