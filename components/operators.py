"""``Operators``: every operator of the lab. None waits for another, but for one: OpenStack's own asks cert-manager for
the certificates of its webhooks."""

from __future__ import annotations

from dataclasses import dataclass

from pulumi import ComponentResource, Resource, ResourceOptions

from components import waits
from components.cluster_access import ClusterAccess
from components.gate import GateArgs, gate
from components.operator import Operator, OperatorArgs
from manifests import operator_init, operators
from network import Plan
from settings import Settings


@dataclass(frozen=True)
class OperatorsArgs:
    """``after`` comes before the first object on the nodes: what rolls the cluster's own network must be over."""

    settings: Settings
    plan: Plan
    cluster: ClusterAccess


class Operators(ComponentResource):
    """Each attribute is done when that operator's kinds can be used."""

    cert_manager: Resource
    metallb: Resource
    nmstate: Resource
    storage: Resource
    openstack: Resource
    observability: Resource | None

    def __init__(self, name: str, args: OperatorsArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("rhoso:openshift:Operators", name, None, opts)
        self._args = args
        self._known = {operator.key: operator for operator in operators.operators(args.settings)}
        self.cert_manager = self._plain("cert-manager")
        self.metallb = self._with_init("metallb")
        self.nmstate = self._with_init("nmstate")
        self.storage = self._with_init("lvms") if "lvms" in self._known else self._storage_class()
        self.openstack = self._with_init("openstack", self.cert_manager)
        self.observability = self._plain("observability") if "observability" in self._known else None
        self.register_outputs({"operators": sorted(self._known)})

    def _plain(self, key: str) -> Resource:
        args = OperatorArgs(self._args.cluster, self._known[key])
        return Operator(f"{key}-operator", args, ResourceOptions(parent=self)).ready

    def _storage_class(self) -> Resource:
        """A class that somebody else provides."""
        cluster, name = self._args.cluster, self._args.settings.openstack.storage.storage_class
        wait = GateArgs("the storage class", waits.storage_class_exists(name), cluster.timeouts.api, cluster.kubeconfig)
        there: Resource = gate("storage-class", wait, ResourceOptions(parent=self))
        return there

    def _with_init(self, key: str, *after: Resource) -> Resource:
        args, timeouts = self._args, self._args.cluster.timeouts
        made = Operator(
            f"{key}-operator",
            OperatorArgs(
                cluster=args.cluster,
                operator=self._known[key],
                init=_INIT[key](),
                initialised=waits.initialised(key, args.plan, args.settings.openstack),
                init_timeout=timeouts.storage if key == "lvms" else timeouts.initialisation,
                init_after=after,
            ),
            ResourceOptions(parent=self),
        )
        return made.ready


_INIT = {
    "metallb": operator_init.metallb,
    "nmstate": operator_init.nmstate,
    "lvms": operator_init.lvm_cluster,
    "openstack": operator_init.openstack,
}
