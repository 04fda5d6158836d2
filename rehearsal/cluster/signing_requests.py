"""A kubelet's CertificateSigningRequests, made in its name, so that the API server writes down who asked.

Names, groups and usages are those of Kubernetes' kubelet with elliptic keys (pkg/kubelet/certificate/{bootstrap,
kubelet.go}) and of the account that OpenShift's machine-config-operator gives to new nodes.
"""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from .kube import Kube, KubeError

PATH = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
BOOTSTRAPPER = "system:serviceaccount:openshift-machine-config-operator:node-bootstrapper"
GROUP = "system:nodes"
APPROVED, DENIED, GONE, PENDING = "approved", "denied", "gone", "pending"


def ask_for_client(kube: Kube, node: str) -> str:
    """A new request for the certificate by which a kubelet talks to the API; its name."""
    return _ask(kube, node, "kubernetes.io/kube-apiserver-client-kubelet", "client auth", [], BOOTSTRAPPER, "")


def ask_for_serving(kube: Kube, node: str, ip: str) -> str:
    """A new request for the certificate of the kubelet's own server, which is called as its Node; its name."""
    names = [x509.DNSName(node), x509.IPAddress(ipaddress.ip_address(ip))]
    return _ask(kube, node, "kubernetes.io/kubelet-serving", "server auth", names, _user(node), GROUP)


def state(kube: Kube, name: str) -> str:
    """APPROVED, DENIED, GONE or PENDING."""
    try:
        request = kube.request("GET", f"{PATH}/{name}")
    except KubeError as error:
        if error.status != 404:
            raise
        return GONE
    conditions = {entry["type"] for entry in request.get("status", {}).get("conditions") or ()}
    return DENIED if "Denied" in conditions else APPROVED if "Approved" in conditions else PENDING


def _user(node: str) -> str:
    return f"system:node:{node}"


def _ask(
    kube: Kube, node: str, signer: str, usage: str, names: Sequence[x509.GeneralName], user: str, group: str
) -> str:
    document = {
        "apiVersion": "certificates.k8s.io/v1",
        "kind": "CertificateSigningRequest",
        "metadata": {"generateName": "csr-"},
        "spec": {
            "request": base64.b64encode(_pem(node, names)).decode(),
            "signerName": signer,
            "usages": ["digital signature", usage],
        },
    }
    caller = {"Impersonate-User": user, **({"Impersonate-Group": group} if group else {})}
    return str(kube.request("POST", PATH, document, headers=caller)["metadata"]["name"])


def _pem(node: str, names: Sequence[x509.GeneralName]) -> bytes:
    """The PKCS #10 request. Its key is not kept: no certificate comes that it would be needed for."""
    subject = [
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, GROUP),
        x509.NameAttribute(NameOID.COMMON_NAME, _user(node)),
    ]
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(subject))
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()).public_bytes(Encoding.PEM)
