"""What OpenStack and its compute machines need to be told."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from settings.base import FIXED, REBUILD, Model
from settings.types import AbsolutePath, UserName


class OpenStack(Model):
    """OpenStack in the cluster."""

    namespace: Literal["openstack"] = Field(
        default="openstack",
        title="Namespace",
        description="Where all of OpenStack's objects live; the operators expect this one.",
        json_schema_extra=FIXED,
    )


class Compute(Model):
    """The compute machines' system."""

    image: AbsolutePath = Field(
        default="/var/lib/libvirt/images/compute.qcow2",
        title="Image",
        description="Absolute path, on the KVM host, of the qcow2 image that the computes boot.",
        json_schema_extra=REBUILD,
    )
    user: UserName = Field(
        default="cloud-admin",
        title="User",
        description="User that OpenStack's deployment logs in as.",
        json_schema_extra=REBUILD,
    )
