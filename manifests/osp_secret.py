"""``osp-secret``: the one Secret from which the OpenStack operators take their service passwords.

The keys are the union of the reference (rhoso.md, S5): the CRDs' default ``passwordSelectors``, and the older database
passwords, which are harmless and needed by the first releases.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from manifests.credentials import Credentials, Rotation

NAME = "osp-secret"

_SERVICES = (
    *("Admin", "Aodh", "Barbican", "Ceilometer", "Cinder", "CloudKitty", "Database", "Designate", "Glance", "Heat"),
    *("HeatStackDomainAdmin", "Ironic", "IronicInspector", "Manila", "Neutron", "Nova", "Octavia", "Placement"),
    *("Swift", "Watcher"),
)
_DATABASES = (
    *("Aodh", "Barbican", "Cinder", "Designate", "Glance", "Heat", "Ironic", "IronicInspector", "Keystone", "Manila"),
    *("Neutron", "NovaAPI", "NovaCell0", "NovaCell1", "Octavia", "Placement"),
)

_RENDER: Mapping[str, Callable[[Credentials, str], str]] = MappingProxyType(
    {
        **{f"{service}Password": Credentials.password for service in _SERVICES},
        **{f"{service}DatabasePassword": Credentials.password for service in _DATABASES},
        "DbRootPassword": Credentials.password,
        "MetadataSecret": Credentials.password,
        "HeatAuthEncryptionKey": Credentials.password,
        "OctaviaHeartbeatKey": Credentials.password,
        "KeystoneOIDCClientSecret": Credentials.password,
        "KeystoneOIDCCryptoPassphrase": Credentials.password,
        "BarbicanSimpleCryptoKEK": Credentials.key_encryption_key,
    }
)

# A new Barbican KEK or Heat key orphans what the old one encrypted; the database root password is set only once.
_FIXED = frozenset({"BarbicanSimpleCryptoKEK", "HeatAuthEncryptionKey", "DbRootPassword"})
# Compute nodes hold these two in their own configuration.
_ON_COMPUTES = frozenset({"MetadataSecret", "NovaPassword"})


def keys() -> tuple[str, ...]:
    """All keys of the Secret, sorted."""
    return tuple(sorted(_RENDER))


def rotation(key: str) -> Rotation:
    """What it takes to change ``key`` of a running lab; KeyError for a key that isn't in the Secret."""
    if key not in _RENDER:
        raise KeyError(key)
    if key in _FIXED:
        return Rotation.NEVER
    return Rotation.DATA_PLANE if key in _ON_COMPUTES else Rotation.IN_PLACE


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
