"""How a finished lab is tried: what the smoke test boots, and whether OpenStack's own tests run too."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field

from settings.base import FREE, Model
from settings.types import Text

Url: TypeAlias = Annotated[
    str,
    Text(
        r"https?://[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?/[^\s@]+",
        "is not an http or https URL of a file, without user and password",
        "Write it like https://download.cirros-cloud.net/0.6.2/cirros-0.6.2-x86_64-disk.img.",
    ),
]
Sha256: TypeAlias = Annotated[
    str,
    Text(
        r"[0-9a-f]{64}",
        "is not a SHA-256 checksum",
        "Give the 64 hex digits that sha256sum prints, in lower case.",
    ),
]

CIRROS = "https://download.cirros-cloud.net/0.6.2/cirros-0.6.2-x86_64-disk.img"
CIRROS_SHA256 = "07e44a73e54c94d988028515403c1ed762055e01b83a767edf3c2b387f78ce00"


class GuestImage(Model):
    """What the smoke test's instance boots."""

    url: Url = Field(
        default=CIRROS,
        title="URL",
        description="Where a pod of the cluster gets the image: qcow2, at most 1 GB, running a script given as user "
        "data.",
        json_schema_extra=FREE,
    )
    sha256: Sha256 = Field(
        default=CIRROS_SHA256,
        title="Checksum",
        description="The image's SHA-256, in hex digits.",
        json_schema_extra=FREE,
    )


class Verification(Model):
    """How a finished lab is tried."""

    image: GuestImage = Field(
        default_factory=GuestImage,
        title="Image",
        description="What the smoke test's instance boots.",
        json_schema_extra=FREE,
    )
    tempest: bool = Field(
        default=False,
        title="Tempest",
        description="Whether OpenStack's own test suite runs after the smoke test.",
        json_schema_extra=FREE,
    )
