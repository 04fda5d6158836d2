"""The compute machines' system: its image, its login, and where it is registered."""

from __future__ import annotations

import re
from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field, SecretStr

from settings.base import FREE, HIDDEN, REBUILD, Model
from settings.types import Text, UserName

Image: TypeAlias = Annotated[
    str,
    Text(
        r"(?:(?:/(?!\.{1,2}(?:/|$))[^/\s\x00-\x1f\x7f]+)+|[A-Za-z0-9_][A-Za-z0-9_.+-]*)",
        "is neither an absolute path nor the name of a file in the image cache",
        "Write it like rhel-9.4-x86_64-kvm.qcow2.",
    ),
]
Release: TypeAlias = Annotated[
    str, Text(r"9\.[0-9]{1,2}", "is not a minor release of RHEL 9", 'Write it in quotes, like "9.4".')
]
Organization: TypeAlias = Annotated[
    str,
    # `pulumi config set --path` makes a number of digits.
    BeforeValidator(lambda value: str(value) if type(value) is int else value),
    Text(r"[A-Za-z0-9_-]+", "is not an organization's number or label", 'Write it in quotes, like "1234567".'),
]
RedHatUser: TypeAlias = Annotated[str, Text(r"\S+", "is not a user name", "Write it without spaces.")]
_IN_NAME = re.compile(r"(?:rhel|centos|redhat)[a-z-]*?[-_]?(9\.\d{1,2})(?!\d)", re.IGNORECASE)


class Registration(Model):
    """How the computes come to their packages: an activation key, or a user with a password. None: not at all."""

    organization: Organization | None = Field(
        default=None,
        title="Organization",
        description="Organization that the activation key belongs to.",
        examples=["1234567"],
        json_schema_extra=FREE,
    )
    activation_key: SecretStr | None = Field(
        default=None, title="Activation key", description="Name of the activation key.", json_schema_extra=FREE
    )
    username: RedHatUser | None = Field(
        default=None, title="User name", description="User at Red Hat.", examples=["me"], json_schema_extra=FREE
    )
    password: SecretStr | None = Field(
        default=None, title="Password", description="The user's password.", json_schema_extra=FREE
    )
    release: Release | None = Field(
        default=None,
        title="Release",
        description="Minor release that the computes stay on; not set: the image's.",
        examples=["9.4"],
        json_schema_extra=FREE,
    )


class Compute(Model):
    """The compute machines' system."""

    image: Image = Field(
        default="compute.qcow2",
        title="Image",
        description="The qcow2 image that the computes boot: a file in the image cache, or an absolute path.",
        examples=["rhel-9.4-x86_64-kvm.qcow2"],
        json_schema_extra=REBUILD,
    )
    system: Literal["rhel", "centos-stream"] = Field(
        default="rhel", title="System", description="What the image holds.", json_schema_extra=REBUILD
    )
    release: Release = Field(
        default="9.4",
        title="Release",
        description="Minor release that the image holds.",
        examples=["9.4"],
        json_schema_extra=REBUILD,
    )
    user: UserName = Field(
        default="cloud-admin",
        title="User",
        description="User that OpenStack's deployment logs in as.",
        json_schema_extra=REBUILD,
    )
    bootstrap_command: str = Field(
        default="",
        title="Bootstrap command",
        description="Shell text that each compute runs before anything is deployed on it (edpm_bootstrap_command). "
        "Secrets don't belong here.",
        examples=["dnf -y update"],
        json_schema_extra=FREE | HIDDEN,
    )
    registration: Registration = Field(
        default_factory=Registration,
        title="Registration",
        description="How the computes come to their packages.",
        json_schema_extra=FREE,
    )

    def image_path(self, image_cache: str) -> str:
        """Where the image lies on a host with this image cache."""
        return self.image if self.image.startswith("/") else f"{image_cache}/{self.image}"

    @property
    def release_in_name(self) -> str | None:
        """The minor release that the image's file name tells, if it does."""
        found = _IN_NAME.search(self.image.rpartition("/")[2])
        return found[1] if found else None
