"""``Operator``: one operator from its Subscription to an operator that works (rhoso.md, S1 to S4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pulumi import ComponentResource, Resource, ResourceOptions

from components import waits
from components.cluster_access import ClusterAccess
from components.gate import GateArgs, gate
from components.objects import Applied, applied, namespace
from components.operation import OperationArgs, operation
from components.teardown import named, teardown, unclaimed
from manifests import operators


@dataclass(frozen=True)
class OperatorArgs:
    """``init`` makes it work once it is installed, and is done when ``initialised`` holds; both are none where
    installing is all. ``init_after`` comes before ``init``. ``init_timeout`` is in seconds."""

    cluster: ClusterAccess
    operator: operators.Operator
    init: Mapping[str, Any] | None = None
    initialised: Sequence[Mapping[str, Any]] = ()
    init_timeout: int = 0
    init_after: Sequence[Resource] = ()


class Operator(ComponentResource):
    """``installed`` when its kinds are served and its webhooks answer; ``ready`` when its own object is done too."""

    installed: Resource
    ready: Resource

    def __init__(self, name: str, args: OperatorArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("rhoso:openshift:Operator", name, None, opts)
        self._name, self._args = name, args
        subscription, approved = self._subscribed()
        cluster = args.cluster
        self.installed = gate(
            f"{name}-installed",
            GateArgs(
                what=f"operator {args.operator.key}",
                wait=waits.installed(args.operator, args.init),
                timeout=cluster.timeouts.operators,
                kubeconfig=cluster.kubeconfig,
                written=[subscription.written],
            ),
            ResourceOptions(parent=self, depends_on=[subscription, *approved, *self._uninstalled(subscription)]),
        )
        self.ready = self._initialised(args.init) if args.init is not None else self.installed
        self.register_outputs({})

    def _subscribed(self) -> tuple[Applied, Sequence[Resource]]:
        """The Subscription, and the approval of the one version that it may install, where that is pinned."""
        args, name = self._args, self._name
        *before, subscription = operators.render(args.operator)
        inits = [args.init] if args.init is not None else []
        free = unclaimed(
            f"{name}-unclaimed", [*before, subscription, *inits, *args.operator.leaves], args.cluster, self
        )
        made: list[Resource] = []
        for manifest in before:
            called = f"{name}-{manifest['kind'].lower()}"
            if manifest["kind"] == "Namespace":
                made.append(namespace(called, manifest, self, free))
            else:
                made.append(applied(called, manifest, self, [*free, *made[:1]]))
        subscribed = applied(f"{name}-subscription", subscription, self, [*free, *made])
        csv = args.operator.csv
        if csv is None:
            return subscribed, ()
        approve = OperationArgs(
            step="approve",
            document={"namespace": args.operator.namespace, "subscription": args.operator.subscription, "csv": csv},
            timeout=args.cluster.timeouts.install_plan,
            kubeconfig=args.cluster.kubeconfig,
            triggers=[csv, subscribed.written],
        )
        return subscribed, [operation(f"{name}-approval", approve, self, [subscribed])]

    def _uninstalled(self, subscription: Resource) -> Sequence[Resource]:
        operator, cluster = self._args.operator, self._args.cluster
        document = {
            "subscription": {"namespace": operator.namespace, "name": operator.subscription},
            "objects": named(operator.leaves),
        }
        timeout = cluster.timeouts.initialisation
        return teardown(f"{self._name}-uninstalled", document, timeout, cluster, self, [subscription])

    def _initialised(self, init: Mapping[str, Any]) -> Resource:
        args = self._args
        made = applied(f"{self._name}-init", init, self, [self.installed, *args.init_after])
        wait = GateArgs(
            what=f"{init['kind']} {init['metadata']['name']}",
            wait=args.initialised,
            timeout=args.init_timeout,
            kubeconfig=args.cluster.kubeconfig,
            # An operator of another version does its work anew.
            written=[made.written, args.operator.csv or ""],
        )
        ready: Resource = gate(f"{self._name}-ready", wait, ResourceOptions(parent=self, depends_on=[made]))
        return ready
