"""The layers of the program and what each needs, for the picture of the order.

A table of its own, because the picture shall say in words what a layer makes and waits for, which no graph of
resources tells. That it has the program's edges, no more and no fewer, is a test's business: tests/pictures runs the
program and compares.
"""

from __future__ import annotations

from dataclasses import dataclass

from network import Role


@dataclass(frozen=True, slots=True)
class Layer:
    """One component of the program.

    `needs` names only the layers that nothing else in `needs` already waits for. `makes` and `waits_until` are for
    people. An empty `waits_until` means that a layer is done when its objects are made. `machines` are the roles
    whose machines it makes.
    """

    name: str
    needs: tuple[str, ...]
    makes: str
    waits_until: str = ""
    machines: tuple[Role, ...] = ()


LAYERS = (
    Layer(
        "Blueprint",
        (),
        "the record of the settings that must not change silently",
        "its check has accepted every changed setting",
    ),
    Layer("KvmHost", ("Blueprint",), "the connection to libvirt and the stack's storage pool"),
    Layer("KvmNetworks", ("KvmHost",), "libvirt networks for the machines, OpenStack's control plane and the outside"),
    Layer(
        "ClusterMachines",
        ("KvmNetworks",),
        "agent ISO and the machines that boot it",
        "the ISO is not too old; machines run",
        (Role.MASTER, Role.WORKER),
    ),
    Layer(
        "Computes",
        ("KvmNetworks",),
        "RHEL image, cloud-init disks, machines",
        "machines run",
        (Role.COMPUTE,),
    ),
    Layer(
        "OpenShiftCluster",
        ("ClusterMachines",),
        "the record of the installation, kubeconfig, kubeadmin's password, Kubernetes provider",
        "bootstrap-complete, then install-complete, then every planned node is Ready, also who joins later",
    ),
    Layer(
        "ClusterTuning",
        ("OpenShiftCluster",),
        "nothing: the network was installed as OpenStack needs it",
        "forwarding is on and rolled out",
    ),
    Layer(
        "Operators",
        ("OpenShiftCluster",),
        "cert-manager, MetalLB, NMState, LVM storage and OpenStack's operator, and what each needs to start working",
        "installed, webhooks have endpoints, own objects ready",
    ),
    Layer("OpenStackNamespace", ("OpenShiftCluster",), "the namespace and osp-secret"),
    Layer(
        "OpenStackNetworking",
        ("ClusterTuning", "Operators", "OpenStackNamespace"),
        "a policy a node, network attachments, address pools, NetConfig",
        "NICs have the planned MACs, then every policy is configured",
    ),
    Layer(
        "OpenStackControlPlane",
        ("OpenStackNetworking",),
        "OpenStack's services in the cluster, spread over its nodes",
        "OpenStackControlPlane is Ready",
    ),
    Layer(
        "OpenStackDataPlane",
        ("Computes", "OpenStackControlPlane"),
        "what computes hold, the node set, a deployment named by what it deploys",
        "no other deployment runs; the node set is set up; the deployment is Ready",
    ),
    Layer(
        "Departures",
        ("OpenStackDataPlane",),
        "nothing: workers that are no longer planned leave the cluster",
        "none of their volumes is needed, their pods run elsewhere, their Nodes are deleted",
    ),
    Layer(
        "Verification",
        ("OpenStackDataPlane",),
        "a job that boots an instance",
        "the instance has reached the external gateway",
    ),
)
"""All layers, a layer after those that it needs; layers of one rank are drawn in this order from the left."""
