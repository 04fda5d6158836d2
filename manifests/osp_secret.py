"""``osp-secret``: the one Secret from which the OpenStack operators take their service passwords.

The keys are the union of the reference (rhoso.md, S5): the CRDs' default ``passwordSelectors``, and the older database
passwords, which are harmless and needed by the first releases.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from manifests.credentials import Credentials
from settings.rotation import DATABASES, LABELS, USERS, Rotation

NAME = "osp-secret"

_RENDER: Mapping[str, Callable[[Credentials, str], str]] = MappingProxyType(
    {
        **{f"{user}Password": Credentials.password for user in USERS},
        **{f"{database}DatabasePassword": Credentials.password for database in DATABASES},
        "DbRootPassword": Credentials.password,
        "MetadataSecret": Credentials.password,
        "HeatAuthEncryptionKey": Credentials.password,
        "OctaviaHeartbeatKey": Credentials.password,
        "KeystoneOIDCClientSecret": Credentials.password,
        "KeystoneOIDCCryptoPassphrase": Credentials.password,
        "BarbicanSimpleCryptoKEK": Credentials.key_encryption_key,
    }
)


def keys() -> tuple[str, ...]:
    """All keys of the Secret, sorted."""
    return tuple(sorted(_RENDER))


def rotation(key: str) -> Rotation:
    """What it takes to change ``key`` of a running lab; KeyError for a key that isn't in the Secret."""
    if key not in _RENDER:
        raise KeyError(key)
    return LABELS[key].rotation


def data(credentials: Credentials) -> dict[str, str]:
    """The Secret's ``stringData``."""
    return {key: _RENDER[key](credentials, f"osp-secret/{key}") for key in keys()}


def render(namespace: str, credentials: Credentials) -> dict[str, Any]:
    """The Secret; its values are plain here."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": NAME, "namespace": namespace},
        "type": "Opaque",
        "stringData": data(credentials),
    }
