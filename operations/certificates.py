"""Which CertificateSigningRequests are a certain node's own: pure functions on the object as the API server has it.

Two are approved for a node that joins (kubernetes, certificate-signing-requests.md, and pkg/controller/certificates):
one for its client certificate, which the account that every new machine starts with asks for, and one for its serving
certificate, which the node asks for as itself. The signers put into a certificate what the request says; so every word
of it is compared with what was planned, and a request with one more, or with one that isn't understood, is left alone.
Source: openshift/cluster-machine-approver, csr_check.go, which compares with Machines that this cluster doesn't have.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from operations import der
from operations.cluster import at

GROUP = "certificates.k8s.io/v1"
CLIENT = "kubernetes.io/kube-apiserver-client-kubelet"
SERVING = "kubernetes.io/kubelet-serving"

_ACCOUNTS = "system:serviceaccounts:openshift-machine-config-operator"
BOOTSTRAPPER = "system:serviceaccount:openshift-machine-config-operator:node-bootstrapper"
NODES = "system:nodes"

_NAME, _ORGANIZATION = bytes.fromhex("550403"), bytes.fromhex("55040a")  # 2.5.4.3, 2.5.4.10
_ALTERNATIVE_NAMES = bytes.fromhex("551d11")  # 2.5.29.17
_EXTENSIONS = bytes.fromhex("2a864886f70d01090e")  # 1.2.840.113549.1.9.14, extensionRequest
_ATTRIBUTES = 0xA0
_DNS_NAME, _IP_ADDRESS = 0x82, 0x87  # of GeneralName
_PEM = re.compile(r"-----BEGIN CERTIFICATE REQUEST-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END CERTIFICATE REQUEST-----\s*")


@dataclass(frozen=True)
class Asked:
    """What a PKCS #10 request asks for: the subject's common names and organizations, and alternative names."""

    names: Sequence[str]
    organizations: Sequence[str]
    dns: Sequence[str]
    addresses: Sequence[str]


def user(node: str) -> str:
    """What a node is called as a user, and in its certificates."""
    return f"system:node:{node}"


def read(csr: Mapping[str, Any]) -> Asked:
    """What is in ``spec.request``. Raises der.UnreadableError also for anything that a kubelet doesn't ask for."""
    info = der.one(_octets(at(csr, "spec.request"))).parts(der.SEQUENCE)
    if len(info) != 3:
        raise der.UnreadableError("not a request, its algorithm and its signature")
    inside = info[0].parts(der.SEQUENCE)
    if len(inside) != 4:
        raise der.UnreadableError("not a version, a subject, a key and attributes")
    subject = [_attribute(name) for name in inside[1].parts(der.SEQUENCE)]
    unknown = [kind.hex() for kind, _ in subject if kind not in (_NAME, _ORGANIZATION)]
    if unknown:
        raise der.UnreadableError(f"a subject with more than names and organizations ({', '.join(unknown)})")
    dns, addresses = _alternative_names(inside[3])
    return Asked(
        [text for kind, text in subject if kind == _NAME],
        [text for kind, text in subject if kind == _ORGANIZATION],
        dns,
        addresses,
    )


def is_about(csr: Mapping[str, Any], node: str) -> bool:
    """Whether it claims to be a request of this node, rightly or not."""
    if at(csr, "spec.signerName") not in (CLIENT, SERVING):
        return False
    if at(csr, "spec.username") == user(node):
        return True
    try:
        return user(node) in read(csr).names
    except der.UnreadableError:
        return False


def objection(csr: Mapping[str, Any], node: str, address: str) -> str:
    """Why it must not be approved as one of the node's two requests; "" if it may be."""
    client = at(csr, "spec.signerName") == CLIENT
    try:
        asked = read(csr)
    except der.UnreadableError as error:
        return f"its request can't be read: {error}"
    requester = BOOTSTRAPPER if client else user(node)
    if at(csr, "spec.username") != requester:
        return f"{at(csr, 'spec.username')} asks for it, not {requester}"
    group = _ACCOUNTS if client else NODES
    if group not in (at(csr, "spec.groups") or ()):
        return f"who asks for it is not in {group}"
    if list(asked.names) != [user(node)] or list(asked.organizations) != [NODES]:
        return f"its subject is {_told(asked.names)} of {_told(asked.organizations)}, not {user(node)} of {NODES}"
    return _usages(csr, client) or _names(asked, client, node, address)


def _usages(csr: Mapping[str, Any], client: bool) -> str:
    usages = list(at(csr, "spec.usages") or ())
    needed = {"digital signature", "client auth" if client else "server auth"}
    if needed <= set(usages) <= needed | {"key encipherment"}:
        return ""
    return f"it is for {_told(usages)}, not for {_told(sorted(needed))}"


def _names(asked: Asked, client: bool, node: str, address: str) -> str:
    """A client's certificate has no other names, a server's only the node's own."""
    own: Sequence[str] = () if client else (node, str(ip_address(address)))
    strange = [text for text in asked.dns if text not in own[:1]]
    strange += [text for text in asked.addresses if text not in own[1:]]
    if strange:
        return f"it asks for the name {_told(strange)}, where {_told(own)} may be"
    return "" if client or asked.dns or asked.addresses else "it asks for no name at all"


def _told(texts: Sequence[str]) -> str:
    """Somebody else's words, for a terminal."""
    return ", ".join(text if text.isprintable() else ascii(text) for text in texts) or "nothing"


def _octets(request: Any) -> bytes:
    """PEM in base64 as an API server has it. One block and nothing else: then every reader finds the same one."""
    try:
        text = base64.b64decode(request if isinstance(request, str) else "", validate=True).decode("ascii")
        block = _PEM.fullmatch(text)
        if block is None:
            raise der.UnreadableError("not one PEM block of a certificate request")
        return base64.b64decode("".join(block[1].split()), validate=True)
    except (binascii.Error, UnicodeDecodeError):
        raise der.UnreadableError("not PEM in base64") from None


def _attribute(name: der.Value) -> tuple[bytes, str]:
    """A part of a subject: type and text."""
    [attribute] = _exactly(1, name.parts(der.SET))
    kind, text = _exactly(2, attribute.parts(der.SEQUENCE))
    return kind.primitive(der.OID), text.text()


def _alternative_names(attributes: der.Value) -> tuple[list[str], list[str]]:
    """DNS names and addresses."""
    extensions = []
    for attribute in attributes.parts(_ATTRIBUTES):
        kind, values = _exactly(2, attribute.parts(der.SEQUENCE))
        if kind.primitive(der.OID) != _EXTENSIONS:
            raise der.UnreadableError(f"an attribute {kind.content.hex()}")
        [requested] = _exactly(1, values.parts(der.SET))
        extensions += requested.parts(der.SEQUENCE)
    if not extensions:
        return [], []
    [extension] = _exactly(1, extensions)
    kind, *critical, content = _exactly((2, 3), extension.parts(der.SEQUENCE))
    if kind.primitive(der.OID) != _ALTERNATIVE_NAMES:
        raise der.UnreadableError(f"an extension {kind.content.hex()}")
    for flag in critical:
        flag.primitive(der.BOOLEAN)
    names = der.one(content.primitive(der.OCTETS)).parts(der.SEQUENCE)
    for name in names:
        if name.tag not in (_DNS_NAME, _IP_ADDRESS):
            raise der.UnreadableError(f"an alternative name of type {name.tag:#04x}")
    return (
        [der.decoded(name.content, "ascii") for name in names if name.tag == _DNS_NAME],
        [_address(name.content) for name in names if name.tag == _IP_ADDRESS],
    )


def _address(octets: bytes) -> str:
    if len(octets) not in (4, 16):
        raise der.UnreadableError(f"an address of {len(octets)} octets")
    return str(ip_address(octets))


def _exactly(number: int | tuple[int, ...], values: list[der.Value]) -> list[der.Value]:
    if len(values) not in (number if isinstance(number, tuple) else (number,)):
        raise der.UnreadableError(f"{len(values)} values where {number} are due")
    return values
