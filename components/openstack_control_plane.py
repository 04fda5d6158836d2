"""``OpenStackControlPlane``: everything of OpenStack that runs in the cluster (rhoso.md, S8)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi_command as command
from pulumi import ComponentResource, Input, Output, Resource, ResourceOptions

from components import waits
from components.cluster_access import ClusterAccess
from components.gate import GateArgs, gate
from components.objects import Applied, applied
from components.operation import OperationArgs, operation
from components.operators import Operators
from components.teardown import teardown
from manifests import control_plane, osp_secret, topology
from manifests.credentials import Credentials
from network import Plan
from readiness import spec
from settings import Settings


@dataclass(frozen=True)
class OpenStackControlPlaneArgs:
    """``needs`` must be there before: its secret, its networks, the nodes' own."""

    settings: Settings
    plan: Plan
    credentials: Credentials
    cluster: ClusterAccess
    operators: Operators
    namespace: Resource
    needs: Sequence[Resource]


class OpenStackControlPlane(ComponentResource):
    """``ready`` when OpenStack says so; ``client`` is then the container image with OpenStack's command line."""

    made: Applied
    ready: command.local.Command
    client: Output[str]

    def __init__(self, name: str, args: OpenStackControlPlaneArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("rhoso:openstack:OpenStackControlPlane", name, None, opts)
        openstack, cluster, operators = args.settings.openstack, args.cluster, args.operators
        spread = applied(
            f"{name}-topology", topology.render(openstack.namespace), self, [args.namespace, operators.openstack]
        )
        served = [operators.openstack, operators.cert_manager, operators.storage]
        if operators.observability is not None:
            served.append(operators.observability)
        left = self._leftovers(name, args)
        needs: list[Resource] = [spread, *served, *args.needs, *left]
        manifest = control_plane.render(args.settings, args.plan)
        self.made = applied(name, manifest, self, needs, deleted_within=cluster.timeouts.control_plane)
        self.ready = gate(
            f"{name}-ready",
            GateArgs(
                what="OpenStack's control plane",
                wait=waits.control_plane_ready(openstack.namespace, openstack.version is not None),
                timeout=cluster.timeouts.control_plane,
                kubeconfig=cluster.kubeconfig,
                # Its operators take up a new password by themselves.
                written=[self.made.written, _fingerprint(args.credentials)],
            ),
            ResourceOptions(parent=self, depends_on=[self.made]),
        )
        self.client = client_image(
            f"{name}-images", openstack.namespace, cluster, [openstack.version or ""], self, [self.ready]
        )
        self.register_outputs({"client": self.client})

    def _leftovers(self, name: str, args: OpenStackControlPlaneArgs) -> list[Resource]:
        """Claims outlive what they were made for, and a namespace must be empty before the operators go, or what is in
        it has nobody to end it (rhoso.md §4.12, §4.17)."""
        namespace, operators, cluster = args.settings.openstack.namespace, args.operators, args.cluster
        document = {
            "gone": {"pods": spec.path("v1", "pods", None, namespace)},
            "delete": {"PersistentVolumeClaim": spec.path("v1", "persistentvolumeclaims", None, namespace)},
        }
        before = [args.namespace, operators.openstack, operators.storage]
        return teardown(f"{name}-leftovers", document, cluster.timeouts.control_plane, cluster, self, before)


def _fingerprint(credentials: Credentials) -> str:
    return credentials.fingerprint(repr(sorted(osp_secret.data(credentials).items())))


def client_image(
    name: str,
    namespace: str,
    cluster: ClusterAccess,
    triggers: Sequence[Input[str]],
    parent: Resource,
    after: Sequence[Resource],
) -> Output[str]:
    """The container image with OpenStack's command line, as its present version has it; read anew with ``triggers``."""
    version = spec.path(control_plane.API_VERSION, "openstackversions", control_plane.NAME, namespace)
    field = "status.containerImages.openstackClientImage"
    read = OperationArgs(
        step="read",
        document={"fields": {"client": {"path": version, "field": field}}},
        timeout=cluster.timeouts.api,
        kubeconfig=cluster.kubeconfig,
        triggers=triggers,
    )
    known: Output[str] = operation(name, read, parent, after).stdout
    return known.apply(lambda stdout: str(json.loads(stdout)["client"]))
