"""What libvirt will make of a machine or network at its next start.

`virsh edit`, `setmaxmem --config` and `net-edit` change the definition and not what runs, and the engine's plugin
reads what runs. So the definitions are read here, of what the state knows, as far as the program says what they hold.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Interface
from pathlib import PurePosixPath
from typing import Any
from xml.etree.ElementTree import Element

from doctor.virsh import Unanswered, Virsh
from drift import remedies
from drift.engine import Seen
from drift.rows import Row, title
from recovery.state import DOMAIN, NETWORK

_MIB = {"KiB": 1 / 1024, "MiB": 1, "GiB": 1024}
_LATER = "(from its next start)"


def definitions(virsh: Virsh, seen: Iterable[Seen], uri: str) -> Iterator[Row]:
    """A row for each property of a definition that is not as recorded. What is not defined any more has none."""
    for one in seen:
        outputs = one.old.get("outputs") or {}
        name = str(outputs.get("name", ""))
        if one.type == DOMAIN:
            document, found_of = _document(virsh, f"dumpxml --inactive {shlex.quote(name)}"), _machine
        elif one.type == NETWORK:
            document, found_of = _document(virsh, f"net-dumpxml --inactive {shlex.quote(name)}"), _network
        else:
            continue
        for path, recorded, found in found_of(outputs, document) if document is not None else ():
            remedy = remedies.by_hand(one.type, path, recorded, name, uri, runs_so=False)
            yield Row(one.urn, title(one), path, _text(recorded), f"{_text(found)} {_LATER}", remedy, False)


def _document(virsh: Virsh, command: str) -> Element | None:
    try:
        return virsh.document(command)
    except Unanswered:
        return None  # gone, which is a row of its own


def _machine(recorded: Mapping[str, Any], document: Element) -> Iterator[tuple[str, Any, Any]]:
    """(property, recorded, found) of what differs: MiB, processors, MACs, disks' files."""
    memory = document.find("memory")
    if memory is not None:
        yield from _differing("memory", recorded, int(int(memory.text or 0) * _MIB[memory.get("unit", "KiB")]))
    yield from _differing("vcpu", recorded, int(document.findtext("vcpu", "0")))
    yield from _differing("description", recorded, document.findtext("description", "").strip())
    macs = [mac.get("address", "").upper() for mac in document.iterfind("devices/interface/mac")]
    nics = [str(nic.get("mac", "")).upper() for nic in recorded.get("networkInterfaces") or ()]
    if macs != nics:
        yield "networkInterfaces", nics, macs
    paths = [str(disk.get("volumeId") or disk.get("file") or "") for disk in recorded.get("disks") or ()]
    disks = [PurePosixPath(path).name for path in paths]
    # A disk is a volume of a pool or a file, whichever of the two it was declared by.
    sources = document.iterfind("devices/disk/source")
    files = [PurePosixPath(source.get("volume") or source.get("file") or "").name for source in sources]
    if files != disks:
        yield "disks", disks, files


def _network(recorded: Mapping[str, Any], document: Element) -> Iterator[tuple[str, Any, Any]]:
    """Likewise: bridge, MTU, ranges, whether it gives out addresses."""
    bridge, mtu, forward = (document.find(tag) for tag in ("bridge", "mtu", "forward"))
    if bridge is not None:
        yield from _differing("bridge", recorded, bridge.get("name", ""))
    if recorded.get("mtu"):
        yield from _differing("mtu", recorded, int(mtu.get("size", "0")) if mtu is not None else 0)
    if recorded.get("mode") != "bridge":
        yield from _differing("mode", recorded, "none" if forward is None else forward.get("mode", "nat"))
        ranges = [str(IPv4Interface(f"{ip.get('address')}/{_prefix(ip)}").network) for ip in document.iterfind("ip")]
        yield from _differing("addresses", {"addresses": recorded.get("addresses") or []}, ranges)
        if document.find("ip/dhcp") is not None:
            yield "dhcp", "off", "on"


def _prefix(ip: Element) -> str:
    return ip.get("prefix") or ip.get("netmask") or "24"


def _differing(name: str, recorded: Mapping[str, Any], found: Any) -> Iterator[tuple[str, Any, Any]]:
    if name in recorded and recorded[name] != found:
        yield name, recorded[name], found


def _text(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)
