"""Who may pull images and log in: the pull secret, ssh keys and certificates, checked by the installer's own rules.

The installer says so only after the documents are written, and a user may wait minutes for it. Source:
openshift/installer pkg/validate (ImagePullSecret, SSHPublicKey, CABundle), and what the first node refuses of what that
takes: openshift/assisted-service internal/cluster/validations, models/infra_env_create_params.go.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import ssl
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, SecretStr

from settings.types import refusal

_FROM_RED_HAT = "Use the pull secret as downloaded from Red Hat, unchanged."
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=\n]+)-----END CERTIFICATE-----(?:\n|$)")


def _pull_secret(secret: SecretStr) -> SecretStr:
    try:
        document = json.loads(secret.get_secret_value())
    except (ValueError, RecursionError):
        document = None
    # Raised here and not in the handler: the decoder's error carries the whole secret.
    if not isinstance(document, dict):
        raise refusal("is not a JSON object", _FROM_RED_HAT)
    auths = document.get("auths")
    if not isinstance(auths, dict) or not auths:
        raise refusal('has no registries in "auths"', _FROM_RED_HAT)
    for registry in auths.values():
        if not isinstance(registry, dict) or not (registry.get("auth") or registry.get("credsStore")):
            raise refusal('has a registry without "auth" and without "credsStore"', _FROM_RED_HAT)
        if registry.get("auth") and not _login(registry["auth"]):
            raise refusal('has a registry whose "auth" is not the base64 of user:password', _FROM_RED_HAT)
    return secret


KEY_TYPES = frozenset({"ssh-rsa", "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"})
"""What the first node takes. The installer takes security keys (sk-…) too, and then no cluster is registered."""

_LARGEST_BUNDLE = 65535


def is_sample(pull_secret: SecretStr) -> bool:
    """Whether every registry's user in a checked pull secret is called ``sample``, as in the published one."""
    auths = json.loads(pull_secret.get_secret_value())["auths"].values()
    return all(_login(registry.get("auth") or "")[:1] == ["sample"] for registry in auths)


def _login(auth: object) -> list[str]:
    """User and password; nothing for what is none."""
    try:
        user, colon, password = base64.b64decode(str(auth), validate=True).decode().partition(":")
    except ValueError:
        return []
    return [user, password] if user and colon and password else []


def key_type(line: str) -> str:
    """The algorithm that a public key line begins with, such as ``ssh-ed25519``."""
    return line.split()[0]


def _ssh_key(line: str) -> str:
    words = line.split()
    remedy = "Give one line of a .pub file, like 'ssh-rsa AAAA… me'."
    if "\n" in line or len(words) < 2 or line.split(" ")[:2] != words[:2]:
        raise refusal("is not a public key line: type, one space, key", remedy)
    try:
        blob = base64.b64decode(words[1], validate=True)
    except binascii.Error:
        raise refusal("is not a public key line", remedy) from None
    # RFC 4253 §6.6: the blob is a row of length-prefixed fields, the first of which is its own type.
    fields = []
    while blob:
        size = int.from_bytes(blob[:4], "big")
        if len(blob) < 4 + size:
            raise refusal("is not a public key line: the key is cut short", remedy)
        fields.append(blob[4 : 4 + size])
        blob = blob[4 + size :]
    if not fields or fields[0] != words[0].encode():
        raise refusal("is not a public key line: its type and its contents differ", remedy)
    if words[0] not in KEY_TYPES:
        raise refusal(f"is of type {words[0]}, which the first node refuses", "Give an RSA, Ed25519 or ECDSA key.")
    if len(fields) < 2:
        raise refusal("is not a public key line: there is a type and no key", remedy)
    return line


def _certificates(text: str) -> str:
    remedy = "Give certificates in PEM form, one after the other, with nothing between or after them."
    if not text:
        raise refusal("is empty", "Give PEM certificates, or remove the setting.")
    if len(text) > _LARGEST_BUNDLE:
        raise refusal(f"is longer than {_LARGEST_BUNDLE} characters", "Leave out certificates that nobody needs.")
    rest = text
    while rest:
        found = _PEM.match(rest)
        if found is None:
            raise refusal("holds something that is no PEM certificate", remedy)
        rest = rest[found.end() :]
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=text)
    except (ssl.SSLError, ValueError):
        raise refusal("holds what looks like a certificate and is none", remedy) from None
    return text


PullSecret: TypeAlias = Annotated[SecretStr, AfterValidator(_pull_secret)]
SshKey: TypeAlias = Annotated[str, AfterValidator(_ssh_key)]
TrustBundle: TypeAlias = Annotated[str, AfterValidator(_certificates)]
"""PEM certificates one after the other; every byte belongs to one."""
