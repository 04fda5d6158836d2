"""Credentials by label, what it takes to change each in a running lab, and the setting that does: its version.

Everything is derived from the stack's secret, a label and a version (manifests/credentials.py), so a password rotates
by raising one number. The labels are the keys of `osp-secret` and of the data plane's Secrets (rhoso.md, S5).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any, TypeAlias

from pydantic import Field

from settings.base import GROWS, Model, unit
from settings.types import Whole


class Rotation(StrEnum):
    """What it takes to change a credential of a running lab."""

    IN_PLACE = "in place"
    DATA_PLANE = "with a data-plane deployment"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Label:
    """What is known of one credential; ``why`` it can't be changed, as a phrase, where it never can."""

    rotation: Rotation
    why: str = ""


USERS = (
    *("Admin", "Aodh", "Barbican", "Ceilometer", "Cinder", "CloudKitty", "Designate", "Glance", "Heat"),
    *("HeatStackDomainAdmin", "Ironic", "IronicInspector", "Manila", "Neutron", "Nova", "Octavia", "Placement"),
    *("Swift", "Watcher"),
)
"""Who has a password in Keystone."""

DATABASES = (
    *("", "Aodh", "Barbican", "Cinder", "Designate", "Glance", "Heat", "Ironic", "IronicInspector", "Keystone"),
    *("Manila", "Neutron", "NovaAPI", "NovaCell0", "NovaCell1", "Octavia", "Placement"),
)
"""What had a database's password in `osp-secret` before the operators made those themselves."""

# The operators create a user with its password and never set another (lib-common modules/openstack/user.go, CreateUser;
# the administrator's: keystone-operator's bootstrap job, which runs once).
_IN_KEYSTONE = "the operators would hand a new one to the service and not to Keystone, which would let it in no more"
_UNREAD = "the operators make the databases' passwords themselves, and none of them reads this one"
_ENCRYPTED = "what the first one encrypted could not be read any more"

LABELS: Mapping[str, Label] = MappingProxyType(
    {
        # Computes hold these in their own configuration.
        **dict.fromkeys(("MetadataSecret", "LibvirtPassword", "nova-migration"), Label(Rotation.DATA_PLANE)),
        **dict.fromkeys(("KeystoneOIDCClientSecret", "KeystoneOIDCCryptoPassphrase"), Label(Rotation.IN_PLACE)),
        **{f"{user}Password": Label(Rotation.NEVER, _IN_KEYSTONE) for user in USERS},
        **{f"{database}DatabasePassword": Label(Rotation.NEVER, _UNREAD) for database in DATABASES},
        "DbRootPassword": Label(Rotation.NEVER, "Galera takes it once, when its volumes are new"),
        "BarbicanSimpleCryptoKEK": Label(Rotation.NEVER, _ENCRYPTED),
        "HeatAuthEncryptionKey": Label(Rotation.NEVER, _ENCRYPTED),
        "OctaviaHeartbeatKey": Label(Rotation.NEVER, "load balancers that run would not be believed any more"),
        # A new key doesn't reach an installed compute by cloud-init.
        "computes": Label(Rotation.NEVER, "the computes know no other key, so nobody could bring them a new one"),
        "cluster-nodes": Label(Rotation.NEVER, "the nodes were installed with it"),
    }
)
"""Every credential by its label: a key of `osp-secret` or `libvirt-secret`, or the name of a key pair."""


def why_never(label: str) -> str | None:
    """Why a credential can't be replaced in a running lab; None if it can, or there is no such one."""
    known = LABELS.get(label)
    return known.why if known is not None and known.rotation is Rotation.NEVER else None


Version: TypeAlias = Annotated[int, Whole(1, 1_000_000, "versions are counted from 1")]


def _version(label: str, what: str) -> Any:
    return Field(
        default=1,
        alias=label,
        title=what,
        description=f"Version of the {what[:1].lower()}{what[1:]}. A higher one makes a new one, "
        f"{LABELS[label].rotation}.",
        examples=["2"],
        json_schema_extra=GROWS | unit("versions"),
    )


class Versions(Model):
    """Versions of what can be replaced, by label."""

    metadata_secret: Version = _version("MetadataSecret", "Secret between Nova and Neutron for instances' metadata")
    libvirt_password: Version = _version("LibvirtPassword", "Password of libvirt on the computes")
    nova_migration: Version = _version("nova-migration", "Key pair with which computes hand instances over")
    keystone_oidc_client_secret: Version = _version("KeystoneOIDCClientSecret", "Secret of Keystone at a provider")
    keystone_oidc_crypto_passphrase: Version = _version(
        "KeystoneOIDCCryptoPassphrase", "Passphrase of Keystone's sessions at a provider"
    )

    def versions(self) -> dict[str, int]:
        """Version by label."""
        return dict(self.model_dump(by_alias=True))
