"""Instances: scheduled to a compute that is up, and "booted" by running their user data on that machine.

The machine is a guest under emulation already, so no second one runs inside it. What the user data prints on its
console is what the instance would: it runs with a console of its own, and without any network unless Neutron leads
from the instance's network to the one outside, through a compute that is OVN's gateway.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rehearsal.operators import ssh

from . import computes
from .errors import RefusedError
from .resources import Resource, add, all_of, find
from .state import State, opened

_BOOT_SECONDS = 240.0  # for the user data; that of the smoke test gives up after three minutes
_BANNER = "[    0.000000] Linux version (stand-in of the rehearsal)\n"

# The console is the instance's own: what the machine has at /dev/console is hidden from the user data.
_BOOT = """\
directory=$(mktemp -d) && trap 'rm -r "$directory"' EXIT
cat >"$directory/user-data" <<'END-OF-USER-DATA'
{user_data}
END-OF-USER-DATA
: >"$directory/console"
boot='mount -o bind "$1/console" /dev/console && exec sh "$1/user-data"'
unshare -m {network} sh -c "$boot" instance "$directory" </dev/null
cat "$directory/console"
"""


def create(known: State, name: str, image: str, flavor: str, network: str, user_data: Path) -> Resource:
    """``server create --wait``: the instance, ACTIVE or ERROR."""
    on = find(known, "network", network)
    if not any(entry["network"] == on["id"] for entry in all_of(known, "subnet").values()):
        raise RefusedError(f"Network {on['id']} requires a subnet in order to boot instances on. (HTTP 400)")
    try:
        text = user_data.read_text()
    except OSError as error:
        raise RefusedError(f"Can't open '{user_data}': {error}") from error
    made = add(
        known,
        "server",
        name,
        image=find(known, "image", image)["id"],
        flavor=find(known, "flavor", flavor)["id"],
        network=on["id"],
        user_data=text,
        host=None,
        status="ERROR",
        fault=None,
        console=None,
        tags=[],
    )
    running = computes.look(known)
    enabled = [entry["host"] for entry in known["services"].values() if entry["mapped"] and not entry["disabled"]]
    up = [host for host in enabled if computes.NOVA in running.get(host, ())]
    wired = [host for host in up if computes.OVN in running[host]]
    if not up:
        made["fault"] = "No valid host was found. There are not enough hosts available."
    elif not wired:
        made["fault"] = f"Exceeded maximum number of retries. Binding failed for a port of instance {made['id']}"
    else:
        placed = [server["host"] for server in all_of(known, "server").values()]
        made |= {"host": min(sorted(wired), key=placed.count), "status": "ACTIVE"}
    return made


def delete(known: State, wanted: str) -> None:
    """``server delete``."""
    del all_of(known, "server")[find(known, "server", wanted)["id"]]


def stop(known: State, wanted: str) -> None:
    """``server stop``: what its compute is told; of one that is down nothing is heard, and nothing changes."""
    server = find(known, "server", wanted)
    if server["status"] != "ACTIVE":
        raise RefusedError(
            f"Cannot 'stop' instance {server['id']} while it is in vm_state {_vm_state(server)} (HTTP 409)"
        )
    if computes.NOVA in computes.look(known).get(server["host"], ()):
        server["status"] = "SHUTOFF"


def start(known: State, wanted: str) -> None:
    """``server start``; it boots anew."""
    server = find(known, "server", wanted)
    if server["status"] != "SHUTOFF":
        raise RefusedError(
            f"Cannot 'start' instance {server['id']} while it is in vm_state {_vm_state(server)} (HTTP 409)"
        )
    if computes.NOVA in computes.look(known).get(server["host"], ()):
        server |= {"status": "ACTIVE", "console": None}


def tags(server: Resource) -> list[str]:
    """Its tags, which the record of an older one has not."""
    found: list[str] = server.setdefault("tags", [])
    return found


def _vm_state(server: Mapping[str, Any]) -> str:
    return {"ACTIVE": "active", "SHUTOFF": "stopped"}.get(server["status"], "error")


def console(directory: Path, wanted: str) -> str:
    """``console log show``. The first call boots the instance, and lasts for as long as its user data does."""
    with opened(directory) as known:
        server = dict(find(known, "server", wanted))
        if server["status"] != "ACTIVE":
            raise RefusedError(f"Instance {server['id']} is not ready (HTTP 409)")
        if server["console"] is not None:
            return str(server["console"])
        compute = dict(known["computes"][server["host"]])
        running = computes.look(known)
        reaches = leads_out(known, server, running)
        told = computes.METADATA in running.get(server["host"], ())
    log = _boot(compute, server, reaches) if told else f"{_BANNER}cloud-init: no metadata service answered\n"
    with opened(directory) as known:
        # It may have been deleted meanwhile.
        if server["id"] in all_of(known, "server"):
            all_of(known, "server")[server["id"]]["console"] = log
    return log


def leads_out(known: State, server: Mapping[str, Any], running: computes.Units) -> bool:
    """Whether a router leads from the instance's network to an external one that a running gateway has."""
    inside = {entry["id"] for entry in all_of(known, "subnet").values() if entry["network"] == server["network"]}
    gateways = [
        compute
        for host, compute in known["computes"].items()
        if compute["gateway"] and computes.OVN in running.get(host, ())
    ]
    for router in all_of(known, "router").values():
        outside = all_of(known, "network").get(router["gateway"] or "")
        if outside is not None and inside & set(router["subnets"]):
            return any(outside["physical"] in gateway["physical_networks"] for gateway in gateways)
    return False


def _boot(compute: Mapping[str, Any], server: Mapping[str, Any], reaches: bool) -> str:
    script = _BOOT.format(user_data=server["user_data"], network="" if reaches else "-n")
    login = ssh.Login(compute["address"], compute["user"], compute["key"], compute["port"])
    said = ssh.run(login, script, _BOOT_SECONDS, root=True)
    return f"{_BANNER}{said.output}" + (f"{said.complaint}\n" if said.code else "")
