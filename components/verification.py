"""``Verification``: an instance boots and answers; on request Tempest too (rhoso.md, S12)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi_command as command
import pulumi_kubernetes as kubernetes
from pulumi import ComponentResource, Input, Output, Resource, ResourceOptions

from components.cluster_access import ClusterAccess
from components.objects import Applied, config_map
from components.openstack_control_plane import client_image
from components.operation import OperationArgs, operation
from manifests import smoke_test, tempest
from network import Plan
from readiness import spec
from settings import Settings

_MARGIN = 120
"""Seconds by which the step outlives the Job's own limit, so that the Job says what went wrong."""


@dataclass(frozen=True)
class VerificationArgs:
    """``tested`` names what is tested: another name is another test. ``after`` comes before."""

    settings: Settings
    plan: Plan
    cluster: ClusterAccess
    tested: Output[str]
    after: Sequence[Resource]


class Verification(ComponentResource):
    """``passed`` when an instance of the smoke test has reached the external gateway."""

    passed: command.local.Command

    def __init__(self, name: str, args: VerificationArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("rhoso:openstack:Verification", name, None, opts)
        self._name, self._args = name, args
        self.passed = self._smoke_test()
        if args.settings.verification.tempest:
            self._tempest()
        self.register_outputs({})

    def _smoke_test(self) -> command.local.Command:
        args, name, settings = self._args, self._name, self._args.settings
        image, limit = settings.verification.image, settings.timeouts.verification
        guest = smoke_test.Guest(image.url, image.sha256)
        timeout = smoke_test.timeout_within(limit - _MARGIN)

        def rendered(client: str, tested: str) -> list[dict[str, Any]]:
            return smoke_test.render(settings, args.plan, client, guest, after=tested, timeout=timeout)

        client = client_image(
            f"{name}-images", settings.openstack.namespace, args.cluster, [args.tested], self, args.after
        )
        # Who runs them and for what matters to the Job alone.
        scripts = config_map(f"{name}-scripts", rendered("", "")[0], self, args.after)
        job = Output.all(client, args.tested).apply(lambda known: rendered(*known)[1])
        made = kubernetes.batch.v1.Job(
            f"{name}-smoke-test",
            # The step below waits, and says more than the provider does.
            metadata=job.apply(lambda j: {**j["metadata"], "annotations": {"pulumi.com/skipAwait": "true"}}),
            spec=job.apply(lambda j: j["spec"]),
            opts=ResourceOptions(parent=self, depends_on=[scripts, *args.after]),
        )
        return self._attempt("passed", "the smoke test", job, spec.path("batch/v1", "jobs", None), limit, made)

    def _tempest(self) -> None:
        args, settings = self._args, self._args.settings

        def rendered(tested: str) -> dict[str, Any]:
            return tempest.render(settings, image=settings.verification.image.url, after=tested)

        run = args.tested.apply(rendered)
        made = Applied(
            f"{self._name}-tempest",
            api_version=tempest.API_VERSION,
            kind=tempest.KIND,
            metadata=run.apply(lambda manifest: manifest["metadata"]),
            spec=run.apply(lambda manifest: manifest["spec"]),
            opts=ResourceOptions(parent=self, depends_on=[self.passed]),
        )
        collection = spec.path(tempest.API_VERSION, "tempests", None)
        self._attempt("tempest-passed", "Tempest", run, collection, settings.timeouts.tempest, made)

    def _attempt(
        self,
        name: str,
        what: str,
        manifest: Output[dict[str, Any]],
        collection: str,
        timeout: int,
        made: Resource,
    ) -> command.local.Command:
        """What ran once and failed is never run again by its controller, so the step makes another."""
        api, _, plural = collection.rpartition("/")
        where = f"{api}/namespaces/{self._args.settings.openstack.namespace}/{plural}"
        document: Callable[[dict[str, Any]], dict[str, Any]] = lambda run: {  # noqa: E731
            "what": what,
            "object": run,
            "collection": where,
        }
        triggers: list[Input[Any]] = [manifest.apply(lambda run: run["metadata"]["name"])]
        step = OperationArgs("attempt", manifest.apply(document), timeout, self._args.cluster.kubeconfig, triggers)
        return operation(f"{self._name}-{name}", step, self, [made])
