"""The small grammars that both documents use: DNS names, MAC addresses, networks, ssh keys, pull secrets, certificates.

Each function returns the reason why a text is wrong, or "" when it is right (openshift/installer `pkg/validate`).
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_ssh_public_key

_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_MAC = re.compile(r"[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}")
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----\n.*?-----END CERTIFICATE-----\n?", re.DOTALL)
_HOST = r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
_REPOSITORY = re.compile(rf"((localhost|{_HOST}(\.{_HOST})+)(:\d+)?|{_HOST}:\d+)(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)+")
# A registry by itself is no canonical name; then only its host is looked at.
_REGISTRY = re.compile(rf"{_LABEL}(\.{_LABEL})*(:\w[\w.-]*)?")
_LOGIN = re.compile(r"([A-Za-z0-9._:~!$&'()*+,;=@-]|%[0-9A-Fa-f]{2})*")

RFC_1123 = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.'"


def subdomain(text: str) -> str:
    """Check a DNS-1123 subdomain of at most 253 characters."""
    if len(text) > 253:
        return "must be no more than 253 characters"
    return "" if _SUBDOMAIN.fullmatch(text) else RFC_1123


def mac(text: str) -> str:
    """Check a unicast EUI-48 address."""
    if not _MAC.fullmatch(text):
        return f"address {text}: invalid MAC address"
    if int(text[:2], 16) & 1:
        return "expected unicast mac address, found multicast"
    return ""


def ip(text: str) -> str:
    """Check an IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return f'"{text}" is not a valid IP'
    return ""


def network(text: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network | None, str]:
    """Parse a CIDR with no host bits; return (network, "") or (None, reason)."""
    try:
        parsed = ipaddress.ip_interface(text) if "/" in text else None
    except ValueError:
        parsed = None
    if parsed is None:
        return None, f"invalid CIDR address: {text}"
    if str(parsed.network.network_address) == "0.0.0.0":
        return None, "address must be specified, not 0.0.0.0"
    if parsed.ip != parsed.network.network_address:
        return None, f"invalid network address. got {text}, expecting {parsed.network}"
    return parsed.network, ""


def ssh_keys(text: str) -> tuple[list[str], str]:
    """Parse authorized_keys lines; return (their algorithm names, "") or ([], reason)."""
    algorithms = []
    for line in text.strip().splitlines():
        if not line.strip():
            continue
        try:
            load_ssh_public_key(line.strip().encode())
        except (ValueError, UnsupportedAlgorithm) as error:
            return [], f"ssh: no key found ({error})"
        algorithms.append(line.split()[0])
    return (algorithms, "") if algorithms else ([], "ssh: no key found")


def pull_secret(text: str) -> str:
    """Check a registry authentication file: JSON with at least one registry that has credentials."""
    try:
        auths = json.loads(text)["auths"]
    except json.JSONDecodeError as error:
        return f"invalid JSON: {error.msg}"
    except (KeyError, TypeError):
        return "auths required"
    if not isinstance(auths, Mapping) or not auths:
        return "auths required"
    for registry, entry in auths.items():
        if not isinstance(entry, Mapping) or not (entry.get("auth") or entry.get("credsStore")):
            return f'auths["{registry}"]: requires either auth or credsStore'
    return ""


def certificates(text: str) -> str:
    """Check that every byte belongs to a PEM certificate that parses."""
    if not text or _CERTIFICATE.sub("", text):
        return "invalid block"
    for block in _CERTIFICATE.finditer(text):
        try:
            x509.load_pem_x509_certificate(block[0].encode())
        except ValueError as error:
            return f"invalid certificate: {error}"
    return ""


def repository(text: str) -> str:
    """Check an image repository without tag or digest: with its registry's domain or port, or the registry alone."""
    if _REGISTRY.fullmatch(text):
        return ""
    if "@" in text or ":" in text.rpartition("/")[2]:
        return "must be repository--not reference"
    return "" if _REPOSITORY.fullmatch(text) else "the repository provided is invalid"


def url(text: str, schemes: tuple[str, ...]) -> str:
    """Check an absolute URL with one of `schemes` (any, if empty) and a host."""
    parts = urlsplit(text)
    if not parts.scheme:
        return f'invalid URI "{text}" (no scheme)'
    if schemes and parts.scheme not in schemes:
        return f"unsupported scheme {parts.scheme}, supported: {', '.join(schemes)}"
    if not _LOGIN.fullmatch(parts.netloc.rpartition("@")[0]):
        return f'invalid URI "{text}" (net/url: invalid userinfo)'
    return "" if parts.netloc else "invalid URI (no host)"
