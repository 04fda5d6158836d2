"""The commands with their options, exactly; anything else is refused as the real client refuses it."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from . import computes, output, resources, servers
from .errors import RefusedError
from .resources import all_of, find
from .state import State, opened

Option = tuple[str, dict[str, Any]]
Given = argparse.Namespace
NAME: Option = ("name", {})
_NAMED = ("ID", "Name")
_TAGS_SINCE = (2, 26)


@dataclass(frozen=True)
class Command:
    """``run`` gets the state and the options; rows of a list (with ``columns``), a single object, or None come back."""

    run: Callable[[State, Given], Any]
    options: Sequence[Option] = ()
    columns: Sequence[str] = ()
    formatted: bool = field(default=True)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise RefusedError(f"{self.prog}: {message}")


def run(words: Sequence[str], directory: Path) -> str:
    """What a command prints. Raises RefusedError."""
    if list(words[:3]) == ["console", "log", "show"]:
        given = _parse("console log show", Command(lambda *_: None, [NAME], formatted=False), words[3:])
        return servers.console(directory, given.name)
    for size in (3, 2):
        name = " ".join(words[:size])
        if name in COMMANDS:
            command = COMMANDS[name]
            given = _parse(name, command, words[size:])
            with opened(directory) as known:
                found = command.run(known, given)
            return _printed(command, found, given)
    raise RefusedError(f"openstack: '{' '.join(words)}' is not an openstack command that this stand-in knows.")


def _parse(name: str, command: Command, words: Sequence[str]) -> Given:
    parser = _Parser(prog=f"openstack {name}", add_help=False, allow_abbrev=False)
    if command.formatted:
        parser.add_argument("-f", choices=output.FORMATS, default="table")
        parser.add_argument("-c", action="append", default=[])
    for option, details in command.options:
        parser.add_argument(option, **details)
    return parser.parse_args(words)


def _printed(command: Command, found: Any, given: Given) -> str:
    if isinstance(found, RefusedError):
        raise found
    if found is None:
        return ""
    if command.columns:
        return output.listed(found, command.columns, given.c, given.f)
    return output.shown(found, given.c, given.f)


def _list(kind: str) -> Command:
    def rows(known: State, given: Given) -> list[output.Row]:
        return [{"ID": item["id"], "Name": item["name"]} for item in all_of(known, kind).values()]

    return Command(rows, columns=_NAMED)


def _delete(kind: str) -> Command:
    return Command(lambda known, given: resources.delete(known, kind, given.name), [NAME], formatted=False)


def _networks(known: State, given: Given) -> list[output.Row]:
    physical = given.provider_physical_network
    return [
        {"ID": item["id"], "Name": item["name"], "Subnets": ""}
        for item in all_of(known, "network").values()
        if (item["external"] or not given.external) and physical in (None, item["physical"])
    ]


def _servers(known: State, given: Given) -> list[output.Row]:
    return [
        {"ID": item["id"], "Name": item["name"], "Status": item["status"]}
        for item in all_of(known, "server").values()
        if given.host in (None, item["host"])
        and given.status in (None, item["status"])
        and (given.tags is None or _with_tags(given.tags) in servers.tags(item))
    ]


def _with_tags(tag: str) -> str:
    """The tag, if the client was told to use a version of Nova's API that has tags."""
    spoken = os.environ.get("OS_COMPUTE_API_VERSION", "2.1")
    if tuple(map(int, spoken.split("."))) < _TAGS_SINCE:
        raise RefusedError("--os-compute-api-version 2.26 or greater is required to support tags")
    return tag


def _tag(known: State, given: Given) -> None:
    tag, tags = _with_tags(given.tag), servers.tags(find(known, "server", given.name))
    if tag not in tags:
        tags.append(tag)


def _untag(known: State, given: Given) -> None:
    tag, tags = _with_tags(given.tag), servers.tags(find(known, "server", given.name))
    if tag not in tags:
        raise RefusedError(f"Server {given.name} has no tag '{tag}' (HTTP 404)")
    tags.remove(tag)


def _create_server(known: State, given: Given) -> Any:
    made = servers.create(known, given.name, given.image, given.flavor, given.network, Path(given.user_data))
    # It stays, in ERROR: so the refusal is told after the state has been written.
    return _public(made) if made["status"] == "ACTIVE" else RefusedError(f"Error creating server: {given.name}")


def _public(server: Mapping[str, Any]) -> output.Row:
    shown = {key: server[key] for key in ("id", "name", "status", "fault")}
    return {**shown, "OS-EXT-SRV-ATTR:host": server["host"]}


def _set_service(known: State, given: Given) -> None:
    computes.set_service(known, given.host, given.service, disabled=given.disable, reason=given.disable_reason or "")


_FLAG: dict[str, Any] = {"action": "store_true"}
_NEEDED: dict[str, Any] = {"required": True}
_EITHER: list[Option] = [("--enable", _FLAG), ("--disable", _FLAG), ("--disable-reason", {})]

COMMANDS: Mapping[str, Command] = {
    "image list": _list("image"),
    "image delete": _delete("image"),
    "image create": Command(
        lambda known, given: resources.create_image(known, given.name, Path(given.file)),
        [("--disk-format", _NEEDED), ("--container-format", {}), ("--file", _NEEDED), NAME],
    ),
    "flavor list": _list("flavor"),
    "flavor delete": _delete("flavor"),
    "flavor create": Command(
        lambda known, given: resources.add(known, "flavor", given.name, ram=given.ram),
        [*((option, {"type": int}) for option in ("--vcpus", "--ram", "--disk")), NAME],
    ),
    "network list": Command(
        _networks, [("--external", _FLAG), ("--provider-physical-network", {})], (*_NAMED, "Subnets")
    ),
    "network delete": _delete("network"),
    "network create": Command(
        lambda known, given: resources.create_network(
            known,
            given.name,
            external=given.external,
            kind=given.provider_network_type,
            physical=given.provider_physical_network,
        ),
        [("--external", _FLAG), ("--provider-network-type", {}), ("--provider-physical-network", {}), NAME],
    ),
    "subnet list": _list("subnet"),
    "subnet create": Command(
        lambda known, given: resources.create_subnet(
            known, given.name, given.network, given.subnet_range, given.gateway, given.allocation_pool
        ),
        [
            *(("--network", _NEEDED), ("--subnet-range", _NEEDED), ("--gateway", {}), ("--allocation-pool", {})),
            *(("--no-dhcp", _FLAG), NAME),
        ],
    ),
    "router list": _list("router"),
    "router delete": _delete("router"),
    "router create": Command(
        lambda known, given: resources.add(known, "router", given.name, gateway=None, subnets=[]), [NAME]
    ),
    "router set": Command(
        lambda known, given: resources.set_gateway(known, given.name, given.external_gateway),
        [("--external-gateway", _NEEDED), NAME],
        formatted=False,
    ),
    "router add subnet": Command(
        lambda known, given: resources.add_subnet(known, given.name, given.subnet),
        [NAME, ("subnet", {})],
        formatted=False,
    ),
    "router remove subnet": Command(
        lambda known, given: resources.remove_subnet(known, given.name, given.subnet),
        [NAME, ("subnet", {})],
        formatted=False,
    ),
    "server list": Command(
        _servers,
        [("--all-projects", _FLAG), ("--host", {}), ("--status", {}), ("--tags", {})],
        (*_NAMED, "Status"),
    ),
    "server set": Command(_tag, [("--tag", _NEEDED), NAME], formatted=False),
    "server unset": Command(_untag, [("--tag", _NEEDED), NAME], formatted=False),
    "server stop": Command(lambda known, given: servers.stop(known, given.name), [NAME], formatted=False),
    "server start": Command(lambda known, given: servers.start(known, given.name), [NAME], formatted=False),
    "server show": Command(lambda known, given: _public(find(known, "server", given.name)), [NAME]),
    "server delete": Command(
        lambda known, given: servers.delete(known, given.name), [("--wait", _FLAG), NAME], formatted=False
    ),
    "server create": Command(
        _create_server,
        [
            *(("--wait", {**_FLAG, **_NEEDED}), ("--image", _NEEDED), ("--flavor", _NEEDED), ("--network", _NEEDED)),
            *(("--user-data", _NEEDED), NAME),
        ],
    ),
    "hypervisor list": Command(lambda known, given: computes.hypervisors(known), columns=computes.HYPERVISORS),
    "compute service list": Command(
        lambda known, given: [
            row for row in computes.services(known, given.service) if given.host in (None, row["Host"])
        ],
        [("--service", {}), ("--host", {})],
        computes.SERVICES,
    ),
    "compute service set": Command(_set_service, [*_EITHER, ("host", {}), ("service", {})], formatted=False),
    "compute service delete": Command(
        lambda known, given: computes.delete_service(known, given.id), [("id", {})], formatted=False
    ),
    "network agent list": Command(lambda known, given: computes.agents(known), columns=computes.AGENTS),
    "network agent delete": Command(
        lambda known, given: computes.delete_agent(known, given.id), [("id", {})], formatted=False
    ),
}
