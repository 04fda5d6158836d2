"""A rendered Kubernetes object as a resource."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi_kubernetes as kubernetes
from pulumi import CustomResource, CustomTimeouts, Output, Resource, ResourceOptions

_FORCED = {"pulumi.com/patchForce": "true"}
"""What a person has changed by hand is put back, instead of a conflict between the writer and this stack (traps.md 21).
Fields that the stack does not declare stay whoever's they are."""


class Applied(kubernetes.apiextensions.CustomResource):  # type: ignore[misc]
    """An object of a kind that a definition in the cluster brings. The SDK's class doesn't declare what it reads."""

    metadata: Output[dict[str, Any]]

    @property
    def written(self) -> Output[str]:
        """Changes with every write of the spec, and when the object is made anew, so that a gate behind it waits again
        (traps.md 16)."""
        return self.metadata.apply(lambda known: f"{known.get('uid', '')}/{known.get('generation', '')}")


def applied(
    name: str,
    manifest: Mapping[str, Any],
    parent: Resource,
    after: Sequence[Resource | Output[Any]] = (),
    deleted_within: int | None = None,
) -> Applied:
    """``manifest`` is complete: apiVersion, kind, metadata and spec; the latter two may be known only later.
    ``deleted_within``: seconds, where the provider's ten minutes are too few."""
    limit = ResourceOptions(custom_timeouts=CustomTimeouts(delete=f"{deleted_within}s") if deleted_within else None)
    return Applied(
        name,
        api_version=manifest["apiVersion"],
        kind=manifest["kind"],
        metadata=_forced(manifest["metadata"]),
        spec=manifest["spec"],
        opts=ResourceOptions.merge(_options(parent, after), limit),
    )


def namespace(
    name: str, manifest: Mapping[str, Any], parent: Resource, after: Sequence[Resource | Output[Any]] = ()
) -> CustomResource:
    """A Namespace."""
    made: CustomResource = kubernetes.core.v1.Namespace(
        name, metadata=_forced(manifest["metadata"]), opts=_options(parent, after)
    )
    return made


def secret(
    name: str, manifest: Mapping[str, Any], parent: Resource, after: Sequence[Resource | Output[Any]] = ()
) -> CustomResource:
    """A Secret, whose values are plain in ``manifest`` and encrypted in the state."""
    made: CustomResource = kubernetes.core.v1.Secret(
        name,
        metadata=_forced(manifest["metadata"]),
        type=manifest.get("type"),
        string_data=Output.secret(manifest["stringData"]),
        opts=_options(parent, after),
    )
    return made


def config_map(
    name: str, manifest: Mapping[str, Any], parent: Resource, after: Sequence[Resource | Output[Any]] = ()
) -> CustomResource:
    """A ConfigMap."""
    made: CustomResource = kubernetes.core.v1.ConfigMap(
        name, metadata=_forced(manifest["metadata"]), data=manifest["data"], opts=_options(parent, after)
    )
    return made


def _forced(metadata: Mapping[str, Any] | Output[dict[str, Any]]) -> Any:
    def forced(known: Mapping[str, Any]) -> dict[str, Any]:
        return {**known, "annotations": {**known.get("annotations", {}), **_FORCED}}

    return metadata.apply(forced) if isinstance(metadata, Output) else forced(metadata)


def _options(parent: Resource, after: Sequence[Resource | Output[Any]]) -> ResourceOptions:
    return ResourceOptions(parent=parent, depends_on=list(after))
