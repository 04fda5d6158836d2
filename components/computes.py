"""``Computes``: the RHEL machines outside the cluster on which Nova will run instances.

They wait for nothing of OpenShift: image, networks and cloud-init are all they need.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi_libvirt as libvirt
from pulumi import ComponentResource, Input, Output, ResourceOptions

from components.machine import Machine, MachineArgs
from manifests import cloud_init
from network import Node, Plan
from settings import Settings


@dataclass(frozen=True)
class ComputesArgs:
    """``ssh_key`` is the public key that the data plane will log in with."""

    settings: Settings
    plan: Plan
    ssh_key: str
    pool: Input[str]
    networks: Mapping[str, Output[str]]


class Computes(ComponentResource):
    """``machines`` by node name."""

    machines: dict[str, Machine]

    def __init__(self, name: str, args: ComputesArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("rhoso:kvm:Computes", name, None, opts)
        image = libvirt.Volume(
            f"{name}-image",
            name=f"{args.plan.stack}-compute-image.qcow2",
            pool=args.pool,
            format="qcow2",
            source=args.settings.compute.image,
            opts=ResourceOptions(parent=self),
        )
        self.machines = {node.name: self._machine(node, args, image.id) for node in args.plan.computes}
        self.register_outputs({"machines": sorted(self.machines)})

    def _machine(self, node: Node, args: ComputesArgs, image: Output[str]) -> Machine:
        child = ResourceOptions(parent=self)
        seed = libvirt.CloudInitDisk(
            f"{node.name}-seed",
            name=f"{args.plan.stack}-{node.name}-seed.iso",
            pool=args.pool,
            user_data=cloud_init.user_data(node, args.settings.compute.user, args.ssh_key),
            meta_data=cloud_init.meta_data(node, args.settings.generation),
            network_config=cloud_init.network_config(node, args.plan),
            opts=child,
        )
        return Machine(
            node.name,
            MachineArgs(
                node=node,
                size=args.settings.topology.computes,
                host=args.settings.host,
                stack=args.plan.stack,
                pool=args.pool,
                networks=args.networks,
                base_image=image,
                cloud_init=seed.id,
            ),
            child,
        )
