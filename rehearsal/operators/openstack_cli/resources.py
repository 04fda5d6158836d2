"""Images, flavors, networks, subnets and routers, and what they refuse."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

from .errors import RefusedError
from .state import State

Resource = dict[str, Any]


def all_of(known: State, kind: str) -> dict[str, Resource]:
    """The resources of a kind by ID."""
    found: dict[str, Resource] = known["resources"].setdefault(kind, {})
    return found


def add(known: State, kind: str, name: str, **fields: Any) -> Resource:
    """A new resource, with an ID of its own."""
    identity = str(uuid.uuid4())
    made: Resource = {"id": identity, "name": name, **fields}
    all_of(known, kind)[identity] = made
    return made


def find(known: State, kind: str, wanted: str) -> Resource:
    """The one that has this ID, or else this name. Raises RefusedError for none, and for two."""
    there = all_of(known, kind)
    if wanted in there:
        return there[wanted]
    named = [item for item in there.values() if item["name"] == wanted]
    if not named:
        raise RefusedError(f"No {kind.capitalize()} found for {wanted}")
    if len(named) > 1:
        raise RefusedError(f"More than one {kind.capitalize()} exists with the name '{wanted}'.")
    return named[0]


def delete(known: State, kind: str, wanted: str) -> None:
    """Remove one, if nothing uses it. A network takes its subnets with it."""
    item = find(known, kind, wanted)
    users = list(_users(known, kind, item))
    if users:
        raise RefusedError(
            f"Unable to delete {kind.capitalize()} {item['id']}: in use by {', '.join(users)} (HTTP 409)"
        )
    if kind == "network":
        for subnet in [entry for entry in all_of(known, "subnet").values() if entry["network"] == item["id"]]:
            del all_of(known, "subnet")[subnet["id"]]
    del all_of(known, kind)[item["id"]]


def create_image(known: State, name: str, file: Path) -> Resource:
    """``image create``: the file must be there and hold something."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise RefusedError(f"[Errno {error.errno}] {error.strerror}: '{file}'") from error
    if not content:
        raise RefusedError("Image has no data (HTTP 400)")
    return add(known, "image", name, status="active", size=len(content), sha256=hashlib.sha256(content).hexdigest())


def create_network(known: State, name: str, *, external: bool, kind: str | None, physical: str | None) -> Resource:
    """``network create``: one flat network to a physical one, as ML2 has it."""
    if (kind == "flat") != (physical is not None):
        raise RefusedError("physical_network and network type flat belong together (HTTP 400)")
    taken = {entry["physical"] for entry in all_of(known, "network").values()} - {None}
    if physical in taken:
        raise RefusedError(f"Unable to create the flat network. Physical network {physical} is in use. (HTTP 409)")
    return add(known, "network", name, external=external, physical=physical)


def create_subnet(known: State, name: str, network: str, cidr: str, gateway: str | None, pool: str | None) -> Resource:
    """``subnet create``: gateway and pool lie in the subnet, and apart from each other."""
    of = find(known, "network", network)
    try:
        block = ip_network(cidr)
        leads = ip_address(gateway) if gateway else block[1]
        first, last = _pool(pool) if pool else (None, None)
    except ValueError as error:
        raise RefusedError(f"Invalid input: {error} (HTTP 400)") from error
    if leads not in block:
        raise RefusedError(f"Gateway {leads} is not valid on subnet {cidr} (HTTP 400)")
    if first is not None and last is not None:
        if first not in block or last not in block or int(first) > int(last):
            raise RefusedError(f"The allocation pool {first}-{last} spans beyond the subnet cidr {cidr}. (HTTP 400)")
        if int(first) <= int(leads) <= int(last):
            raise RefusedError(f"Gateway ip {leads} conflicts with allocation pool {first}-{last}. (HTTP 409)")
    return add(known, "subnet", name, network=of["id"], cidr=cidr, gateway=str(leads))


def set_gateway(known: State, router: str, network: str) -> None:
    """``router set --external-gateway``."""
    leads = find(known, "network", network)
    if not leads["external"]:
        raise RefusedError(f"Bad router request: Network {leads['id']} is not an external network. (HTTP 400)")
    if not any(entry["network"] == leads["id"] for entry in all_of(known, "subnet").values()):
        raise RefusedError(f"No more IP addresses available on network {leads['id']}. (HTTP 409)")
    find(known, "router", router)["gateway"] = leads["id"]


def add_subnet(known: State, router: str, subnet: str) -> None:
    """``router add subnet``."""
    item, added = find(known, "router", router), find(known, "subnet", subnet)
    if added["id"] in item["subnets"]:
        raise RefusedError(f"Bad router request: Router already has a port on subnet {added['id']}. (HTTP 400)")
    item["subnets"].append(added["id"])


def remove_subnet(known: State, router: str, subnet: str) -> None:
    """``router remove subnet``."""
    item, gone = find(known, "router", router), find(known, "subnet", subnet)
    if gone["id"] not in item["subnets"]:
        raise RefusedError(f"Router {item['id']} has no interface on subnet {gone['id']} (HTTP 404)")
    item["subnets"].remove(gone["id"])


def _pool(text: str) -> tuple[Any, Any]:
    parts = dict(part.partition("=")[::2] for part in text.split(","))
    if set(parts) != {"start", "end"}:
        raise ValueError(f"allocation pool {text} is not start=IP,end=IP")
    return ip_address(parts["start"]), ip_address(parts["end"])


def _users(known: State, kind: str, item: Resource) -> Iterator[str]:
    identity = item["id"]
    if kind == "network":
        inside = {entry["id"] for entry in all_of(known, "subnet").values() if entry["network"] == identity}
        for router in all_of(known, "router").values():
            if router["gateway"] == identity or inside & set(router["subnets"]):
                yield f"router {router['id']}"
    if kind == "router" and item["subnets"]:
        yield f"interfaces on {', '.join(item['subnets'])}"
    if kind == "network":
        for server in all_of(known, "server").values():
            if server["network"] == identity:
                yield f"server {server['id']}"
