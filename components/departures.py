"""``Departures``: workers that are no longer planned leave the cluster, before their machines go.

The engine deletes at the end of a run, so their machines go last of all. ``after`` is what must have become smaller
before: a replica that has no other place would never leave.
"""

from __future__ import annotations

from collections.abc import Sequence

from pulumi import ComponentResource, Output, Resource, ResourceOptions

from components.operation import OperationArgs, operation
from network import Plan
from settings import Settings


class Departures(ComponentResource):
    """Nothing waits for it: what is done is done without those who leave."""

    def __init__(
        self,
        name: str,
        settings: Settings,
        plan: Plan,
        kubeconfig: Output[str],
        after: Sequence[Resource],
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("rhoso:openshift:Departures", name, None, opts)
        workers = [f"{node.name}={node.ip}" for node in plan.workers]
        released = [f"--released={worker}" for worker in settings.topology.workers.released]
        step = OperationArgs(
            step="leave",
            document={},
            timeout=settings.timeouts.leaving,
            kubeconfig=kubeconfig,
            sees_previous_output=True,
            arguments=[*workers, *released],
        )
        operation(f"{name}-left", step, self, after)
        self.register_outputs({})
