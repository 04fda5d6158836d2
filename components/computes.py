"""``Computes``: the RHEL machines outside the cluster on which Nova will run instances.

They wait for nothing of OpenShift: image, networks and cloud-init are all they need.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import pulumi_libvirt as libvirt
from pulumi import ComponentResource, Input, Output, ResourceOptions

from components.installer_step import installer_step
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
            source=args.settings.compute.image_path(args.settings.host.image_cache),
            opts=ResourceOptions(parent=self),
        )
        self.machines = {node.name: self._machine(node, args, image.id) for node in args.plan.computes}
        self.register_outputs({"machines": sorted(self.machines)})

    def _machine(self, node: Node, args: ComputesArgs, image: Output[str]) -> Machine:
        child = ResourceOptions(parent=self)
        made = installer_step(
            f"{node.name}-cloud-init", "seed", _seed_document(node, args), self, removed_by="remove-seed"
        )
        seed = libvirt.Volume(
            f"{node.name}-seed",
            name=f"{args.plan.stack}-{node.name}-seed.iso",
            pool=args.pool,
            source=made.stdout.apply(lambda text: str(json.loads(text)["iso"])),
            # Anything else is read back as iso.
            format="iso",
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
                cdrom=seed.id,
            ),
            child,
        )


def _seed_document(node: Node, args: ComputesArgs) -> dict[str, Any]:
    settings = args.settings
    # Relative to the project, so another checkout has the same inputs; each generation removes its own.
    path = PurePosixPath("installation", args.plan.stack, "seeds", f"{node.name}-{settings.generation}.iso")
    files = {
        "user-data": cloud_init.user_data(node, settings.compute.user, args.ssh_key, settings.openshift.ntp),
        "meta-data": cloud_init.meta_data(node, settings.generation),
        "network-config": cloud_init.network_config(node, args.plan),
    }
    return {"iso": str(path), "files": files}
