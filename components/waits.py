"""What each layer inside the cluster waits for, as checks of ``readiness.spec``.

Pure functions of the plan: the conditions are rhoso.md's (S0 to S12), the objects' own word for being done.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from manifests import control_plane, metallb, net_config, nmstate_policies, node_set, operators, topology
from manifests.operators import Operator
from manifests.release import RELEASES
from network import Plan
from readiness import spec
from settings.openstack import OpenStack

Checks = list[dict[str, Any]]

_WEBHOOKS = ("openstack-operator", "openstack-baremetal-operator", "infra-operator")


def tuning() -> Checks:
    """Forwarding between all interfaces is on, and the network operator has rolled it out (S0)."""
    network = spec.path("operator.openshift.io/v1", "networks", "cluster")
    rolled_out = spec.path("config.openshift.io/v1", "clusteroperators", "network")
    forwarding = "spec.defaultNetwork.ovnKubernetesConfig.gatewayConfig.ipForwarding"
    return [
        spec.field("Network cluster", network, forwarding, "Global"),
        spec.has_condition("ClusterOperator network", rolled_out, spec.condition("Available")),
        spec.has_condition("ClusterOperator network", rolled_out, spec.condition("Progressing", "False")),
    ]


def installed(operator: Operator, init: Mapping[str, Any] | None) -> Checks:
    """OLM says that it is installed, and the cluster would take the object ``init`` that is made next (S1)."""
    return [
        spec.csv(operator.subscription, operator.namespace, operator.csv),
        *_INSTALLED.get(operator.key, []),
        *([accepted(init)] if init is not None else []),
    ]


def accepted(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Every webhook on the way of an object answers: that its Service has endpoints does not say so yet."""
    kind, metadata = manifest["kind"], manifest["metadata"]
    collection = spec.path(manifest["apiVersion"], _PLURALS[kind], None, metadata.get("namespace"))
    return spec.accepts(f"{kind} {metadata['name']}", collection, manifest)


_PLURALS = {
    "MetalLB": "metallbs",
    "NMState": "nmstates",
    "LVMCluster": "lvmclusters",
    "OpenStack": "openstacks",
    "IPAddressPool": "ipaddresspools",
    "L2Advertisement": "l2advertisements",
    "NetConfig": "netconfigs",
    "Topology": "topologies",
    "OpenStackControlPlane": "openstackcontrolplanes",
}


_INSTALLED: dict[str, Checks] = {
    "cert-manager": [
        *(
            spec.pods(f"cert-manager's {app}", "cert-manager", {"app": app}, 1)
            for app in ("cert-manager", "cainjector")
        ),
        spec.pods("cert-manager's webhook", "cert-manager", {"app": "webhook"}, 1),
        spec.endpoints("cert-manager-webhook", "cert-manager"),
        spec.crd("certificates.cert-manager.io"),
        spec.crd("issuers.cert-manager.io"),
    ],
    "metallb": [
        spec.pods("MetalLB's operator", metallb.NAMESPACE, {"control-plane": "controller-manager"}, 1),
        spec.pods("MetalLB's webhook server", metallb.NAMESPACE, {"component": "webhook-server"}, 1),
        spec.endpoints("metallb-operator-webhook-server-service", metallb.NAMESPACE),
        spec.crd("metallbs.metallb.io"),
        spec.crd("ipaddresspools.metallb.io"),
        spec.crd("l2advertisements.metallb.io"),
    ],
    "nmstate": [spec.crd("nmstates.nmstate.io")],
    "lvms": [spec.crd("lvmclusters.lvm.topolvm.io")],
    "openstack": [spec.crd("openstacks.operator.openstack.org")],
}


def initialised(key: str, plan: Plan, openstack: OpenStack) -> Checks:
    """The object that makes an operator work has done so (S2 to S4)."""
    checks: dict[str, Checks] = {
        "metallb": [
            spec.has_condition(
                "MetalLB metallb",
                spec.path("metallb.io/v1beta1", "metallbs", "metallb", metallb.NAMESPACE),
                spec.condition("Available"),
            ),
            spec.pods("MetalLB's speakers", metallb.NAMESPACE, {"component": "speaker"}, len(plan.openstack_nodes)),
            *map(accepted, metallb.render(plan)[:2]),
        ],
        "nmstate": [
            spec.pods(
                "NMState's handlers",
                "openshift-nmstate",
                {"component": "kubernetes-nmstate-handler"},
                len(plan.cluster_nodes),
            ),
            spec.endpoints("nmstate-webhook", "openshift-nmstate"),
            spec.crd("nodenetworkconfigurationpolicies.nmstate.io"),
        ],
        "lvms": [
            spec.lvm_cluster("lvmcluster", "openshift-lvm-storage"),
            *storage_class_exists(openstack.storage.storage_class),
        ],
        "openstack": [
            spec.has_condition(
                "OpenStack openstack",
                spec.path("operator.openstack.org/v1beta1", "openstacks", "openstack", operators.NAMESPACE),
                spec.condition("Ready"),
            ),
            *(spec.endpoints(f"{name}-webhook-service", operators.NAMESPACE) for name in _WEBHOOKS),
            *(spec.crd(name) for name in (net_config.CRD, topology.CRD, control_plane.CRD, node_set.CRD)),
            fits(openstack.release),
        ],
    }
    return checks[key]


def fits(release: str) -> dict[str, Any]:
    """The operator that OLM has installed is of the feature release whose fields are written."""
    definition = spec.path("apiextensions.k8s.io/v1", "customresourcedefinitions", control_plane.CRD)
    version = control_plane.API_VERSION.rpartition("/")[2]
    return spec.release(definition, version, release, {name: known.fields for name, known in RELEASES.items()})


def storage_class_exists(name: str) -> Checks:
    """What claims are made of."""
    return [spec.exists(f"StorageClass {name}", spec.path("storage.k8s.io/v1", "storageclasses", name))]


def nics(plan: Plan) -> Checks:
    """Every NIC of every node that a policy will touch has its planned MAC under its planned name."""
    return [spec.interfaces(node.name, {nic.name: nic.mac for nic in node.nics}) for node in plan.openstack_nodes]


def policies(plan: Plan) -> Checks:
    """The nodes' networks are as the policies want them (S6)."""
    return [spec.policies(policy["metadata"]["name"] for policy in nmstate_policies.render(plan))]


def control_plane_ready(namespace: str, update_follows: bool) -> Checks:
    """OpenStack runs in the cluster (S8), or is being updated by a later step, which then is the judge."""
    return [spec.control_plane(control_plane.NAME, namespace, update_follows)]


def node_set_free(namespace: str) -> Checks:
    """Nothing is being deployed: the webhook refuses any change of a node set meanwhile (rhoso.md §4.2)."""
    return [spec.no_running_deployment(namespace)]


def node_set_ready(namespace: str) -> Checks:
    """The node set is ready to be deployed (S9)."""
    where = spec.path(node_set.API_VERSION, "openstackdataplanenodesets", node_set.NAME, namespace)
    return [spec.has_condition("OpenStackDataPlaneNodeSet", where, spec.condition("SetupReady"))]
