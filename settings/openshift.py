"""What the installation of OpenShift needs to be told.

The pull secret is checked by the installer's own rule (openshift/installer pkg/validate, ImagePullSecret), because
the installer says so only after the documents are written and a user may wait minutes for it.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field, SecretStr

from settings.base import FREE, REBUILD, Model
from settings.types import HostName, Text, refusal

SUPPORTED_MINORS = ("4.16", "4.18", "4.20")
"""OpenShift minors that RHOSO 18 is run on."""

_FROM_RED_HAT = "Use the pull secret as downloaded from Red Hat, unchanged."


def _pull_secret(secret: SecretStr) -> SecretStr:
    try:
        document = json.loads(secret.get_secret_value())
    except ValueError:
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
    return secret


def _ssh_key(line: str) -> str:
    words = line.split()
    remedy = "Give one line of a .pub file, like 'ssh-rsa AAAA… me'."
    if "\n" in line or len(words) < 2:
        raise refusal("is not a public key line", remedy)
    try:
        blob = base64.b64decode(words[1], validate=True)
    except binascii.Error:
        raise refusal("is not a public key line", remedy) from None
    # RFC 4253 §6.6: the blob starts with its own type, as a length-prefixed string.
    size = int.from_bytes(blob[:4], "big")
    if blob[4 : 4 + size] != words[0].encode():
        raise refusal("is not a public key line: its type and its contents differ", remedy)
    return line


def _version(version: str) -> str:
    if ".".join(version.split(".")[:2]) not in SUPPORTED_MINORS:
        raise refusal("is not a version that RHOSO 18 runs on", f"Use one of {', '.join(SUPPORTED_MINORS)}.")
    return version


PullSecret: TypeAlias = Annotated[SecretStr, AfterValidator(_pull_secret)]
SshKey: TypeAlias = Annotated[str, AfterValidator(_ssh_key)]
Version: TypeAlias = Annotated[
    str,
    Text(
        r"4\.(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*))?",
        "is not an OpenShift version",
        'Write it in quotes, like "4.18" or "4.18.9".',
    ),
    AfterValidator(_version),
]
Program: TypeAlias = Annotated[
    str,
    Text(
        r"[A-Za-z0-9_][A-Za-z0-9_.+-]*|(?:/[^/\s]+)+",
        "is neither a command's name nor an absolute path",
        "Write openshift-install if it is on PATH.",
    ),
]


class OpenShift(Model):
    """The installation of OpenShift."""

    installer: Program = Field(
        default="openshift-install",
        title="Installer",
        description="The installer: a command on PATH, or an absolute path. One installer installs one release.",
        json_schema_extra=FREE,
    )
    version: Version = Field(
        default="4.18",
        title="Version",
        description="Minor or full version that the installer must be of.",
        examples=["4.18"],
        json_schema_extra=REBUILD,
    )
    pull_secret: PullSecret = Field(
        title="Pull secret",
        description="Red Hat's pull secret: a JSON object with the registries' credentials in auths.",
        json_schema_extra=REBUILD,
    )
    ssh_keys: tuple[SshKey, ...] = Field(
        default=(),
        title="SSH keys",
        description="Public keys that may log in to the nodes, besides the lab's own.",
        # Shown to nobody when wrong: the wrong half of a key pair is easily pasted here.
        json_schema_extra=REBUILD | {"shown": False},
    )
    ntp: tuple[HostName, ...] = Field(
        default=(),
        title="Time servers",
        description="NTP servers by address or name; none leaves the nodes with their built-in pool.",
        json_schema_extra=REBUILD,
    )
