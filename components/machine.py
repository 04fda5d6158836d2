"""``Machine``: one virtual machine with its disks, for every role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi_libvirt as libvirt
from pulumi import ComponentResource, Input, Output, ResourceOptions

from manifests import domain_xslt
from network import Nic, Node
from settings import Host
from settings import Role as Size

_GB = 10**9


@dataclass(frozen=True)
class MachineArgs:
    """What a machine is made of.

    ``cdrom`` is the path of an ISO volume on the host, booted while the root disk is blank; ``base_image`` the id of a
    volume that the root disk overlays. ``stack`` is part of the domain's name and its mark of ownership.
    """

    node: Node
    size: Size
    host: Host
    stack: str
    pool: Input[str]
    networks: Mapping[str, Output[str]]
    cdrom: Input[str] | None = None
    base_image: Input[str] | None = None


class Machine(ComponentResource):
    """``domain`` is the libvirt domain; it runs when the component is done."""

    domain: libvirt.Domain

    def __init__(self, name: str, args: MachineArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("rhoso:kvm:Machine", name, None, opts)
        child = ResourceOptions(parent=self)
        prefix = f"{args.stack}-{args.node.name}"
        disks = [libvirt.DomainDiskArgs(volume_id=volume.id) for volume in self._volumes(name, prefix, args)]
        if args.cdrom is not None:
            disks.append(libvirt.DomainDiskArgs(file=args.cdrom))
        self.domain = libvirt.Domain(
            name,
            name=prefix,
            description=f"rhoso-lab/{args.stack}",
            type=args.host.domain_type,
            machine=args.host.machine,
            cpu=libvirt.DomainCpuArgs(mode=args.host.cpu_mode) if args.host.cpu_mode else None,
            vcpu=args.size.vcpus,
            memory=args.size.memory_mib,
            disks=disks,
            # A blank disk falls through to the CD-ROM, an installed one boots, so nothing is ever ejected.
            boot_devices=[libvirt.DomainBootDeviceArgs(devs=["hd", "cdrom"])],
            network_interfaces=[_interface(nic, args.networks) for nic in args.node.nics],
            # RHEL 9's QEMU has no SPICE, which is the provider's default.
            graphics=libvirt.DomainGraphicsArgs(
                type="vnc", listen_type="address", listen_address="127.0.0.1", autoport=True
            ),
            video=libvirt.DomainVideoArgs(type="vga"),
            consoles=[libvirt.DomainConsoleArgs(type="pty", target_port="0", target_type="serial")],
            autostart=True,
            running=True,
            xml=libvirt.DomainXmlArgs(xslt=domain_xslt.stylesheet(prefix, args.node.nics, args.host.disk_cache)),
            opts=child,
        )
        # Of the machine itself: the stack's outputs tell of those that are planned, also where one could not leave.
        self.register_outputs({"domain": self.domain.id, "address": str(args.node.ip)})

    def _volumes(self, name: str, prefix: str, args: MachineArgs) -> list[libvirt.Volume]:
        child = ResourceOptions(parent=self)
        root = libvirt.Volume(
            f"{name}-root",
            name=f"{prefix}-root.qcow2",
            pool=args.pool,
            format="qcow2",
            size=args.size.disk_gb * _GB,
            base_volume_id=args.base_image,
            opts=child,
        )
        if not args.size.data_disk_gb:
            return [root]
        data = libvirt.Volume(
            f"{name}-data",
            name=f"{prefix}-data.qcow2",
            pool=args.pool,
            format="qcow2",
            size=args.size.data_disk_gb * _GB,
            opts=child,
        )
        return [root, data]


def _interface(nic: Nic, networks: Mapping[str, Output[str]]) -> libvirt.DomainNetworkInterfaceArgs:
    # Never addresses or hostname here: they mean DHCP leases, and the provider then reports a change for ever.
    return libvirt.DomainNetworkInterfaceArgs(network_id=networks[nic.network], mac=nic.mac)
