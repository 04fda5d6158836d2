"""Constraints as named types, each carrying its own rule and remedy.

A field says what it is (`VlanId`, `ClusterName`), and the type knows how to refuse: that keeps every message next to
its rule, and the same pattern reaches the JSON schema that editors check with. Sources: the installer's own checks
(openshift/installer pkg/validate and pkg/types/validation), RFC 1123 for names, IEEE 802.1Q for VLAN ids.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema


def refusal(rule: str, remedy: str) -> PydanticCustomError:
    """A validation error that already is a sentence: `rule` follows the value given, `remedy` says what to do."""
    return PydanticCustomError("lab_rule", "{rule}. {remedy}", {"rule": rule, "remedy": remedy})


@dataclass(frozen=True, slots=True)
class Text:
    """A string of one form. `pattern` must match the whole of it; `longest` is in characters."""

    pattern: str
    rule: str
    remedy: str
    longest: int = 1024

    def check(self, value: str) -> str:
        """Give the value back, or refuse it."""
        if len(value) > self.longest:
            raise refusal(f"has {len(value)} characters; {self.longest} is the most", "Choose a shorter one.")
        if not re.fullmatch(self.pattern, value):
            raise refusal(self.rule, self.remedy)
        return value

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {
            **handler(schema),
            "pattern": f"^(?:{self.pattern})$",
            "maxLength": self.longest,
            # Editors show this instead of the pattern.
            "patternErrorMessage": f"This {self.rule}. {self.remedy}",
        }


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number between `low` and `high`, both included; `why` explains the bounds in a few words."""

    low: int
    high: int
    why: str

    def check(self, value: Any) -> int:
        """Refuse what is no whole number (also yes/no, which Python takes for 1 and 0) or out of bounds."""
        # Pulumi keeps what `pulumi config set` was given as text, so text of digits is a number here.
        digits = isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value)
        if not digits and (isinstance(value, bool) or not isinstance(value, int)):
            raise refusal("is not a whole number", f"Give a number from {self.low} to {self.high}.")
        number = int(value)
        if not self.low <= number <= self.high:
            side = f"less than {self.low}" if number < self.low else f"more than {self.high}"
            raise refusal(f"is {side}; {self.why}", f"Give a number from {self.low} to {self.high}.")
        return number

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), "minimum": self.low, "maximum": self.high}


_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_SEGMENT = r"[^/\s\x00-\x1f\x7f]+"
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"

PREFIX_LONGEST = 24
"""The plan's offsets (network/ranges.py) reach .250, so a /24 is the smallest network that holds them."""

PREFIX_SHORTEST = 16
"""Nothing is gained by more than 65536 addresses, and a /8 would swallow what the host itself uses."""


BLOCK_LONGEST = 21
"""A /21 holds eight /24s; a lab has six networks."""

BLOCK_SHORTEST = 12
"""The largest private range that is not 10.0.0.0/8, most of which others use."""


def _network(value: object) -> IPv4Network:
    """Refuse what is no IPv4 network, with the right network named where it can be guessed."""
    if isinstance(value, IPv4Network):
        return value
    if not isinstance(value, str) or "/" not in value:
        raise refusal("is not a network in CIDR form", "Write it like 192.168.130.0/24.")
    try:
        network = IPv4Network(value, strict=False)
    except ValueError:
        raise refusal("is not an IPv4 network in CIDR form", "Write it like 192.168.130.0/24.") from None
    if not re.fullmatch(r"[0-9.]+/(?:0|[1-9][0-9]?)", value):
        raise refusal("is not an IPv4 network in CIDR form", f"Write {network}.")
    if str(network.network_address) != value.partition("/")[0]:
        raise refusal("has bits set to the right of its prefix", f"The network is {network}; write that.")
    return network


def _for_machines(network: IPv4Network) -> IPv4Network:
    first = network.network_address
    nobodys = network.overlaps(IPv4Network("0.0.0.0/8")) or first.is_multicast or first.is_reserved
    if nobodys or network.is_loopback or network.is_link_local:
        raise refusal("is not a range that machines can be given", "Use a private range such as 192.168.130.0/24.")
    return network


def _cidr(value: object) -> IPv4Network:
    network = _network(value)
    if network.prefixlen > PREFIX_LONGEST:
        raise refusal(
            f"has too few addresses ({network.num_addresses}); the plan needs the 256 of a /{PREFIX_LONGEST}",
            f"Give it a prefix from /{PREFIX_SHORTEST} to /{PREFIX_LONGEST}.",
        )
    if network.prefixlen < PREFIX_SHORTEST:
        raise refusal(
            f"is larger than a /{PREFIX_SHORTEST}; a lab has no use for it",
            f"Give it a prefix from /{PREFIX_SHORTEST} to /{PREFIX_LONGEST}.",
        )
    return _for_machines(network)


def _cluster_network(value: object) -> IPv4Network:
    network = _network(value)
    if not 8 <= network.prefixlen <= 24:
        raise refusal(f"is a /{network.prefixlen}; the cluster's own networks are /8 to /24", "Choose such a prefix.")
    return _for_machines(network)


def _address(value: object) -> IPv4Address:
    if isinstance(value, IPv4Address):
        return value
    try:
        return IPv4Address(value if isinstance(value, str) else "")
    except ValueError:
        raise refusal("is not an IPv4 address", "Write it like 192.168.130.5.") from None


def _block(value: object) -> IPv4Network:
    network = _network(value)
    if not BLOCK_SHORTEST <= network.prefixlen <= BLOCK_LONGEST:
        raise refusal(
            f"is a /{network.prefixlen}; the lab's networks are /24s, and eight of them are a /{BLOCK_LONGEST}",
            f"Give it a prefix from /{BLOCK_SHORTEST} to /{BLOCK_LONGEST}.",
        )
    return _for_machines(network)


Address: TypeAlias = Annotated[
    IPv4Address,
    BeforeValidator(_address),
    WithJsonSchema({"type": "string", "pattern": rf"^(?:{_OCTET}\.){{3}}{_OCTET}$"}),
]
"""One IPv4 address."""

ClusterCidr: TypeAlias = Annotated[
    IPv4Network,
    BeforeValidator(_cluster_network),
    WithJsonSchema({"type": "string", "pattern": rf"^(?:{_OCTET}\.){{3}}{_OCTET}/(?:[89]|1\d|2[0-4])$"}),
]
"""A network inside the cluster, for pods or services: /8 to /24."""

Block: TypeAlias = Annotated[
    IPv4Network,
    BeforeValidator(_block),
    WithJsonSchema({"type": "string", "pattern": rf"^(?:{_OCTET}\.){{3}}{_OCTET}/(?:1[2-9]|2[01])$"}),
]
"""An IPv4 network that all of a lab's /24s are cut from: /12 to /21."""

Cidr: TypeAlias = Annotated[
    IPv4Network,
    BeforeValidator(_cidr),
    WithJsonSchema({"type": "string", "pattern": rf"^(?:{_OCTET}\.){{3}}{_OCTET}/(?:1[6-9]|2[0-4])$"}),
]
"""An IPv4 network, /16 to /24, host bits zero."""

StackName: TypeAlias = Annotated[
    str,
    Text(
        r"[A-Za-z0-9][A-Za-z0-9_.-]*",
        "is not a name that libvirt objects can carry",
        "Use letters, digits, '-', '_' and '.', starting with a letter or a digit.",
        longest=60,
    ),
]
ClusterName: TypeAlias = Annotated[
    str,
    Text(
        _LABEL,
        "is not a cluster name: one DNS label of lower-case letters, digits and '-', without dots",
        "Choose a name like lab or lab-2.",
        longest=54,
    ),
]
"""One DNS label; 54 characters leave room for `*.apps.` (the installer's rule)."""

DomainName: TypeAlias = Annotated[
    str,
    Text(
        rf"(?!.*[0-9]{{1,3}}(?:\.[0-9]{{1,3}}){{3}})(?:{_LABEL}\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])",
        "is not a DNS domain: lower-case labels of letters, digits and '-', joined by dots, the last of two characters "
        "or more, and no IPv4 address among them",
        "Write it like example.com, without a dot at the end.",
        longest=253,
    ),
]
"""The last two rules are the first node's, which registers the cluster (openshift/assisted-service pkg/validations)."""

HostName: TypeAlias = Annotated[
    str,
    Text(
        rf"{_LABEL}(?:\.{_LABEL})*",
        "is neither an IP address nor a DNS name in lower case",
        "Write it like 192.168.130.1 or ntp.example.com.",
        longest=253,
    ),
]
"""A machine by name or IPv4 address (an address has the form of a name)."""

TimeServer: TypeAlias = Annotated[
    str,
    Text(
        rf"(?=..){_LABEL}(?:\.{_LABEL})*",
        "is neither an IP address nor a DNS name in lower case of two characters or more",
        "Write it like 192.168.130.1 or ntp.example.com.",
        longest=63,
    ),
]
"""As the first node takes it (openshift/assisted-service pkg/validations); the installer takes up to 253 characters."""

HostKey: TypeAlias = Annotated[
    str,
    Text(_LABEL, "is not a key for a host", "Use lower-case letters, digits and '-', like main.", longest=30),
]
BridgeName: TypeAlias = Annotated[
    str,
    Text(
        r"[A-Za-z0-9_][A-Za-z0-9_.:-]*",
        "is not the name of a network interface",
        "Write it like br0; names of interfaces hold 15 characters.",
        longest=15,
    ),
]
VlanId: TypeAlias = Annotated[int, Whole(1, 4094, "VLAN ids are 12 bits, and 0 and 4095 are reserved")]
Mtu: TypeAlias = Annotated[int, Whole(1280, 9216, "1280 is the least that IPv6 allows, 9216 the most NICs carry")]
Seconds: TypeAlias = Annotated[int, Whole(1, 86400, "a wait lasts from a second to a day")]
AbsolutePath: TypeAlias = Annotated[
    str,
    Text(
        rf"(?:/(?!\.{{1,2}}(?:/|$)){_SEGMENT})+",
        "is not an absolute path on the KVM host",
        "Start it with '/', without spaces, '.', '..' or a '/' at the end.",
    ),
]
UserName: TypeAlias = Annotated[
    str,
    Text(r"[a-z_][a-z0-9_-]*", "is not a user name", "Use lower-case letters and digits.", longest=32),
]
