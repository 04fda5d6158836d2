"""CertificateSigningRequests as machines that join make them, with real PEM in them."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from operations.certificates import BOOTSTRAPPER, CLIENT, SERVING

NODES = "system:nodes"
ACCOUNTS = (
    "system:serviceaccounts",
    "system:serviceaccounts:openshift-machine-config-operator",
    "system:authenticated",
)
Attributes = Sequence[tuple[x509.ObjectIdentifier, str]]


def subject(name: str, organization: str = NODES) -> Attributes:
    """As kubelet's has it: Go writes the organization first."""
    return (NameOID.ORGANIZATION_NAME, organization), (NameOID.COMMON_NAME, name)


def pem(
    asks: Attributes,
    dns: Sequence[str] = (),
    addresses: Sequence[str] = (),
    other: Sequence[x509.GeneralName] = (),
    extensions: Sequence[x509.ExtensionType] = (),
) -> str:
    """A request with this subject, these alternative names and further extensions."""
    builder = x509.CertificateSigningRequestBuilder(x509.Name([x509.NameAttribute(kind, text) for kind, text in asks]))
    names = [*map(x509.DNSName, dns), *(x509.IPAddress(ip_address(text)) for text in addresses), *other]
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=True)
    request = builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM).decode()


def encoded(text: str) -> str:
    """As ``spec.request`` has it."""
    return base64.b64encode(text.encode()).decode()


def client(node: str, **spec: Any) -> dict[str, Any]:
    """The spec of a new machine's first request; ``spec``: what is different about it."""
    return {
        "request": encoded(pem(subject(f"system:node:{node}"))),
        "signerName": CLIENT,
        "username": BOOTSTRAPPER,
        "groups": list(ACCOUNTS),
        "usages": ["digital signature", "client auth"],
        **spec,
    }


def serving(node: str, address: str, **spec: Any) -> dict[str, Any]:
    """The spec of a node's request for the certificate that its kubelet serves with."""
    return {
        "request": encoded(pem(subject(f"system:node:{node}"), [node], [address])),
        "signerName": SERVING,
        "username": f"system:node:{node}",
        "groups": [NODES, "system:authenticated"],
        "usages": ["digital signature", "server auth"],
        **spec,
    }
