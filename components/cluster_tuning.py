"""``ClusterTuning``: the cluster's own network as OpenStack needs it (rhoso.md, S0).

It was installed so (manifests/install_manifests.py), which is why nothing is patched here; what is checked is that the
cluster says so.
"""

from __future__ import annotations

import pulumi_command as command
from pulumi import ComponentResource, ResourceOptions

from components import waits
from components.cluster_access import ClusterAccess
from components.gate import GateArgs, gate


class ClusterTuning(ComponentResource):
    """``ready`` once forwarding is on and rolled out."""

    ready: command.local.Command

    def __init__(self, name: str, cluster: ClusterAccess, opts: ResourceOptions | None = None) -> None:
        super().__init__("rhoso:openshift:ClusterTuning", name, None, opts)
        args = GateArgs("the cluster's own network", waits.tuning(), cluster.timeouts.api, cluster.kubeconfig)
        self.ready = gate(f"{name}-network", args, ResourceOptions(parent=self))
        self.register_outputs({})
