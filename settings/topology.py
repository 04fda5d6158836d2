"""How many machines of each role, and how large.

Sizes default to what a RHOSO lab really needs (RabbitMQ alone asks for 24 GiB over the workers), not to the
installer's floor. Memory is in MiB as libvirt counts, disks in decimal GB as the installer counts.
"""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field

from settings.base import FREE, GROWS, REBUILD, Model
from settings.types import Whole

MASTERS_MOST = 5
WORKERS_MOST = 20
COMPUTES_MOST = 151
"""The plan's ranges have this many addresses for the role (network/ranges.py; a test holds the two together)."""

MasterCount: TypeAlias = Annotated[int, Whole(3, MASTERS_MOST, "an installed control plane has 3 to 5 masters")]
WorkerCount: TypeAlias = Annotated[int, Whole(1, WORKERS_MOST, f"the plan has addresses for 1 to {WORKERS_MOST}")]
ComputeCount: TypeAlias = Annotated[int, Whole(0, COMPUTES_MOST, f"the plan has addresses for {COMPUTES_MOST}")]
Vcpus: TypeAlias = Annotated[int, Whole(1, 512, "a guest has 1 to 512 virtual CPUs")]
MemoryMib: TypeAlias = Annotated[int, Whole(64, 4194304, "a guest has 64 MiB to 4 TiB of memory")]
DiskGb: TypeAlias = Annotated[int, Whole(1, 65536, "a disk has 1 to 65536 decimal GB")]
DataDiskGb: TypeAlias = Annotated[int, Whole(0, 65536, "a data disk has up to 65536 decimal GB, and 0 means none")]


class Role(Model):
    """Machines of one role: how many, and how large each is."""

    count: Annotated[int, Whole(0, COMPUTES_MOST, "the plan has no more addresses")] = Field(
        title="Count", description="Number of machines.", json_schema_extra=GROWS
    )
    vcpus: Vcpus = Field(
        default=8, title="Virtual CPUs", description="Virtual CPUs of each machine.", json_schema_extra=REBUILD
    )
    memory_mib: MemoryMib = Field(
        default=24576, title="Memory", description="Memory of each machine, in MiB.", json_schema_extra=REBUILD
    )
    disk_gb: DiskGb = Field(
        default=120,
        title="Root disk",
        description="Root disk of each machine, in decimal GB (10^9 bytes).",
        json_schema_extra=REBUILD,
    )
    data_disk_gb: DataDiskGb = Field(
        default=0,
        title="Data disk",
        description="Second disk of each machine, in decimal GB (10^9 bytes); 0 for none.",
        json_schema_extra=REBUILD,
    )


class Masters(Role):
    """Control plane machines of OpenShift."""

    count: MasterCount = Field(
        default=3, title="Masters", description="Number of control plane machines.", json_schema_extra=REBUILD
    )


class Workers(Role):
    """Machines of OpenShift that carry OpenStack's control plane."""

    count: WorkerCount = Field(
        default=10,
        title="Workers",
        # The agent ISO knows its nodes; one more needs an ISO of its own, which this program can't make yet.
        description="Number of worker machines.",
        json_schema_extra=REBUILD,
    )
    data_disk_gb: DataDiskGb = Field(
        default=100,
        title="Data disk",
        description="Disk for the volumes of OpenStack's services, in decimal GB (10^9 bytes); 0 for none.",
        json_schema_extra=REBUILD,
    )


class Computes(Role):
    """Machines outside the cluster that run OpenStack's instances."""

    count: ComputeCount = Field(
        default=2, title="Computes", description="Number of compute machines.", json_schema_extra=GROWS
    )
    memory_mib: MemoryMib = Field(
        default=32768, title="Memory", description="Memory of each machine, in MiB.", json_schema_extra=REBUILD
    )
    disk_gb: DiskGb = Field(
        default=100,
        title="Root disk",
        description="Root disk of each machine, in decimal GB (10^9 bytes).",
        json_schema_extra=REBUILD,
    )


class Topology(Model):
    """The machines of the lab."""

    masters: Masters = Field(
        default_factory=Masters, title="Masters", description="OpenShift's control plane.", json_schema_extra=REBUILD
    )
    workers: Workers = Field(
        default_factory=Workers, title="Workers", description="OpenShift's workers.", json_schema_extra=REBUILD
    )
    computes: Computes = Field(
        default_factory=Computes, title="Computes", description="OpenStack's computes.", json_schema_extra=GROWS
    )
    hardware_floors: bool = Field(
        default=True,
        title="Hardware floors",
        description="Refuse machines below what a real installation needs. Turn off where guests are stand-ins.",
        json_schema_extra=FREE,
    )
