"""The machines and their NICs.

Each is computed from the settings and an index alone, never from another node, so nothing depends on how many nodes
there are.
"""

from __future__ import annotations

from collections.abc import Iterator

from network import names, ranges
from network.macs import mac
from network.model import Nic, Node, Role, VlanDevice
from settings import Settings
from settings.networks import Wire

FIRST_SLOT = {"pc": 3}
"""By machine type, the PCI slot of the first NIC. Slots 0 to 2 of QEMU's pc machine hold the host bridge, the ISA and
disk controllers and the video card; slots have ACPI hotplug numbers there, by which a NIC in slot 3 is called ens3
(systemd.net-naming-scheme, `ens<slot>`)."""

NO_SLOT = 0
"""Of a NIC whose machine is not ours to build."""


def wires(settings: Settings) -> dict[str, Wire]:
    """The settings of each libvirt network by its key, in the order of a machine's NICs."""
    networks = settings.networks
    return {"ocp": networks.machine, "osp": networks.ctlplane, "external": networks.external}


def nodes(settings: Settings, project: str) -> Iterator[Node]:
    """Every machine of the lab: masters, then workers, then computes."""
    for key, sized in settings.machines.items():
        role = Role(key.removesuffix("s"))
        for index in range(sized.count):
            name = names.node(role, index)
            yield Node(
                name=name,
                role=role,
                index=index,
                host=settings.host_key,
                fqdn=f"{name}.{settings.cluster_domain}",
                nics=tuple(_nics(settings, project, role, index)),
            )


def existing(settings: Settings) -> Iterator[Node]:
    """The nodes of a cluster that is there already, in the order of the settings.

    Of their NICs only the one on OpenStack's wire is ours to know; those that have it are numbered as workers are.
    """
    places = iter(range(len(settings.openshift.existing.nodes)))
    for index, known in enumerate(settings.openshift.existing.nodes):
        nics = () if known.nic is None else (_known_nic(settings, known.nic, known.mac or "", next(places)),)
        yield Node(known.name, Role.WORKER, index, host="", fqdn=known.name, nics=nics)


def joins(settings: Settings, role: Role) -> list[str]:
    """The libvirt networks that machines of a role have a NIC on, in order.

    Without workers the masters carry OpenStack, so they are where workers would be.
    """
    duties = {f"{role}s"} | ({"workers"} if role is Role.MASTER and settings.topology.is_compact else set())
    on_osp = bool(duties & {"workers", "computes"})
    on_external = bool(duties & set(settings.networks.external.roles))
    return ["ocp", *(["osp"] if on_osp else []), *(["external"] if on_external else [])]


def _known_nic(settings: Settings, name: str, mac_address: str, place: int) -> Nic:
    wire = settings.networks.ctlplane
    return Nic(
        name=name,
        slot=NO_SLOT,
        mac=mac_address,
        network="osp",
        addresses=(ranges.OSP[Role.WORKER].address(wire.cidr, place),),
        gateways=(),
        vlans=tuple(_vlans(settings, Role.WORKER, place)),
        mtu=wire.mtu,
    )


def _nics(settings: Settings, project: str, role: Role, index: int) -> Iterator[Nic]:
    for slot, key in enumerate(joins(settings, role), start=FIRST_SLOT[settings.host.machine]):
        wire = wires(settings)[key]
        span = ranges.KVM[key].get(role)
        yield Nic(
            name=f"ens{slot}",
            slot=slot,
            mac=mac(project, settings.stack, names.node(role, index), key),
            network=key,
            addresses=(span.address(wire.cidr, index),) if span else (),
            gateways=(settings.networks.machine.default_gateway,) if key == "ocp" else (),
            vlans=tuple(_vlans(settings, role, index)) if key == "osp" else (),
            mtu=wire.mtu,
        )


def _vlans(settings: Settings, role: Role, index: int) -> Iterator[VlanDevice]:
    for name, network in settings.networks.vlans():
        yield VlanDevice(
            network=name,
            vlan=network.vlan,
            # A policy names the device, so that attachments can; on RHEL 9 without NMState the name must give the id:
            # cloud-init writes ifcfg files there, and NetworkManager takes the id from the name (`vlan<id>`).
            interface=f"vlan{network.vlan}" if role is Role.COMPUTE else name,
            addresses=(ranges.OSP[role].address(network.cidr, index),),
            mtu=network.mtu,
        )
