"""How many machines of each role, and how large.

Sizes default to what a RHOSO lab really needs (RabbitMQ alone asks for 24 GiB over the workers), not to the
installer's floor. Memory is in MiB as libvirt counts, disks in decimal GB as the installer counts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import Field, model_validator

from settings.base import FREE, REBUILD, Model, unit
from settings.types import Text, Whole

MASTERS_MOST = 5
WORKERS_MOST = 20
COMPUTES_MOST = 151
"""The plan's ranges have this many addresses for the role (network/ranges.py; a test holds the two together)."""

COMPACT = {"memoryMib": 65536, "dataDiskGb": 100}
"""What a master needs, unless it is said otherwise, that carries OpenStack's control plane too."""

# That two can't outvote one is a rule of its own (rules/cluster.py).
MasterCount: TypeAlias = Annotated[int, Whole(1, MASTERS_MOST, "a control plane has 1 master, or 3 to 5")]
WorkerCount: TypeAlias = Annotated[int, Whole(0, WORKERS_MOST, f"the plan has addresses for {WORKERS_MOST}")]
ComputeCount: TypeAlias = Annotated[int, Whole(0, COMPUTES_MOST, f"the plan has addresses for {COMPUTES_MOST}")]
Vcpus: TypeAlias = Annotated[int, Whole(1, 512, "a guest has 1 to 512 virtual CPUs")]
MemoryMib: TypeAlias = Annotated[int, Whole(64, 4194304, "a guest has 64 MiB to 4 TiB of memory")]
DiskGb: TypeAlias = Annotated[int, Whole(1, 65536, "a disk has 1 to 65536 decimal GB")]
DataDiskGb: TypeAlias = Annotated[int, Whole(0, 65536, "a data disk has up to 65536 decimal GB, and 0 means none")]


NodeName: TypeAlias = Annotated[
    str,
    Text(r"worker-(?:0|[1-9][0-9]?)", "is not a worker's name", "Write the name of the worker that leaves: worker-9."),
]


class Role(Model):
    """Machines of one role: how many, and how large each is."""

    count: Annotated[int, Whole(0, COMPUTES_MOST, "the plan has no more addresses")] = Field(
        title="Count", description="Number of machines.", json_schema_extra=REBUILD | unit("machines")
    )
    vcpus: Vcpus = Field(
        default=8,
        title="Virtual CPUs",
        description="Virtual CPUs of each machine.",
        json_schema_extra=REBUILD | unit("CPUs"),
    )
    memory_mib: MemoryMib = Field(
        default=24576,
        title="Memory",
        description="Memory of each machine, in MiB.",
        json_schema_extra=REBUILD | unit("MiB"),
    )
    disk_gb: DiskGb = Field(
        default=120,
        title="Root disk",
        description="Root disk of each machine, in decimal GB (10^9 bytes).",
        json_schema_extra=REBUILD | unit("GB"),
    )
    data_disk_gb: DataDiskGb = Field(
        default=0,
        title="Data disk",
        description="Second disk of each machine, in decimal GB (10^9 bytes); 0 for none.",
        json_schema_extra=REBUILD | unit("GB"),
    )


class Masters(Role):
    """Control plane machines of OpenShift."""

    count: MasterCount = Field(
        default=3,
        title="Masters",
        description="Number of control plane machines: 3 to 5, or 1 without workers (single node, for development).",
        json_schema_extra=REBUILD | unit("machines"),
    )
    memory_mib: MemoryMib = Field(
        default=24576,
        title="Memory",
        description=f"Memory of each machine, in MiB; not set and no workers: {COMPACT['memoryMib']}.",
        json_schema_extra=REBUILD | unit("MiB"),
    )
    data_disk_gb: DataDiskGb = Field(
        default=0,
        title="Data disk",
        description="Second disk of each machine, in decimal GB (10^9 bytes), 0 for none; "
        f"not set and no workers: {COMPACT['dataDiskGb']}.",
        json_schema_extra=REBUILD | unit("GB"),
    )


class Workers(Role):
    """Machines of OpenShift that carry OpenStack's control plane."""

    count: WorkerCount = Field(
        default=10,
        title="Workers",
        description="Number of worker machines; 0: the masters carry OpenStack's control plane too (compact). "
        "Raised, new ones join the cluster; lowered, the last ones are drained and removed.",
        json_schema_extra=FREE | unit("machines"),
    )
    released: tuple[NodeName, ...] = Field(
        default=(),
        title="Released workers",
        description="Names of workers whose local volumes may be deleted when they leave; others with volumes stay.",
        examples=["[worker-9]"],
        json_schema_extra=FREE,
    )
    data_disk_gb: DataDiskGb = Field(
        default=100,
        title="Data disk",
        description="Disk for the volumes of OpenStack's services, in decimal GB (10^9 bytes); 0 for none.",
        json_schema_extra=REBUILD | unit("GB"),
    )


class Computes(Role):
    """Machines outside the cluster that run OpenStack's instances."""

    count: ComputeCount = Field(
        default=2,
        title="Computes",
        description="Number of compute machines. Lowered, the last ones are taken out of OpenStack and removed.",
        json_schema_extra=FREE | unit("machines"),
    )
    memory_mib: MemoryMib = Field(
        default=32768,
        title="Memory",
        description="Memory of each machine, in MiB.",
        json_schema_extra=REBUILD | unit("MiB"),
    )
    disk_gb: DiskGb = Field(
        default=100,
        title="Root disk",
        description="Root disk of each machine, in decimal GB (10^9 bytes).",
        json_schema_extra=REBUILD | unit("GB"),
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
        default_factory=Computes, title="Computes", description="OpenStack's computes.", json_schema_extra=FREE
    )
    hardware_floors: bool = Field(
        default=True,
        title="Hardware floors",
        description="Refuse machines below what a real installation needs. Turn off where guests are stand-ins.",
        json_schema_extra=FREE,
    )

    @model_validator(mode="before")
    @classmethod
    def _compact(cls, given: Any) -> Any:
        """Without workers the masters do their work, and get what that needs unless their sizes are given."""
        workers = given.get("workers") if isinstance(given, Mapping) else None
        count = workers.get("count") if isinstance(workers, Mapping) else None
        if isinstance(count, bool) or re.fullmatch(r"-?0+", str(count)) is None:
            return given
        masters = given.get("masters", {})
        return {**given, "masters": {**COMPACT, **masters}} if isinstance(masters, Mapping) else given

    @property
    def is_compact(self) -> bool:
        """Whether the masters carry OpenStack's control plane too."""
        return self.workers.count == 0

    @property
    def is_single_node(self) -> bool:
        """Whether one master is the whole cluster (SNO)."""
        return self.masters.count == 1

    @property
    def openstack_role(self) -> str:
        """The role, as the settings call it, whose machines carry OpenStack's control plane."""
        return "masters" if self.is_compact else "workers"

    def roles(self) -> dict[str, Role]:
        """The roles by the name they have in the settings."""
        return {"masters": self.masters, "workers": self.workers, "computes": self.computes}
