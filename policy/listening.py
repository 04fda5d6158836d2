"""Nothing of a machine listens on an address that others reach: screens and consoles are on the host's loopback, and no
argument goes past libvirt to QEMU, where nothing could check it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Any
from xml.etree import ElementTree

from policy.model import DOMAIN, UNKNOWN, Resource, Violation, leaves

_QEMU = "http://libvirt.org/schemas/domain/qemu/1.0"
_XSL = "{http://www.w3.org/1999/XSL/Transform}"
_LISTENING = ("listen", "address", "host")
_REMEDY = "Set it to 127.0.0.1 (components/machine.py, manifests/domain_xslt.py) and reach it through ssh."

# An XSLT says ``self::node()`` too, so the second is the whole value, a quoted text, or in brackets.
_ANY = re.compile(r"(?<![\d.])0\.0\.0\.0(?![\d./])|^\s*::\s*$|['\"]::['\"]|\[::\]")


def violations(resource: Resource) -> Iterator[Violation]:
    """Of one domain: each place where it would listen for others."""
    if resource.type != DOMAIN:
        return
    for path, value in _addresses(resource.props):
        yield Violation(f"{resource.name}: {path} is {value}; {_rule(value)} {_REMEDY}", resource.urn)


def _rule(value: str) -> str:
    if value == _QEMU:
        return "no argument may go past libvirt to QEMU, where it could open any port."
    return "only the host's loopback may be listened on."


def _addresses(props: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    graphics = props.get("graphics")
    if isinstance(graphics, Mapping):
        yield from _graphics(graphics)
    for position, console in enumerate(props.get("consoles") or []):
        if console.get("type") == "tcp":
            yield from _public(f"consoles[{position}].sourceHost", console.get("sourceHost"))
    for path, value in leaves(props):
        if path == "xml.xslt" and isinstance(value, str):
            yield from _stylesheet(value)
        elif isinstance(value, str) and _ANY.search(value) and not path.startswith(("graphics.", "consoles[")):
            yield path, value


def _graphics(graphics: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    # With ``none`` and ``socket`` there is no port at all; ``network`` means the address of a bridge.
    if graphics.get("listenType") == "network":
        yield "graphics.listenType", "network"
    elif graphics.get("listenType") not in ("none", "socket"):
        yield from _public("graphics.listenAddress", graphics.get("listenAddress"))


def _public(path: str, value: Any) -> Iterator[tuple[str, str]]:
    """The plugin's default is 127.0.0.1. A name is refused: who knows where it leads."""
    if value not in (None, "", UNKNOWN) and not _is_loopback(str(value)):
        yield path, str(value)


def _is_loopback(text: str) -> bool:
    try:
        return ip_address(text).is_loopback
    except ValueError:
        return False


def _stylesheet(text: str) -> Iterator[tuple[str, str]]:
    """What a stylesheet would put into the domain, as far as it is written out in it."""
    if _QEMU in text:
        yield "xml.xslt", _QEMU
    try:
        elements = list(ElementTree.fromstring(text).iter())
    except ElementTree.ParseError as error:
        yield "xml.xslt", f"no XML that could be looked at ({error})"
        return
    for element in elements:
        written = {} if element.tag.startswith(_XSL) else dict(element.attrib)
        if element.tag == f"{_XSL}attribute" and element.text:
            written[element.get("name", "")] = element.text
        for name, value in written.items():
            if name in _LISTENING and _is_address(value) and not _is_loopback(value.strip()):
                yield f"xml.xslt {name}", value.strip()
        for value in (*element.attrib.values(), element.text or "", element.tail or ""):
            if _ANY.search(value) and value not in written.values():
                yield "xml.xslt", value.strip()


def _is_address(text: str) -> bool:
    try:
        ip_address(text.strip())
    except ValueError:
        return False
    return True
