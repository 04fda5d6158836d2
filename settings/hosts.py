"""The KVM host: where machines and networks live.

Hosts are a map although a lab has exactly one now: every machine and network belongs to a named host, so that
spreading a lab over several later renames nothing.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from settings.base import FIXED, REBUILD, Model
from settings.types import AbsolutePath, HostKey, Text, refusal

_LOCAL = {"", "localhost", "127.0.0.1"}

LibvirtUri: TypeAlias = Annotated[
    str,
    Text(
        r"qemu(?:\+[a-z0-9]+)?://[^/\s]*/system(?:\?\S*)?",
        "is not the URI of a system libvirt with QEMU",
        "On the KVM host itself write qemu:///system.",
    ),
]


class Host(Model):
    """One KVM host and how its guests are run."""

    uri: LibvirtUri = Field(
        title="libvirt URI",
        description="How the libvirt of the KVM host is reached. Networks in NAT mode need the host's own libvirt.",
        examples=["qemu:///system"],
        json_schema_extra=FIXED,
    )
    pool: AbsolutePath = Field(
        default="/var/lib/libvirt/rhoso-lab",
        title="Storage directory",
        description="Absolute directory on the KVM host that holds this lab's volumes; made if it is not there.",
        json_schema_extra=REBUILD,
    )
    domain_type: Literal["kvm", "qemu"] = Field(
        default="kvm",
        title="Acceleration",
        description="kvm: hardware virtualisation; qemu: plain emulation, far slower, for guests that are stand-ins.",
        json_schema_extra=REBUILD,
    )
    cpu_mode: Literal["host-passthrough", "host-model", "maximum"] | None = Field(
        default="host-passthrough",
        title="CPU mode",
        description="What CPU the guests see; null leaves it to QEMU. OpenStack's own guests need host-passthrough.",
        json_schema_extra=REBUILD,
    )
    machine: Literal["pc"] = Field(
        default="pc",
        title="Machine type",
        description="QEMU machine type. Kernel names of NICs follow from it (PCI slot 3 of pc is ens3).",
        json_schema_extra=REBUILD,
    )

    @property
    def is_remote(self) -> bool:
        """Whether the URI leads to another machine than the one the program runs on."""
        return (urlsplit(self.uri).hostname or "") not in _LOCAL


def _one(hosts: dict[str, Host]) -> dict[str, Host]:
    if len(hosts) != 1:
        raise refusal(f"has {len(hosts)} hosts; a lab has exactly one", "Describe the one KVM host, for example main.")
    return hosts


Hosts: TypeAlias = Annotated[dict[HostKey, Host], AfterValidator(_one)]
"""Hosts by key; exactly one."""
