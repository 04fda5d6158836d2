"""``OpenStackNetworking``: the address plan inside the cluster. Today ``NetConfig``; the NMState policies,
NetworkAttachmentDefinitions and address pools join it with the operators that bring their kinds."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi_kubernetes as kubernetes
from pulumi import ComponentResource, Input, Output, ResourceOptions

from components.gate import GateArgs, gate
from manifests import net_config
from network import Plan
from readiness import spec


@dataclass(frozen=True)
class OpenStackNetworkingArgs:
    """``timeout`` in seconds, for the kinds to be served."""

    plan: Plan
    namespace: Input[str]
    kubeconfig: Output[str]
    timeout: int


class OpenStackNetworking(ComponentResource):
    """``net_config`` exists when the component is done; NetConfig has no status to wait for (rhoso.md, S7)."""

    net_config: kubernetes.apiextensions.CustomResource

    def __init__(self, name: str, args: OpenStackNetworkingArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("rhoso:openstack:OpenStackNetworking", name, None, opts)
        served = gate(
            f"{name}-kinds",
            GateArgs(
                what="kinds of OpenStackNetworking",
                wait=[spec.crd(net_config.CRD)],
                timeout=args.timeout,
                kubeconfig=args.kubeconfig,
            ),
            ResourceOptions(parent=self),
        )
        rendered = net_config.render(args.plan, "")
        self.net_config = kubernetes.apiextensions.CustomResource(
            f"{name}-netconfig",
            api_version=rendered["apiVersion"],
            kind=rendered["kind"],
            metadata={"name": net_config.NAME, "namespace": args.namespace},
            spec=rendered["spec"],
            opts=ResourceOptions(parent=self, depends_on=[served]),
        )
        self.register_outputs({"netConfig": self.net_config.id})
