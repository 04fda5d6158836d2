"""The whole lab as one dependency graph: reading this once tells the whole story."""

import pulumi

from components import configuration, regime
from components.blueprint import Blueprint
from components.cluster_machines import ClusterMachines, ClusterMachinesArgs
from components.computes import Computes, ComputesArgs
from components.departures import Departures
from components.existing_cluster import ExistingCluster
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
everything = regime.apply(settings.generation, blueprint, settings.production)

host = KvmHost("host", settings.host, plan, settings.generation)
on_host = pulumi.ResourceOptions(providers=[host.provider])
networks = KvmNetworks("networks", plan, on_host)

existing = settings.openshift.existing.is_used
if settings.reaches("machines"):
    computes = Computes("computes", ComputesArgs(settings, plan, compute_key.public, host.pool, networks.ids), on_host)
    pulumi.export("machines", {node.name: str(node.ip) for node in plan.nodes})
    pulumi.export("computeSshKey", pulumi.Output.secret(compute_key.private))

if settings.reaches("machines") and not existing:
    machines_args = ClusterMachinesArgs(settings, plan, node_key.public, host.pool, networks.ids)
    machines = ClusterMachines("cluster", machines_args, on_host)
    pulumi.export("nodeSshKey", pulumi.Output.secret(node_key.private))

if settings.reaches("openshift"):
    cluster = (
        ExistingCluster("openshift", settings, plan)
        if existing
        else OpenShiftCluster("openshift", OpenShiftClusterArgs(settings, plan, machines))
    )
    # What lives in the cluster goes with it: a destroy never talks to a dying API server.
    in_cluster = pulumi.ResourceOptions(providers=[cluster.provider], deleted_with=cluster.record)
    pulumi.export("kubeconfig", cluster.kubeconfig)
    for name, value in cluster.outputs.items():
        pulumi.export(name, value)
    settled = [cluster.ready]
    if settings.reaches("openstack"):
        settled = openstack(OpenStackArgs(settings, plan, credentials, compute_key, cluster, computes), in_cluster)
    if not existing:
        Departures("departures", settings, plan, cluster.kubeconfig, settled)
regime.seal(everything, settings.production)
