"""A secret by its label, and the texts that it comes to: keys by line, a kubeconfig by its credentials."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

import yaml
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

SHORTEST = 8
"""Characters. What is shorter occurs by chance, so it is not looked for, and that is said."""

_BEGIN, _END = "-----BEGIN ", "-----END "


@dataclass(frozen=True)
class Secret:
    """``label`` may be shown to anybody; ``value`` never is."""

    label: str
    value: str = field(repr=False)


def pieces(secret: Secret) -> Iterator[Secret]:
    """The texts that must not occur for this secret to be safe; each has a label that begins with the secret's."""
    label, value = secret.label, secret.value
    if _BEGIN in value and "PRIVATE KEY-----" in value and _END in value:
        yield from (Secret(label, line) for line in _private_lines(value))
    elif (document := _document(value)) is None:
        yield Secret(label, value.strip())
        yield from _of_url(secret)
    elif "auths" in document:
        yield Secret(label, value.strip())
        yield Secret(label, json.dumps(document, separators=(",", ":")))
        yield from _of_registries(label, document["auths"])
    elif "users" in document:
        yield from _of_users(label, document["users"])
    else:
        yield Secret(label, value.strip())


def _document(value: str) -> dict[str, object] | None:
    """A JSON or YAML mapping, if that is what the value is."""
    if ":" not in value:
        return None
    try:
        document = yaml.safe_load(value)
    except yaml.YAMLError:
        return None
    return document if isinstance(document, dict) else None


def _private_lines(pem: str) -> list[str]:
    """The lines of a PEM body that tell something private: those with nothing but public numbers are left out, for they
    may stand in an authorized_keys line or a certificate as well."""
    body = [line.strip() for line in pem.splitlines() if line.strip() and "-----" not in line]
    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        public = key.public_key().public_bytes(serialization.Encoding.DER, form)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return body  # another form, such as OpenSSH's or an encrypted one
    return [line for line in body if _decoded(line) not in public]


def _decoded(line: str) -> bytes:
    try:
        return base64.b64decode(line, validate=True)
    except binascii.Error:
        return line.encode()


def _of_registries(label: str, registries: object) -> Iterator[Secret]:
    """Every registry's ``auth``, and the token in it."""
    for name, registry in registries.items() if isinstance(registries, dict) else ():
        auth = registry.get("auth") if isinstance(registry, dict) else None
        if isinstance(auth, str):
            yield Secret(f"{label} ({name})", auth)
            _, _, token = _decoded(auth).decode(errors="replace").partition(":")
            if token:
                yield Secret(f"{label} ({name}, token)", token)


def _of_users(label: str, users: object) -> Iterator[Secret]:
    """Every user's key, token and password; certificates are public."""
    for entry in users if isinstance(users, list) else ():
        user = entry.get("user") if isinstance(entry, dict) else None
        if not isinstance(user, dict):
            continue
        for name in ("token", "password", "client-key-data"):
            value = str(user.get(name) or "")
            if not value:
                continue
            yield Secret(f"{label} ({name})", value)
            if name == "client-key-data":
                yield from pieces(Secret(f"{label} (client key)", _decoded(value).decode(errors="replace")))


def _of_url(secret: Secret) -> Iterator[Secret]:
    try:
        password = urlsplit(secret.value).password
    except ValueError:
        return
    if password:
        yield Secret(f"{secret.label} (password)", password)
        yield Secret(f"{secret.label} (password)", unquote(password))
