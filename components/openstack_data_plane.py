"""``OpenStackDataPlane``: the computes become OpenStack's (rhoso.md, S9 to S11, and §4.19 and §4.20 for the later).

A compute that is added is a new member of the node set and a new deployment. One that leaves is retired first, for a
service that is deleted while its agent still runs registers again; its machine goes last of all, because the engine
deletes at the end. Nova's scheduler looks for new computes by itself (manifests/service_templates.py).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi_command as command
from pulumi import ComponentResource, Output, Resource, ResourceOptions

from components import waits
from components.cluster_access import ClusterAccess
from components.gate import GateArgs, gate
from components.machine import Machine
from components.objects import Applied, applied, config_map, secret
from components.openstack_control_plane import OpenStackControlPlane
from components.operation import OperationArgs, operation
from manifests import data_plane_secrets, deployment, node_set, retire
from manifests.credentials import Credentials, KeyPair
from network import Plan
from readiness import spec
from settings import Settings


@dataclass(frozen=True)
class OpenStackDataPlaneArgs:
    """``machines`` are the computes; ``ssh`` is what they let in; ``needs`` must be there before the node set."""

    settings: Settings
    plan: Plan
    credentials: Credentials
    ssh: KeyPair
    cluster: ClusterAccess
    namespace: Resource
    control_plane: OpenStackControlPlane
    machines: Mapping[str, Machine]
    needs: Sequence[Resource]


class OpenStackDataPlane(ComponentResource):
    """``ready`` once the newest deployment is done; ``deployed`` is its name."""

    ready: command.local.Command
    deployed: Output[str]

    def __init__(self, name: str, args: OpenStackDataPlaneArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("rhoso:openstack:OpenStackDataPlane", name, None, opts)
        self._name, self._args = name, args
        prints = data_plane_secrets.fingerprints(args.settings, args.credentials)
        computes = node_set.render(args.settings, args.plan, prints)
        members = self._members()
        made, set_up = self._nodes(computes, members)
        # A lab whose settings go back to what they were must be deployed again too: what was written last counts, and
        # who was retired meanwhile.
        written = Output.all(made.written, members.stdout).apply(_joined)
        run = written.apply(lambda told: deployment.render(computes, prints, written=told))
        self.deployed = run.apply(lambda manifest: str(manifest["metadata"]["name"]))
        self.ready = self._deployed(run, set_up)
        self.register_outputs({"deployed": self.deployed})

    def _held(self) -> list[Resource]:
        """What the computes are given to hold, and how the operators log in."""
        make = {"Secret": secret, "ConfigMap": config_map}
        args = self._args
        return [
            make[manifest["kind"]](f"{self._name}-{manifest['metadata']['name']}", manifest, self, [args.namespace])
            for manifest in data_plane_secrets.render(args.settings, args.credentials)
        ]

    def _nodes(self, computes: Mapping[str, Any], members: Resource) -> tuple[Applied, Resource]:
        """The node set, and what says that it is set up."""
        args, name, cluster = self._args, self._name, self._args.cluster
        namespace = args.settings.openstack.namespace
        free = gate(
            f"{name}-free",
            GateArgs(
                what="deployments that run",
                wait=waits.node_set_free(namespace),
                timeout=cluster.timeouts.deployment,
                kubeconfig=cluster.kubeconfig,
                written=[deployment.digest(computes["spec"], {}, {})],
            ),
            ResourceOptions(parent=self, depends_on=[args.control_plane.ready]),
        )
        machines = [machine.domain for machine in args.machines.values()]
        before = [members, free, *self._held(), *machines, *args.needs]
        made = applied(f"{name}-nodes", computes, self, before)
        wait = GateArgs(
            what="the computes' node set",
            wait=waits.node_set_ready(namespace),
            timeout=cluster.timeouts.node_set,
            kubeconfig=cluster.kubeconfig,
            written=[made.written],
        )
        ready: Resource = gate(f"{name}-set-up", wait, ResourceOptions(parent=self, depends_on=[made]))
        return made, ready

    def _members(self) -> command.local.Command:
        """Retires the computes that are no longer planned, before the node set forgets them."""
        args = self._args
        members = {node.name: str(node.ip) for node in args.plan.computes}
        ssh = {"user": args.settings.compute.user, "key": args.ssh.private}
        namespace = args.settings.openstack.namespace
        document = args.control_plane.client.apply(
            lambda client: {"members": members, "ssh": ssh, "retire": retire.render(namespace, client)}
        )
        step = OperationArgs(
            step="members",
            document=document,
            timeout=args.cluster.timeouts.deployment,
            kubeconfig=args.cluster.kubeconfig,
            sees_previous_output=True,
            arguments=[f"{name}={address}" for name, address in members.items()],
        )
        return operation(f"{self._name}-members", step, self, [args.control_plane.ready])

    def _deployed(self, run: Output[dict[str, Any]], nodes: Resource) -> command.local.Command:
        """One run over the computes. A run that failed is never repeated by its operator, so the step makes another."""
        args, cluster = self._args, self._args.cluster
        made = Applied(
            f"{self._name}-deployment",
            api_version=deployment.API_VERSION,
            kind=deployment.KIND,
            metadata=run.apply(lambda manifest: manifest["metadata"]),
            spec=run.apply(lambda manifest: manifest["spec"]),
            opts=ResourceOptions(parent=self, depends_on=[nodes]),
        )
        collection = spec.path(
            deployment.API_VERSION, "openstackdataplanedeployments", None, args.settings.openstack.namespace
        )
        step = OperationArgs(
            step="attempt",
            document=run.apply(
                lambda manifest: {
                    "what": f"deployment {manifest['metadata']['name']}",
                    "object": manifest,
                    "collection": collection,
                }
            ),
            timeout=cluster.timeouts.deployment,
            kubeconfig=cluster.kubeconfig,
            triggers=[self.deployed, made.written],
        )
        return operation(f"{self._name}-deployed", step, self, [made])


def _joined(known: Sequence[str]) -> str:
    """Of a node set's writing and what the members' step put out, what may not come again."""
    written, members = known
    retired = json.loads(members).get("retired", 0)
    return f"{written}/{retired}" if written.strip("/") or retired else ""
