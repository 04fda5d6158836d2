"""Which requests are a planned node's own: everything else is refused, whatever it looks like."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from operations import certificates, der
from operations.certificates import BOOTSTRAPPER, CLIENT, SERVING, objection
from tests.operations.fake_requests import ACCOUNTS, NODES, client, encoded, pem, serving, subject

NODE, ADDRESS = "worker-3", "192.168.130.33"
ME = f"system:node:{NODE}"


def judged(spec: dict[str, Any], node: str = NODE, address: str = ADDRESS) -> str:
    return objection({"metadata": {"name": "csr-1"}, "spec": spec}, node, address)


def asking(*arguments: Any, **names: Any) -> str:
    return encoded(pem(*arguments, **names))


@pytest.mark.parametrize("more", [{}, {"usages": ["key encipherment", "digital signature", "client auth"]}])
def test_a_new_machines_own_client_request_may_be_approved(more: dict[str, Any]) -> None:
    assert judged(client(NODE, **more)) == ""


@pytest.mark.parametrize(
    "names", [{"dns": [NODE], "addresses": [ADDRESS]}, {"dns": [NODE]}, {"addresses": [ADDRESS]}, {"dns": [NODE, NODE]}]
)
def test_a_nodes_own_serving_request_may_be_approved(names: dict[str, Any]) -> None:
    assert judged(serving(NODE, ADDRESS, request=asking(subject(ME), **names))) == ""


def test_ipv6_is_compared_as_an_address_not_as_text() -> None:
    assert judged(serving(NODE, "fd00::33"), address="fd00:0:0::33") == ""
    assert "asks for the name fd00::34" in judged(serving(NODE, "fd00::34"), address="fd00::33")


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ({"username": ME}, f"{ME} asks for it, not {BOOTSTRAPPER}"),
        ({"username": "system:admin"}, "system:admin asks for it"),
        ({"username": f"{BOOTSTRAPPER}-2"}, f"{BOOTSTRAPPER}-2 asks for it"),
        ({"username": None}, "None asks for it"),
        ({"groups": ["system:authenticated"]}, "not in system:serviceaccounts:openshift-machine-config-operator"),
        ({"groups": None}, "not in system:serviceaccounts"),
        ({"usages": ["digital signature", "server auth"]}, "it is for digital signature, server auth, not for client"),
        ({"usages": ["digital signature", "client auth", "server auth"]}, "server auth, not for client auth"),
        ({"usages": ["digital signature", "client auth", "cert sign"]}, "cert sign, not for client auth"),
        ({"usages": ["client auth"]}, "it is for client auth, not"),
        ({"usages": None}, "it is for nothing"),
    ],
)
def test_who_asks_and_what_for_must_be_a_new_machines(spec: dict[str, Any], why: str) -> None:
    assert why in judged(client(NODE, **spec))


@pytest.mark.parametrize(
    "asks",
    [
        subject("system:node:worker-30"),  # a planned name is a beginning of it
        subject("system:node:worker-"),
        subject("system:node:worker-3.lab.example.com"),
        subject("system:node:WORKER-3"),
        subject(f"{ME} "),
        subject(NODE),
        subject("system:admin"),
        subject(ME, "system:masters"),
        (*subject(ME), (NameOID.ORGANIZATION_NAME, "system:masters")),
        (*subject(ME), (NameOID.COMMON_NAME, "system:admin")),
        ((NameOID.COMMON_NAME, "system:admin"), *subject(ME)),
        ((NameOID.COMMON_NAME, ME),),
        ((NameOID.ORGANIZATION_NAME, NODES),),
        (),
    ],
)
def test_the_subject_is_the_node_and_nothing_else(asks: Any) -> None:
    request = asking(asks)
    assert "its subject is" in judged(client(NODE, request=request))
    assert "its subject is" in judged(serving(NODE, ADDRESS, request=request))


def test_a_subject_with_further_parts_is_not_read() -> None:
    request = asking((*subject(ME), (NameOID.ORGANIZATIONAL_UNIT_NAME, "computes")))
    assert "a subject with more than names and organizations (55040b)" in judged(client(NODE, request=request))


def test_a_client_has_no_other_names() -> None:
    request = asking(subject(ME), dns=[NODE])
    assert judged(client(NODE, request=request)) == "it asks for the name worker-3, where nothing may be"


@pytest.mark.parametrize(
    ("names", "strange"),
    [
        ({"dns": [NODE, "api.lab.example.com"], "addresses": [ADDRESS]}, "api.lab.example.com"),
        ({"dns": ["worker-30"], "addresses": [ADDRESS]}, "worker-30"),
        ({"dns": [f"{NODE}.lab.example.com"]}, f"{NODE}.lab.example.com"),
        ({"dns": ["*"], "addresses": [ADDRESS]}, "*"),
        ({"dns": ["WORKER-3"]}, "WORKER-3"),
        ({"dns": [ADDRESS]}, ADDRESS),
        ({"dns": [NODE], "addresses": [ADDRESS, "192.168.130.5"]}, "192.168.130.5"),
        ({"dns": [NODE], "addresses": ["192.168.130.3"]}, "192.168.130.3"),
        ({"dns": [NODE], "addresses": [f"::ffff:{ADDRESS}"]}, "::ffff:"),
    ],
)
def test_a_server_has_its_own_name_and_planned_address_only(names: dict[str, Any], strange: str) -> None:
    said = judged(serving(NODE, ADDRESS, request=asking(subject(ME), **names)))
    assert said.startswith(f"it asks for the name {strange}")
    assert said.endswith(f"where {NODE}, {ADDRESS} may be")


def test_a_server_has_a_name() -> None:
    assert judged(serving(NODE, ADDRESS, request=asking(subject(ME)))) == "it asks for no name at all"


@pytest.mark.parametrize(
    "names",
    [
        {"other": [x509.RFC822Name("root@example.com")]},
        {"other": [x509.UniformResourceIdentifier("spiffe://lab/admin")]},
        {"other": [x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")]))]},
        {"extensions": [x509.BasicConstraints(ca=True, path_length=None)]},
        {"extensions": [x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])]},
    ],
)
def test_other_kinds_of_names_and_extensions_are_not_read(names: dict[str, Any]) -> None:
    request = asking(subject(ME), dns=[NODE], addresses=[ADDRESS], **names)
    assert "can't be read" in judged(serving(NODE, ADDRESS, request=request))
    assert "can't be read" in judged(client(NODE, request=asking(subject(ME), **names)))


def test_a_serving_request_is_the_nodes_own() -> None:
    assert "system:node:worker-4 asks" in judged(serving(NODE, ADDRESS, username="system:node:worker-4"))
    assert f"{BOOTSTRAPPER} asks" in judged(serving(NODE, ADDRESS, username=BOOTSTRAPPER, groups=list(ACCOUNTS)))
    assert "not in system:nodes" in judged(serving(NODE, ADDRESS, groups=["system:authenticated"]))
    assert "client auth" in judged(serving(NODE, ADDRESS, usages=["digital signature", "client auth"]))


def changed(text: str, *changes: tuple[str, str]) -> str:
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return encoded(text)


def test_only_one_pem_block_and_nothing_around_it() -> None:
    good, other = pem(subject(ME)), pem(subject("system:admin", "system:masters"))
    assert judged(client(NODE, request=encoded(good))) == ""
    odd = [
        encoded(good + other),
        encoded(other + good),
        encoded("first\n" + good),
        changed(good, ("BEGIN CERTIFICATE REQUEST-----", "BEGIN CERTIFICATE REQUEST-----\nA: b\n")),
        changed(good, (" CERTIFICATE REQUEST", " NEW CERTIFICATE REQUEST")),
        encoded("-----BEGIN CERTIFICATE REQUEST-----\n!!!!\n-----END CERTIFICATE REQUEST-----\n"),
        encoded("-----BEGIN CERTIFICATE REQUEST-----\nAAA\n-----END CERTIFICATE REQUEST-----\n"),
        base64.b64encode(b"\xff\xfe").decode(),
        "not base64",
        "",
        None,
        7,
    ]
    for request in odd:
        assert "can't be read: not " in judged(client(NODE, request=request)), request


def octets(text: str) -> bytes:
    return base64.b64decode("".join(text.splitlines()[1:-1]))


def armoured(data: bytes) -> str:
    return encoded(
        f"-----BEGIN CERTIFICATE REQUEST-----\n{base64.b64encode(data).decode()}\n-----END CERTIFICATE REQUEST-----\n"
    )


def test_whatever_is_cut_off_or_altered_is_refused_and_never_a_defect() -> None:
    """Each octet changed, each end cut: an objection every time, but where only key or signature is meant."""
    data = octets(pem(subject(ME)))
    assert judged(client(NODE, request=armoured(data))) == ""
    key = der.one(data).parts(der.SEQUENCE)[0].parts(der.SEQUENCE)
    version_and_subject = data.index(key[1].content) + len(key[1].content)
    for end in range(len(data)):
        assert judged(client(NODE, request=armoured(data[:end])))
    assert judged(client(NODE, request=armoured(data + b"\0")))
    for place in range(len(data)):
        for bit in (0x01, 0x20, 0x80):
            altered = data[:place] + bytes([data[place] ^ bit]) + data[place + 1 :]
            said = judged(client(NODE, request=armoured(altered)))
            in_subject = 9 < place < version_and_subject
            # A text may be of another type of text; the version is the API server's to look at.
            assert said or not in_subject or data[place] in (0x0C, 0x13), place


@pytest.mark.parametrize(
    "data",
    [
        "1f8101 00",  # a long tag
        "3080 0000",  # an indefinite length
        "308100",  # longer than it must be
        "30820001 00",
        "3085 0000000001 00",
        "30",
        "3082 01",
        "30 02 05",
    ],
)
def test_der_is_read_strictly(data: str) -> None:
    with pytest.raises(der.UnreadableError):
        der.several(bytes.fromhex(data.replace(" ", "")))


def test_what_a_request_says_reaches_no_terminal_unescaped() -> None:
    said = judged(client(NODE, request=asking(subject("system:node:\x1b[2Jworker-3"))))
    assert "\\x1b[2J" in said and "\x1b" not in said


@pytest.mark.parametrize(
    ("spec", "about"),
    [
        (client(NODE), True),
        (serving(NODE, ADDRESS), True),
        (client(NODE, username="system:admin"), True),
        (serving(NODE, ADDRESS, request="x"), True),
        (client("worker-30"), False),
        (client("worker-4"), False),
        (client(NODE, signerName="kubernetes.io/kube-apiserver-client"), False),
        (client(NODE, signerName="example.com/own"), False),
        (client(NODE, request="x"), False),
    ],
)
def test_a_request_is_about_the_node_that_it_names(spec: dict[str, Any], about: bool) -> None:
    assert certificates.is_about({"spec": spec}, NODE) is about


def test_the_signers_are_kubelets_two() -> None:
    assert (CLIENT, SERVING) == ("kubernetes.io/kube-apiserver-client-kubelet", "kubernetes.io/kubelet-serving")
