"""``OpenShiftCluster``: from rendered documents to an installed cluster whose API answers.

Agent-based installation: one ISO for all nodes, node zero is a master, so the cluster is exactly its own machines
(agent-installer.md §2.2).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import pulumi_command as command
import pulumi_kubernetes as kubernetes
import pulumi_libvirt as libvirt
import yaml
from pulumi import ComponentResource, Input, Output, ResourceOptions

from components.gate import GateArgs, gate
from components.machine import Machine, MachineArgs
from components.outputs import secret
from manifests import agent_config, install_config
from network import Node, Plan, Role
from readiness import spec
from settings import Settings

# Both are relative to the project, so another checkout has the same inputs.
_DIRECTORY = PurePosixPath("installation")
_SECRET = command.local.Logging.NONE
_PROGRESS = command.local.Logging.STDERR


@dataclass(frozen=True)
class OpenShiftClusterArgs:
    """``ssh_key`` is the lab's own public key; ``pool`` and ``networks`` are the host's."""

    settings: Settings
    plan: Plan
    ssh_key: str
    pool: Input[str]
    networks: Mapping[str, Output[str]]


class OpenShiftCluster(ComponentResource):
    """``record`` stands for the installation: what lives in the cluster is ``deleted_with`` it.

    ``kubeconfig`` and ``password`` (of kubeadmin) are secret; ``provider`` talks to the API by its VIP, and
    exists once exactly the planned nodes are Ready (``ready``).
    """

    record: command.local.Command
    kubeconfig: Output[str]
    password: Output[str]
    provider: kubernetes.Provider
    ready: command.local.Command

    def __init__(self, name: str, args: OpenShiftClusterArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("rhoso:openshift:OpenShiftCluster", name, None, opts)
        self._prefix, self._args = name, args
        # Its output tells what it made, so that its removal spares what a replacement built in the same place.
        image = self._step("image", self._image_document(), removed_by="remove-image", sees_previous_output=True)
        built: Output[dict[str, Any]] = image.stdout.apply(json.loads)
        iso = libvirt.Volume(
            f"{name}-iso",
            name=built.apply(lambda b: f"{args.plan.stack}-agent-{b['sha256'][:12]}.iso"),
            pool=args.pool,
            source=built.apply(lambda b: b["iso"]),
            # Anything else is read back as iso, and the difference would replace every machine that boots it.
            format="iso",
            opts=ResourceOptions(parent=self),
        )
        boot_gate = self._step(
            "boot-gate",
            built.apply(lambda b: {"created": b["created"], "generation": args.settings.generation}),
            after=[iso],
        )
        # A path that is known only behind the gate: no machine can boot the ISO before it opened.
        cdrom = Output.all(iso.id, boot_gate.stdout).apply(lambda known: str(known[0]))
        machines = [self._machine(node, cdrom) for node in args.plan.cluster_nodes]
        bootstrap = self._wait("bootstrap-complete", built, after=machines)
        self.record = self._wait("install-complete", built, after=[bootstrap])
        credentials = self._step(
            "credentials",
            built.apply(lambda b: {"directory": b["directory"]}),
            logging=_SECRET,
            after=[self.record],
            secret_outputs=True,
        )
        read: Output[dict[str, str]] = secret(credentials.stdout.apply(json.loads))
        self.kubeconfig = read.apply(lambda r: r["kubeconfig"])
        self.password = read.apply(lambda r: r["password"])
        self.ready = gate(
            f"{name}-nodes",
            GateArgs(
                what="cluster nodes",
                wait=[spec.nodes(node.name for node in args.plan.cluster_nodes)],
                timeout=args.settings.timeouts.nodes,
                kubeconfig=self.kubeconfig,
            ),
            ResourceOptions(parent=self, depends_on=[self.record]),
        )
        self.provider = self._kubernetes()
        self.register_outputs({"kubeconfig": self.kubeconfig, "password": self.password})

    def _image_document(self) -> dict[str, Any]:
        settings, plan = self._args.settings, self._args.plan
        files = {
            "install-config.yaml": _yaml(install_config.render(settings, plan, self._args.ssh_key)),
            "agent-config.yaml": _yaml(agent_config.render(settings, plan)),
        }
        inputs = json.dumps([files, settings.generation], sort_keys=True)
        return {
            "installer": settings.openshift.installer,
            "directory": str(_DIRECTORY / plan.stack / hashlib.sha256(inputs.encode()).hexdigest()[:16]),
            "files": files,
            "api": str(plan.api_vip),
            "api_name": f"api.{plan.cluster_domain}",
            "secrets": [settings.openshift.pull_secret.get_secret_value()],
        }

    def _machine(self, node: Node, cdrom: Output[str]) -> Machine:
        args, topology = self._args, self._args.settings.topology
        return Machine(
            node.name,
            MachineArgs(
                node=node,
                size=topology.masters if node.role is Role.MASTER else topology.workers,
                host=args.settings.host,
                stack=args.plan.stack,
                pool=args.pool,
                networks=args.networks,
                cdrom=cdrom,
            ),
            ResourceOptions(parent=self),
        )

    def _wait(self, what: str, built: Output[dict[str, Any]], after: list[Any]) -> command.local.Command:
        settings = self._args.settings
        timeouts = settings.timeouts
        # The tool watches the bootstrap again before the rest.
        limit = timeouts.bootstrap + (timeouts.install if what == "install-complete" else 0)
        document = built.apply(
            lambda b: {
                "installer": settings.openshift.installer,
                "directory": b["directory"],
                "what": what,
                "attempts": 2,
                "limit": limit,
                "created": b["created"],
                "generation": settings.generation,
                "secrets": [settings.openshift.pull_secret.get_secret_value()],
            }
        )
        return self._step("wait", document, suffix=what, logging=_PROGRESS, after=after)

    def _step(
        self,
        step: str,
        document: Input[dict[str, Any]],
        *,
        suffix: str = "",
        logging: command.local.Logging = _PROGRESS,
        after: list[Any] | None = None,
        secret_outputs: bool = False,
        removed_by: str | None = None,
        sees_previous_output: bool = False,
    ) -> command.local.Command:
        """One step of ``installer``. Its input counts only when the step runs: what may change it is the blueprint's
        business, not the engine's."""
        return command.local.Command(
            f"{self._prefix}-{suffix or step}",
            create=f"python3 -m installer {step}",
            delete=f"python3 -m installer {removed_by}" if removed_by else None,
            stdin=secret(Output.json_dumps(document)),
            add_previous_output_in_env=sees_previous_output,
            logging=logging,
            opts=ResourceOptions(
                parent=self,
                depends_on=after,
                ignore_changes=["stdin"],
                additional_secret_outputs=["stdout", "stderr"] if secret_outputs else None,
            ),
        )

    def _kubernetes(self) -> kubernetes.Provider:
        settings = self._args.settings
        return kubernetes.Provider(
            f"{self._prefix}-provider",
            kubeconfig=self.kubeconfig,
            # Without it a kubeconfig that is read again would replace every object in the cluster.
            cluster_identifier=f"{self._args.plan.stack}-{settings.generation}",
            enable_secret_mutable=True,
            enable_config_map_mutable=True,
            # Whatever is made in the cluster comes after its last node.
            opts=ResourceOptions(parent=self, deleted_with=self.record, depends_on=[self.ready]),
        )


def _yaml(document: dict[str, Any]) -> str:
    text: str = yaml.safe_dump(document, sort_keys=False, width=1000)
    return text
