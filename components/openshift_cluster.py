"""``OpenShiftCluster``: from running machines to an installed cluster whose API answers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi_command as command
import pulumi_kubernetes as kubernetes
from pulumi import ComponentResource, Input, Output, Resource, ResourceOptions

from components.cluster_machines import ClusterMachines
from components.installer_step import installer_step
from components.operation import OperationArgs, operation
from components.outputs import secret
from network import Node, Plan
from settings import Settings

_ATTEMPTS = 2


@dataclass(frozen=True)
class OpenShiftClusterArgs:
    """``machines`` are those that install themselves."""

    settings: Settings
    plan: Plan
    machines: ClusterMachines


class OpenShiftCluster(ComponentResource):
    """``record`` stands for the installation: what lives in the cluster is ``deleted_with`` it.

    ``kubeconfig`` and ``password`` (of kubeadmin) are secret; ``provider`` talks to the API by its VIP, and
    exists once exactly the planned nodes are Ready (``ready``). ``outputs`` are for the stack's.
    """

    is_shared = False
    record: command.local.Command
    kubeconfig: Output[str]
    password: Output[str]
    provider: kubernetes.Provider
    ready: command.local.Command
    outputs: Mapping[str, Input[str]]

    def __init__(self, name: str, args: OpenShiftClusterArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("rhoso:openshift:OpenShiftCluster", name, None, opts)
        self._prefix, self._args = name, args
        machines = [machine.domain for machine in args.machines.machines.values()]
        bootstrap = self._wait("bootstrap-complete", after=machines)
        self.record = self._wait("install-complete", after=[bootstrap])
        credentials = installer_step(
            f"{name}-credentials",
            "credentials",
            args.machines.built.apply(lambda b: {"directory": b["directory"]}),
            self,
            after=[self.record],
            secret_outputs=True,
        )
        read: Output[dict[str, str]] = secret(credentials.stdout.apply(json.loads))
        self.kubeconfig = read.apply(lambda r: r["kubeconfig"])
        self.password = read.apply(lambda r: r["password"])
        self.ready = self._joined(machines)
        self.provider = self._kubernetes()
        plan = args.plan
        self.outputs = {
            "api": f"https://api.{plan.cluster_domain}:6443 at {plan.api_vips[0]}",
            "console": f"https://console-openshift-console.apps.{plan.cluster_domain} at {plan.ingress_vips[0]}",
            "kubeadminPassword": self.password,
        }
        self.register_outputs({"kubeconfig": self.kubeconfig, "password": self.password})

    def _wait(self, what: str, after: Sequence[Resource]) -> command.local.Command:
        settings, plan = self._args.settings, self._args.plan
        timeouts = settings.timeouts
        # The tool watches the bootstrap again before the rest.
        limit = timeouts.bootstrap + (timeouts.install if what == "install-complete" else 0)

        def document(built: dict[str, Any]) -> dict[str, Any]:
            return {
                "installer": settings.openshift.installer,
                "directory": built["directory"],
                "what": what,
                "attempts": _ATTEMPTS,
                "limit": limit,
                "created": built["created"],
                "generation": settings.generation,
                "nodes": {node.name: str(node.ip) for node in plan.cluster_nodes},
                "domains": {node.name: f"{plan.stack}-{node.name}" for node in plan.cluster_nodes},
                "uri": settings.host.virsh_uri,
                "secrets": settings.openshift.secrets(),
            }

        return installer_step(
            f"{self._prefix}-{what}", "wait", self._args.machines.built.apply(document), self, after=after
        )

    def _joined(self, machines: Sequence[Resource]) -> command.local.Command:
        """Lets in the workers that the cluster was installed without, until every planned node is Ready."""
        step = OperationArgs(
            step="join",
            document={},
            timeout=self._args.settings.timeouts.nodes,
            kubeconfig=self.kubeconfig,
            arguments=_addresses(self._args.plan.cluster_nodes),
        )
        return operation(f"{self._prefix}-nodes", step, self, [self.record, *machines])

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


def _addresses(nodes: Sequence[Node]) -> list[str]:
    return [f"{node.name}={node.ip}" for node in nodes]
