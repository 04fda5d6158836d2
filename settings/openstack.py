"""What OpenStack in the cluster needs to be told."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from settings.base import FIXED, FREE, REBUILD, Model
from settings.services import Services
from settings.types import Text

Channel: TypeAlias = Annotated[
    str,
    Text(
        r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?",
        "is not the name of an OLM channel",
        "Write it like stable-v1.0.",
        longest=63,
    ),
]
Version: TypeAlias = Annotated[
    str,
    Text(
        r"[0-9]{1,6}\.[0-9]{1,6}\.[0-9]{1,6}(?:-[0-9A-Za-z][0-9A-Za-z.-]*)?",
        "is not a version of openstack-operator",
        "Write it like 1.0.7.",
    ),
]
StorageClass: TypeAlias = Annotated[
    str,
    Text(
        r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*",
        "is not the name of a StorageClass",
        "Write it like lvms-local-storage.",
        longest=253,
    ),
]
NfsShare: TypeAlias = Annotated[
    str,
    Text(
        r"[A-Za-z0-9.-]+:/[^\s]*",
        "is not an NFS share: a server, a colon and an absolute path",
        "Write it like nfs.example.com:/volumes.",
    ),
]


def numbers(version: str) -> tuple[int, ...]:
    """What versions are compared by: 1.0.16 is after 1.0.7. What follows a `-` tells rebuilds of one version apart."""
    return tuple(int(part) for part in version.partition("-")[0].split("."))


LVMS_CLASS = "lvms-local-storage"
"""The StorageClass that the LVM storage operator makes of device class local-storage."""


VOLUMES_GIB = 20
"""Space for Cinder's volumes on LVM. Enough to try volumes with, and the smallest root disk has it to spare."""


class Storage(Model):
    """Where OpenStack keeps what it stores."""

    storage_class: StorageClass = Field(
        default=LVMS_CLASS,
        title="Storage class",
        description=f"StorageClass of all services' claims. {LVMS_CLASS} is made from the machines' data disks.",
        json_schema_extra=REBUILD,
    )
    volumes: Literal["lvm", "nfs"] = Field(
        default="lvm",
        title="Volumes",
        description="What is behind Cinder: nfs (shares that are there already), or lvm: iSCSI from a file of "
        f"{VOLUMES_GIB} GiB on the root disk of the first node that carries OpenStack, gone with that node.",
        json_schema_extra=REBUILD,
    )
    nfs_shares: tuple[NfsShare, ...] = Field(
        default=(), title="NFS shares", description="Shares of Cinder's, for volumes: nfs.", json_schema_extra=FREE
    )


class OpenStack(Model):
    """OpenStack in the cluster."""

    namespace: Literal["openstack"] = Field(
        default="openstack",
        title="Namespace",
        description="Where all of OpenStack's objects live; the operators expect this one.",
        json_schema_extra=FIXED,
    )
    catalog: Literal["product", "upstream"] = Field(
        default="product",
        title="Catalog",
        description="Where the operator comes from: Red Hat's catalog (product) or the project's own (upstream).",
        json_schema_extra=REBUILD,
    )
    channel: Channel | None = Field(
        default=None,
        title="Channel",
        description="OLM channel; not set: stable-v1.0 of the product, alpha upstream.",
        examples=["stable-v1.0"],
        json_schema_extra=FREE,
    )
    version: Version | None = Field(
        default=None,
        title="Version",
        description="The one version of openstack-operator that is installed, and with it OpenStack's; raised, it "
        "updates both, and it is never lowered. Not set: the channel's newest, which OpenStack follows only by hand.",
        examples=["1.0.7"],
        json_schema_extra=FREE,
    )
    release: Literal["fr2", "fr3", "fr4", "fr5", "fr6"] = Field(
        default="fr6",
        title="Release",
        description="Feature release of RHOSO 18 whose fields are written: the pinned version's, or the channel's "
        "newest. Before the control plane is touched, a gate holds it against the installed operator's definition.",
        json_schema_extra=FREE,
    )
    services: Services = Field(
        default_factory=Services, title="Services", description="Which run, and how many.", json_schema_extra=FREE
    )
    storage: Storage = Field(
        default_factory=Storage, title="Storage", description="Where it stores.", json_schema_extra=REBUILD
    )

    @property
    def csv(self) -> str | None:
        """The ClusterServiceVersion that is pinned, by its name."""
        return self.version and f"openstack-operator.v{self.version}"

    @property
    def olm_channel(self) -> str:
        """The channel that is subscribed to."""
        return self.channel or ("stable-v1.0" if self.catalog == "product" else "alpha")
