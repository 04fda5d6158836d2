"""One libvirt, asked through virsh; what it has of this stack's names is read as XML."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Interface, IPv4Network
from pathlib import PurePosixPath
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from doctor.commands import Answer, run


class Unanswered(Exception):
    """libvirt, or a part of it, did not answer; ``str()`` is what was said."""


@dataclass(frozen=True, slots=True)
class Domain:
    """A machine as libvirt has it. ``description`` is where a machine of ours carries its owner mark."""

    name: str
    uuid: str
    description: str
    disks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Network:
    """A libvirt network. ``mode`` is libvirt's, ``none`` for an isolated one; ``bridge`` is empty where it has none."""

    name: str
    uuid: str
    mode: str
    bridge: str
    ranges: tuple[IPv4Network, ...]


@dataclass(frozen=True, slots=True)
class Pool:
    """A storage pool. ``path`` is where it lies, empty for a kind that lies nowhere."""

    name: str
    uuid: str
    path: str
    active: bool


class Virsh:
    """``uri`` as virsh must be given it. Everything is asked once; what fails raises ``Unanswered``."""

    def __init__(self, uri: str) -> None:
        self._uri = uri

    def ask(self, *commands: str) -> Answer:
        """Several commands over one connection."""
        return run("virsh", "--quiet", "--connect", self._uri, "; ".join(commands))

    @cached_property
    def answer(self) -> Answer:
        """Whether each of the three daemons that the program needs answers."""
        return self.ask("list --name", "net-list --name", "pool-list --name")

    @cached_property
    def domain_names(self) -> tuple[str, ...]:
        """All machines, whoever they belong to."""
        return self._names("list --all --name")

    @cached_property
    def running(self) -> tuple[str, ...]:
        """Those that are on, paused ones among them."""
        return self._names("list --name")

    @cached_property
    def networks(self) -> tuple[Network, ...]:
        """All networks."""
        return tuple(map(_network, self._documents("net-dumpxml", self._names("net-list --all --name"))))

    @cached_property
    def pools(self) -> tuple[Pool, ...]:
        """All pools."""
        active = self._names("pool-list --name")
        documents = self._documents("pool-dumpxml", self._names("pool-list --all --name"))
        return tuple(_pool(document, active) for document in documents)

    def domains(self, prefix: str) -> tuple[Domain, ...]:
        """The machines whose names begin so."""
        names = (name for name in self.domain_names if name.startswith(prefix))
        return tuple(map(_domain, self._documents("dumpxml", names)))

    def volumes(self, pool: str) -> tuple[str, ...]:
        """The volumes of an active pool, by name."""
        lines = self._answered(f"vol-list {shlex.quote(pool)}").out.splitlines()
        return tuple(words[0] for words in map(str.split, lines) if words)

    def document(self, command: str) -> Element:
        """The one document that a command prints."""
        return ElementTree.fromstring(self._answered(command).out)

    def figures(self, command: str) -> dict[str, int]:
        """The numbers of a command that prints lines like ``total : 1024 KiB``, without their units."""
        pairs = (line.partition(":")[::2] for line in self._answered(command).out.splitlines())
        words = ((key.strip(), value.split()) for key, value in pairs)
        return {key: int(value[0]) for key, value in words if value and value[0].isdigit()}

    def _names(self, command: str) -> tuple[str, ...]:
        return tuple(line.strip() for line in self._answered(command).out.splitlines() if line.strip())

    def _documents(self, command: str, names: Iterable[str]) -> list[Element]:
        # What vanishes between list and look is no error: it is not there.
        commands = [f"{command} {shlex.quote(name)}" for name in names]
        return list(ElementTree.fromstring(f"<all>{self.ask(*commands).out}</all>")) if commands else []

    def _answered(self, command: str) -> Answer:
        answer = self.ask(command)
        if not answer.ok:
            raise Unanswered(answer.said)
        return answer


def _domain(document: Element) -> Domain:
    return Domain(
        name=document.findtext("name", ""),
        uuid=document.findtext("uuid", ""),
        description=document.findtext("description", "").strip(),
        disks=tuple(
            source.get("file", "") for source in document.iterfind("devices/disk/source") if source.get("file")
        ),
    )


def _network(document: Element) -> Network:
    forward, bridge = document.find("forward"), document.find("bridge")
    return Network(
        name=document.findtext("name", ""),
        uuid=document.findtext("uuid", ""),
        mode="none" if forward is None else forward.get("mode", "nat"),
        bridge="" if bridge is None else bridge.get("name", ""),
        ranges=tuple(_range(ip) for ip in document.iterfind("ip") if ip.get("family", "ipv4") == "ipv4"),
    )


def _range(ip: Element) -> IPv4Network:
    return IPv4Interface(f"{ip.get('address')}/{ip.get('prefix') or ip.get('netmask') or 24}").network


def _pool(document: Element, active: Iterable[str]) -> Pool:
    name, path = document.findtext("name", ""), document.findtext("target/path", "")
    uuid = document.findtext("uuid", "")
    return Pool(name, uuid, str(PurePosixPath(path)) if path else "", name in active)
