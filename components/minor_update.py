"""``MinorUpdate``: a running OpenStack follows its operator to another version (rhoso.md §4.22).

Only where a version is pinned: then raising it is one change of the settings, and this goes through upstream's sequence
with its waits. On a fresh lab, and while nothing changed, there is nothing to do and it says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi_command as command
from pulumi import ComponentResource, Resource, ResourceOptions

from components.cluster_access import ClusterAccess
from components.operation import OperationArgs, operation
from manifests import control_plane, node_set, operators
from manifests.release import RELEASES
from settings import Settings


@dataclass(frozen=True)
class MinorUpdateArgs:
    """``after`` is all that must be at rest before: control plane and, where there is one, data plane."""

    settings: Settings
    has_data_plane: bool
    cluster: ClusterAccess
    version: str
    after: Sequence[Resource]


class MinorUpdate(ComponentResource):
    """``done`` when the whole of OpenStack runs the operator's version."""

    done: command.local.Command

    def __init__(self, name: str, args: MinorUpdateArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("rhoso:openstack:MinorUpdate", name, None, opts)
        openstack = args.settings.openstack
        new = RELEASES[openstack.release].update_services
        step = OperationArgs(
            step="update",
            document={
                "namespace": openstack.namespace,
                "control_plane": control_plane.NAME,
                "node_set": node_set.NAME,
                "services": [["ovn"], ["update-services"], ["update-system"]] if new else [["ovn"], ["update"]],
                "skip_data_plane": not args.has_data_plane,
                # What it is the release of: for a moment after its own object is ready, OpenStack tells the old one.
                "csv": {"namespace": operators.NAMESPACE, "name": openstack.csv},
            },
            timeout=args.cluster.timeouts.update,
            kubeconfig=args.cluster.kubeconfig,
            triggers=[args.version, str(args.has_data_plane)],
        )
        self.done = operation(f"{name}-done", step, self, args.after)
        self.register_outputs({"version": args.version})
