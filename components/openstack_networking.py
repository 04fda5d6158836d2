"""``OpenStackNetworking``: the address plan on the nodes and inside the cluster (rhoso.md, S6 and S7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pulumi import ComponentResource, Resource, ResourceOptions

from components import waits
from components.cluster_access import ClusterAccess
from components.gate import GateArgs, gate
from components.objects import Applied, applied
from components.operators import Operators
from components.teardown import teardown
from manifests import attachments, control_plane, metallb, net_config, nmstate_policies, topology
from network import Plan
from settings import Settings


@dataclass(frozen=True)
class OpenStackNetworkingArgs:
    """``namespace`` is where OpenStack's objects live; ``tuned`` is done when the cluster's own network is at rest."""

    settings: Settings
    plan: Plan
    cluster: ClusterAccess
    namespace: Resource
    operators: Operators
    tuned: Resource


class OpenStackNetworking(ComponentResource):
    """``ready`` are what services need to have their networks; ``net_config`` is what the computes are planned by.

    The latter is done when it exists: it has no status (rhoso.md, S7).
    """

    ready: list[Resource]
    attachments: list[Resource]
    net_config: Applied

    def __init__(self, name: str, args: OpenStackNetworkingArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("rhoso:openstack:OpenStackNetworking", name, None, opts)
        self._name, self._args = name, args
        namespace = args.settings.openstack.namespace
        self.attachments = [
            applied(f"{name}-{manifest['metadata']['name']}-attachment", manifest, self, [args.namespace])
            for manifest in attachments.render(args.plan, namespace)
        ]
        served = self._served(namespace)
        self.net_config = applied(f"{name}-netconfig", net_config.render(args.plan, namespace), self, [served])
        self.ready = [served, self._nodes(), *self._addresses(), *self.attachments]
        self.register_outputs({})

    def _served(self, namespace: str) -> Resource:
        """OpenStack's own webhooks answer; they can be asked only once the namespace is there."""
        args, cluster = self._args, self._args.cluster
        objects = (
            net_config.render(args.plan, namespace),
            topology.render(namespace),
            control_plane.render(args.settings, args.plan),
        )
        wait = GateArgs(
            what="OpenStack's webhooks",
            wait=[waits.accepted(manifest) for manifest in objects],
            timeout=cluster.timeouts.api,
            kubeconfig=cluster.kubeconfig,
        )
        after = [args.namespace, args.operators.openstack]
        served: Resource = gate(f"{self._name}-served", wait, ResourceOptions(parent=self, depends_on=after))
        return served

    def _nodes(self) -> Resource:
        """A policy a node, once the node was seen to have the planned NICs: a policy for another NIC cuts it off."""
        args, name = self._args, self._name
        cluster = args.cluster
        checked = gate(
            f"{name}-nics",
            GateArgs("the nodes' NICs", waits.nics(args.plan), cluster.timeouts.policies, cluster.kubeconfig),
            ResourceOptions(parent=self, depends_on=[args.operators.nmstate]),
        )
        policies = [
            applied(f"{name}-{manifest['metadata']['name']}-policy", manifest, self, [checked, args.tuned])
            for manifest in nmstate_policies.render(args.plan)
        ]
        wait = GateArgs(
            what="the nodes' networks",
            wait=waits.policies(args.plan),
            timeout=cluster.timeouts.policies,
            kubeconfig=cluster.kubeconfig,
            written=[policy.written for policy in policies],
        )
        document = {"policies": _made_and_cleared(args.plan)}
        cleared = teardown(f"{name}-cleared", document, cluster.timeouts.policies, cluster, self, policies)
        before = ResourceOptions(parent=self, depends_on=[*policies, *cleared])
        ready: Resource = gate(f"{name}-policies", wait, before)
        return ready

    def _addresses(self) -> list[Resource]:
        """Address pools and where they are announced."""
        return [
            applied(
                f"{self._name}-{manifest['metadata']['name']}-{manifest['kind'].lower()}",
                manifest,
                self,
                [self._args.operators.metallb],
            )
            for manifest in metallb.render(self._args.plan)
        ]


def _made_and_cleared(plan: Plan) -> dict[str, dict[str, Any]]:
    """Each policy's interfaces as they are, and as they must be before the policy goes."""
    cleared = nmstate_policies.cleared(plan)
    return {
        name: {"made": policy["spec"]["desiredState"]["interfaces"], "cleared": cleared[name]}
        for policy in nmstate_policies.render(plan)
        for name in [policy["metadata"]["name"]]
    }
