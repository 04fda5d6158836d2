"""``ClusterMachines``: the agent ISO, and the masters and workers that boot it.

Agent-based installation: one ISO for all nodes, node zero is a master, so the cluster is exactly its own machines
(agent-installer.md §2.2). Once they run they install by themselves; waiting for that is ``OpenShiftCluster``'s.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import pulumi_libvirt as libvirt
import yaml
from pulumi import ComponentResource, Input, Output, ResourceOptions

from components.installer_step import installer_step
from components.machine import Machine, MachineArgs
from manifests import agent_config, install_config, install_manifests, nodes_config
from network import Node, Plan
from settings import Settings

# Relative to the project, so another checkout has the same inputs.
_DIRECTORY = PurePosixPath("installation")


@dataclass(frozen=True)
class ClusterMachinesArgs:
    """``ssh_key`` is the lab's own public key; ``pool`` and ``networks`` are the host's."""

    settings: Settings
    plan: Plan
    ssh_key: str
    pool: Input[str]
    networks: Mapping[str, Output[str]]


class ClusterMachines(ComponentResource):
    """``built`` is what the image step made: ``directory``, ``iso``, ``sha256``, ``created``. ``machines`` by node name
    run when the component is done."""

    built: Output[dict[str, Any]]
    machines: dict[str, Machine]

    def __init__(self, name: str, args: ClusterMachinesArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("rhoso:openshift:ClusterMachines", name, None, opts)
        image = installer_step(
            f"{name}-image",
            "image",
            _image_document(args),
            self,
            # Its output tells what it made, so that its removal spares what a replacement built in the same place.
            removed_by="remove-image",
            sees_previous_output=True,
        )
        self.built = image.stdout.apply(json.loads)
        iso = libvirt.Volume(
            f"{name}-iso",
            name=self.built.apply(lambda b: f"{args.plan.stack}-agent-{b['sha256'][:12]}.iso"),
            pool=args.pool,
            source=self.built.apply(lambda b: b["iso"]),
            # Anything else is read back as iso, and the difference would replace every machine that boots it.
            format="iso",
            opts=ResourceOptions(parent=self),
        )
        boot_gate = installer_step(
            f"{name}-boot-gate",
            "boot-gate",
            self.built.apply(lambda b: {"created": b["created"], "generation": args.settings.generation}),
            self,
            after=[iso],
        )
        # A path that is known only behind the gate: no machine can boot the ISO before it opened.
        cdrom = Output.all(iso.id, boot_gate.stdout).apply(lambda known: str(known[0]))
        self._args, self._cdrom = args, cdrom
        media = {node.name: self._medium(node) for node in args.plan.workers}
        self.machines = {
            node.name: self._machine(node, args, media.get(node.name, cdrom)) for node in args.plan.cluster_nodes
        }
        self.register_outputs({"machines": sorted(self.machines)})

    def _medium(self, node: Node) -> Output[str]:
        """What a worker boots: the agent ISO, or one of its own if the cluster was installed without it."""
        step = installer_step(
            f"{node.name}-medium",
            "medium",
            Output.all(built=self.built, iso=self._cdrom, pool=self._args.pool).apply(
                lambda known: _medium_document(node, self._args, **known)
            ),
            self,
            removed_by="remove-medium",
            sees_previous_output=True,
        )
        iso: Output[str] = step.stdout.apply(lambda text: str(json.loads(text)["iso"]))
        return iso

    def _machine(self, node: Node, args: ClusterMachinesArgs, cdrom: Output[str]) -> Machine:
        return Machine(
            node.name,
            MachineArgs(
                node=node,
                size=args.settings.topology.roles()[f"{node.role}s"],
                host=args.settings.host,
                stack=args.plan.stack,
                pool=args.pool,
                networks=args.networks,
                cdrom=cdrom,
            ),
            ResourceOptions(parent=self),
        )


def _image_document(args: ClusterMachinesArgs) -> dict[str, Any]:
    settings, plan = args.settings, args.plan
    files = {
        "install-config.yaml": _yaml(install_config.render(settings, plan, args.ssh_key)),
        "agent-config.yaml": _yaml(agent_config.render(settings, plan)),
    }
    for name, item in install_manifests.render(settings, plan).items():
        files[f"openshift/{name}"] = _yaml(item)
    inputs = json.dumps([files, settings.generation], sort_keys=True)
    return {
        "installer": settings.openshift.installer,
        "directory": str(_DIRECTORY / plan.stack / hashlib.sha256(inputs.encode()).hexdigest()[:16]),
        "files": files,
        "nodes": [node.name for node in plan.cluster_nodes],
        "api": str(plan.api_vips[0]),
        "api_name": f"api.{plan.cluster_domain}",
        "secrets": settings.openshift.secrets(),
    }


def _medium_document(
    node: Node, args: ClusterMachinesArgs, built: Mapping[str, Any], iso: str, pool: str
) -> dict[str, Any]:
    settings, stack = args.settings, args.plan.stack
    return {
        "node": node.name,
        "directory": built["directory"],
        "iso": iso,
        "oc": settings.openshift.client,
        "config": _yaml(nodes_config.render(node, args.plan)),
        "pull_secret": settings.openshift.registries,
        "work": str(_DIRECTORY / stack / "nodes" / node.name),
        "uri": settings.host.virsh_uri,
        "pool": pool,
        "volume": f"{stack}-{node.name}-node.iso",
        "generation": settings.generation,
        "secrets": settings.openshift.secrets(),
    }


def _yaml(document: dict[str, Any]) -> str:
    text: str = yaml.safe_dump(document, sort_keys=False, width=1000)
    return text
