"""``ExistingCluster``: a cluster that somebody else installed, as the layers see one of the stack's own.

Nothing of it is made, and nothing of it goes with the stack: what the layers make is deleted object by object.
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi_command as command
import pulumi_kubernetes as kubernetes
from pulumi import ComponentResource, Input, Output, ResourceOptions

from components.gate import GateArgs, gate
from components.outputs import secret
from network import Plan
from readiness import spec
from settings import Settings


class ExistingCluster(ComponentResource):
    """``kubeconfig`` (secret), ``provider``, ``ready`` and ``outputs`` as OpenShiftCluster has them.

    There is no ``record`` of an installation with which all in the cluster would be gone.
    """

    record: None = None
    is_shared = True
    kubeconfig: Output[str]
    provider: kubernetes.Provider
    ready: command.local.Command
    outputs: Mapping[str, Input[str]]

    def __init__(self, name: str, settings: Settings, plan: Plan, opts: ResourceOptions | None = None) -> None:
        super().__init__("rhoso:openshift:ExistingCluster", name, None, opts)
        existing = settings.openshift.existing
        assert existing.kubeconfig is not None, "the settings' rules demand it"
        self.kubeconfig = secret(Output.from_input(existing.kubeconfig.get_secret_value()))
        self.ready = gate(
            f"{name}-nodes",
            GateArgs(
                what="cluster nodes",
                wait=[spec.nodes(node.name for node in plan.cluster_nodes)],
                timeout=settings.timeouts.nodes,
                kubeconfig=self.kubeconfig,
            ),
            ResourceOptions(parent=self),
        )
        self.provider = kubernetes.Provider(
            f"{name}-provider",
            kubeconfig=self.kubeconfig,
            # Without it a renewed kubeconfig would replace every object in the cluster.
            cluster_identifier=f"{plan.stack}-{settings.generation}",
            enable_secret_mutable=True,
            enable_config_map_mutable=True,
            opts=ResourceOptions(parent=self, depends_on=[self.ready]),
        )
        self.outputs = {"api": existing.api or ""}
        self.register_outputs({"kubeconfig": self.kubeconfig})
