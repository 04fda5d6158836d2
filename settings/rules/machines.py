"""Rules about machines: their names, their sizes, and the KVM host that must hold them all."""

from __future__ import annotations

from collections.abc import Iterator

from settings.errors import Problem
from settings.openstack import LVMS_CLASS
from settings.stack import Settings

FQDN_LONGEST = 63
"""Characters of a host name with its domain (assisted-service internal/host/hostutil)."""

FLOORS: dict[str, dict[str, int]] = {
    "masters": {"vcpus": 4, "memoryMib": 16384, "diskGb": 100},
    "workers": {"vcpus": 2, "memoryMib": 16384, "diskGb": 100},
    "computes": {"vcpus": 2, "memoryMib": 16384, "diskGb": 40},
}
"""The least a real lab runs with, disks in decimal GB as the installer counts. CPUs and disks of cluster nodes:
assisted-service's environment template; memory of workers and computes: what RHOSO's services and an instance need
besides the system."""

SINGLE_NODE_VCPUS = 8
"""The least CPUs of a master that is the whole cluster (the same template)."""

COMPACT_FLOOR_MIB = FLOORS["masters"]["memoryMib"] + FLOORS["workers"]["memoryMib"]

_UNITS = {"vcpus": "virtual CPUs", "memoryMib": "MiB of memory", "diskGb": "GB of disk"}


def host_names_are_short_enough(settings: Settings) -> Iterator[Problem]:
    """The installer's service refuses host names over 63 characters, domain included."""
    roles = settings.machines.items()
    names = [f"{role[:-1]}-{sized.count - 1}.{settings.cluster_domain}" for role, sized in roles if sized.count]
    longest = max(names, key=len, default="")
    if len(longest) > FQDN_LONGEST:
        yield Problem(
            "domain",
            settings.domain,
            f"makes host names too long: {longest} has {len(longest)} characters, {FQDN_LONGEST} is the most",
            f"Shorten domain or name by {len(longest) - FQDN_LONGEST}.",
            reads=("name", "topology"),
        )


def machines_are_large_enough(settings: Settings) -> Iterator[Problem]:
    """Below the floor an installation fails after an hour; a lab of stand-in guests turns the rule off."""
    if not settings.topology.hardware_floors:
        return
    for role, machines in settings.machines.items():
        if not machines.count:
            continue
        given = machines.model_dump(by_alias=True)
        floors = FLOORS[role]
        if role == "masters" and settings.topology.is_compact:
            floors = floors | {"memoryMib": COMPACT_FLOOR_MIB}
        if role == "masters" and settings.topology.is_single_node:
            floors = floors | {"vcpus": SINGLE_NODE_VCPUS}
        for key, floor in floors.items():
            if given[key] < floor:
                yield Problem(
                    f"topology.{role}.{key}",
                    str(given[key]),
                    f"is less than the {floor} {_UNITS[key]} that one of the {role} needs",
                    f"Raise it to {floor} or more, or set topology.hardwareFloors to false for stand-in guests.",
                    reads=("topology.hardwareFloors", "topology.workers.count"),
                )


def volumes_have_a_disk_to_lie_on(settings: Settings) -> Iterator[Problem]:
    """The storage operator makes its class on the data disks of OpenStack's nodes."""
    role = settings.topology.openstack_role
    if role not in settings.machines:
        return  # what disks an existing cluster has, it says itself
    if settings.openstack.storage.storage_class == LVMS_CLASS and not settings.topology.roles()[role].data_disk_gb:
        yield Problem(
            f"topology.{role}.dataDiskGb",
            "0",
            "leaves openstack.storage.storageClass without a disk to lie on",
            f"Give the {role} a data disk, or set openstack.storage.storageClass to another.",
            reads=("openstack.storage.storageClass", "topology.workers.count"),
        )


def the_host_holds_them_all(settings: Settings) -> Iterator[Problem]:
    """All machines together ask for no more than the KVM host has, where that is known."""
    for key, host in settings.hosts.items():
        if host.overcommit:
            continue
        roles = settings.machines.values()
        memory = sum(role.count * role.memory_mib for role in roles)
        disk = sum(role.count * (role.disk_gb + role.data_disk_gb) for role in roles)
        for field, has, asked, what in (
            ("memoryMib", host.memory_mib, memory, "MiB of memory"),
            ("diskGb", host.disk_gb, disk, "GB of disk"),
        ):
            if has is not None and asked > has:
                yield Problem(
                    f"hosts.{key}.{field}",
                    str(has),
                    f"is less than the {asked} {what} that all machines together ask for",
                    f"Make machines fewer or smaller, or set hosts.{key}.overcommit to true.",
                    reads=("topology", f"hosts.{key}.overcommit"),
                )


def emulated_guests_have_an_emulated_cpu(settings: Settings) -> Iterator[Problem]:
    """libvirt refuses to pass the host's CPU through without hardware virtualisation."""
    for key, host in settings.hosts.items():
        if host.domain_type == "qemu" and host.cpu_mode == "host-passthrough":
            yield Problem(
                f"hosts.{key}.cpuMode",
                host.cpu_mode,
                f"needs hardware virtualisation, and hosts.{key}.domainType is qemu",
                "Set it to maximum, or domainType to kvm.",
                reads=(f"hosts.{key}.domainType",),
            )


RULES = (
    host_names_are_short_enough,
    machines_are_large_enough,
    volumes_have_a_disk_to_lie_on,
    the_host_holds_them_all,
    emulated_guests_have_an_emulated_cpu,
)
