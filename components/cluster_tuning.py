"""``ClusterTuning``: the cluster's own network as OpenStack needs it (rhoso.md, S0).

The stack's own cluster was installed so (manifests/install_manifests.py), which is why nothing is patched there; what
is checked is that the cluster says so. One that somebody else installed is changed, and changed back when the stack
goes.
"""

from __future__ import annotations

import pulumi_command as command
from pulumi import ComponentResource, Resource, ResourceOptions

from components import waits
from components.cluster_access import ClusterAccess
from components.gate import GateArgs, gate
from components.teardown import undone


class ClusterTuning(ComponentResource):
    """``ready`` once forwarding is on and rolled out."""

    ready: command.local.Command

    def __init__(self, name: str, stack: str, cluster: ClusterAccess, opts: ResourceOptions | None = None) -> None:
        super().__init__("rhoso:openshift:ClusterTuning", name, None, opts)
        timeout = cluster.timeouts.api
        changed: list[Resource] = []
        if cluster.is_shared:
            changed = [undone(f"{name}-forwarding", ("tune", "untune"), {"by": stack}, timeout, cluster, self, ())]
        args = GateArgs("the cluster's own network", waits.tuning(), timeout, cluster.kubeconfig)
        self.ready = gate(f"{name}-network", args, ResourceOptions(parent=self, depends_on=changed))
        self.register_outputs({})
