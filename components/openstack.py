"""OpenStack, layer by layer: the second half of the story that ``__main__`` begins.

Order is only where rhoso.md says so. Operators, secrets, the nodes' networks and the computes' machines come up side by
side; the control plane needs most of them, the data plane needs the control plane and the machines.
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi import ResourceOptions

from components.cluster_access import ClusterAccess
from components.cluster_tuning import ClusterTuning
from components.computes import Computes
from components.existing_cluster import ExistingCluster
from components.minor_update import MinorUpdate, MinorUpdateArgs
from components.openshift_cluster import OpenShiftCluster
from components.openstack_control_plane import OpenStackControlPlane, OpenStackControlPlaneArgs
from components.openstack_data_plane import OpenStackDataPlane, OpenStackDataPlaneArgs
from components.openstack_namespace import OpenStackNamespace
from components.openstack_networking import OpenStackNetworking, OpenStackNetworkingArgs
from components.operators import Operators, OperatorsArgs
from components.verification import Verification, VerificationArgs
from manifests.credentials import Credentials, KeyPair
from network import Plan
from settings import Settings


@dataclass(frozen=True)
class OpenStackArgs:
    """``computes`` are the machines outside the cluster, which let in who holds ``ssh``."""

    settings: Settings
    plan: Plan
    credentials: Credentials
    ssh: KeyPair
    cluster: OpenShiftCluster | ExistingCluster
    computes: Computes


def openstack(args: OpenStackArgs, opts: ResourceOptions) -> list[pulumi.Resource]:
    """Every layer that the stack goes through; ``opts`` are those of what lives in the cluster. Returns what is done
    when OpenStack is as the settings want it, tried out or not."""
    settings, plan, credentials = args.settings, args.plan, args.credentials
    cluster = ClusterAccess(args.cluster.kubeconfig, settings.timeouts, args.cluster.is_shared, [args.cluster.ready])

    tuning = ClusterTuning("tuning", plan.stack, cluster, opts)
    operators = Operators("operators", OperatorsArgs(settings, plan, cluster), opts)
    space = OpenStackNamespace("openstack", settings.openstack.namespace, credentials, cluster, opts)
    networking = OpenStackNetworking(
        "openstack-networking",
        OpenStackNetworkingArgs(settings, plan, cluster, space.made, operators, tuning.ready),
        opts,
    )
    needs = [space.credentials, *networking.ready]
    control_plane = OpenStackControlPlane(
        "control-plane",
        OpenStackControlPlaneArgs(settings, plan, credentials, cluster, operators, space.made, needs),
        opts,
    )
    done, tested = [control_plane.ready], pulumi.Output.from_input("control-plane")
    has_data_plane = bool(plan.computes) and settings.reaches("dataplane")
    if has_data_plane:
        data_plane = OpenStackDataPlane(
            "data-plane",
            OpenStackDataPlaneArgs(
                settings,
                plan,
                credentials,
                args.ssh,
                cluster,
                space.made,
                control_plane,
                args.computes.machines,
                [networking.net_config, *networking.attachments],
            ),
            opts,
        )
        done, tested = [data_plane.ready], data_plane.deployed
    version = settings.openstack.version
    if version is not None:
        update = MinorUpdate("minor-update", MinorUpdateArgs(settings, has_data_plane, cluster, version, done), opts)
        done, tested = [update.done], tested.apply(lambda deployed: f"{deployed} of {version}")
    if settings.reaches("verified") and has_data_plane:
        Verification("verification", VerificationArgs(settings, plan, cluster, tested, done), opts)
    return list(done)
