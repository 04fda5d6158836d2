"""The KVM host: where machines and networks live.

Hosts are a map although a lab has exactly one now: every machine and network belongs to a named host, so that
spreading a lab over several later renames nothing.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from settings.base import FIXED, FREE, REBUILD, Model, unit
from settings.types import AbsolutePath, HostKey, Text, Whole, refusal


def _uri(uri: str) -> str:
    try:
        parts = urlsplit(uri)
        secret = parts.password is not None or "password" in parts.query
    except ValueError:
        raise refusal("is not a URI", "On the KVM host itself write qemu:///system.") from None
    if secret:
        raise refusal("holds a password, which would be kept in clear", "Use an ssh key; remove the password.")
    if parts.scheme == "qemu+ssh" and not parts.username:
        raise refusal(
            "names no user, and the libvirt plugin then logs in as nobody at all",
            f"Write qemu+ssh://root@{parts.hostname or 'localhost'}/system, or another user of group libvirt there.",
        )
    return uri


LibvirtUri: TypeAlias = Annotated[
    str,
    Text(
        # The transports that the libvirt plugin has.
        r"qemu(?:\+(?:unix|ssh|tls|tcp))?://[^/\s]*/system(?:\?\S*)?",
        "is not the URI of a system libvirt with QEMU",
        "On the KVM host itself write qemu:///system.",
    ),
    AfterValidator(_uri),
]

HostMemory: TypeAlias = Annotated[int, Whole(1024, 67108864, "a KVM host has 1 GiB to 64 TiB of memory")]
HostDisk: TypeAlias = Annotated[int, Whole(1, 10000000, "a KVM host has 1 GB to 10 PB of disk")]


_SOCKET = "/var/run/libvirt/libvirt-sock"


DiskCache: TypeAlias = Literal["none", "writeback", "unsafe"]
"""How the machines' disks use the host's page cache. `none` goes round it (O_DIRECT): a guest's fdatasync, on which
etcd waits for every write and which the installer measures (at most 10 ms, agent-installer.md §3.1), then costs what
the disk costs. With `writeback` it waits behind whatever fifteen machines have left dirty in a cache that also takes
memory from them. Both keep what was flushed. `unsafe` ignores flushes: the fastest, and the way out where a disk is
too slow for etcd, but a power cut may leave file systems and etcd beyond repair."""


class Host(Model):
    """One KVM host and how its guests are run."""

    uri: LibvirtUri = Field(
        title="libvirt URI",
        description="How the KVM host's libvirt is reached. A machine network in mode nat needs the host's own.",
        examples=["qemu:///system", "qemu+ssh://root@kvm.example.com/system"],
        json_schema_extra=FIXED,
    )
    pool: AbsolutePath = Field(
        default="/var/lib/libvirt/rhoso-lab",
        title="Storage directory",
        description="Absolute directory on the KVM host that holds this lab's volumes; made if it is not there.",
        json_schema_extra=REBUILD,
    )
    image_cache: AbsolutePath = Field(
        default="/var/lib/libvirt/images",
        title="Image cache",
        description="Absolute directory with images that outlive the lab, where the program runs; a reset leaves it "
        "alone.",
        json_schema_extra=REBUILD,
    )
    memory_mib: HostMemory | None = Field(
        default=None,
        title="Memory",
        description="Memory that the KVM host can give to the lab's machines; not set: not checked.",
        examples=["393216"],
        json_schema_extra=FREE | unit("MiB"),
    )
    disk_gb: HostDisk | None = Field(
        default=None,
        title="Disk",
        description="Space that the KVM host has for the lab's volumes, in decimal GB; not set: not checked.",
        examples=["3000"],
        json_schema_extra=FREE | unit("GB"),
    )
    overcommit: bool = Field(
        default=False,
        title="Overcommit",
        description="Accept machines that ask for more memory or disk together than the KVM host has.",
        json_schema_extra=FREE,
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
    def virsh_uri(self) -> str:
        """What virsh must be given to reach the same daemon as the plugin.

        The plugin dials the socket of libvirtd or virtproxyd; virsh by itself would go to virtqemud beside it. Over ssh
        it would ask for a password on the terminal, and wait.
        """
        if self.uri == "qemu:///system":
            return f"qemu+unix:///system?socket={_SOCKET}"
        return f"{self.uri}{'&' if '?' in self.uri else '?'}no_tty=1" if self.uri.startswith("qemu+ssh:") else self.uri

    disk_cache: DiskCache = Field(
        default="none",
        title="Disk cache",
        description="none: a flush by a guest reaches the disk at once, as etcd wants it; writeback: by way of the "
        "KVM host's page cache; unsafe: flushes are ignored, so that a power cut may cost the lab.",
        json_schema_extra=REBUILD,
    )

    @property
    def is_remote(self) -> bool:
        """Whether the URI leads to another machine than the one the program runs on."""
        host = urlsplit(self.uri).hostname or "localhost"
        try:
            return not ip_address(host).is_loopback
        except ValueError:
            return host != "localhost"


def _one(hosts: dict[str, Host]) -> dict[str, Host]:
    if len(hosts) != 1:
        raise refusal(f"has {len(hosts)} hosts; a lab has exactly one", "Describe the one KVM host, for example main.")
    return hosts


Hosts: TypeAlias = Annotated[dict[HostKey, Host], AfterValidator(_one)]
"""Hosts by key; exactly one."""
