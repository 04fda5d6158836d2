"""The whole lab as one dependency graph: reading this once tells the whole story."""

import pulumi

from components import configuration, regime
from components.blueprint import Blueprint
from components.cluster_machines import ClusterMachines, ClusterMachinesArgs
from components.computes import Computes, ComputesArgs
from components.kvm_host import KvmHost
from components.kvm_networks import KvmNetworks
from components.openshift_cluster import OpenShiftCluster, OpenShiftClusterArgs
from components.openstack import OpenStackArgs, openstack
from manifests.credentials import Credentials
from network import plan as make_plan
from network.record import record
from settings.changes import facts

settings = configuration.load()
plan = make_plan(settings)
credentials = Credentials(settings.secret.get_secret_value(), settings.rotation)
node_key, compute_key = credentials.key_pair("cluster-nodes"), credentials.key_pair("computes")

blueprint = Blueprint("blueprint", settings.generation, facts(settings, credentials.fingerprint), record(plan))
regime.apply(settings.generation, blueprint)

host = KvmHost("host", settings.host, plan, settings.generation)
on_host = pulumi.ResourceOptions(providers=[host.provider])
networks = KvmNetworks("networks", plan, on_host)

if settings.reaches("machines"):
    computes = Computes("computes", ComputesArgs(settings, plan, compute_key.public, host.pool, networks.ids), on_host)
    machines = ClusterMachines(
        "cluster", ClusterMachinesArgs(settings, plan, node_key.public, host.pool, networks.ids), on_host
    )
    pulumi.export("machines", {node.name: str(node.ip) for node in plan.nodes})
    pulumi.export("nodeSshKey", pulumi.Output.secret(node_key.private))
    pulumi.export("computeSshKey", pulumi.Output.secret(compute_key.private))

if settings.reaches("openshift"):
    cluster = OpenShiftCluster("openshift", OpenShiftClusterArgs(settings, plan, machines))
    # What lives in the cluster goes with it: a destroy never talks to a dying API server.
    in_cluster = pulumi.ResourceOptions(providers=[cluster.provider], deleted_with=cluster.record)
    pulumi.export("api", f"https://api.{plan.cluster_domain}:6443 at {plan.api_vips[0]}")
    pulumi.export("console", f"https://console-openshift-console.apps.{plan.cluster_domain} at {plan.ingress_vips[0]}")
    pulumi.export("kubeconfig", cluster.kubeconfig)
    pulumi.export("kubeadminPassword", cluster.password)

if settings.reaches("openstack"):
    openstack(OpenStackArgs(settings, plan, credentials, compute_key, cluster, computes), in_cluster)
