"""What the policy SDK hands over, as plain data for the rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_policy import PolicyResource, ResourceValidationArgs
from pulumi_policy.proxy import (
    UNKNOWN_ARCHIVE_VALUE,
    UNKNOWN_ARRAY_VALUE,
    UNKNOWN_ASSET_VALUE,
    UNKNOWN_BOOLEAN_VALUE,
    UNKNOWN_NUMBER_VALUE,
    UNKNOWN_OBJECT_VALUE,
    UNKNOWN_STRING_VALUE,
)
from pulumi_policy.secret import Secret

from policy.model import UNKNOWN, Hidden, Resource

_UNKNOWNS = frozenset(
    [
        *(UNKNOWN_ARCHIVE_VALUE, UNKNOWN_ARRAY_VALUE, UNKNOWN_ASSET_VALUE, UNKNOWN_BOOLEAN_VALUE),
        *(UNKNOWN_NUMBER_VALUE, UNKNOWN_OBJECT_VALUE, UNKNOWN_STRING_VALUE),
    ]
)
# The SDK's proxies give what they stand before by this key; any other access of an unknown value raises an error that
# makes the engine skip the whole rule with a mere warning.
_BEHIND = "__target"


def one(args: ResourceValidationArgs) -> Resource:
    """A resource by itself, before it is made: its inputs."""
    return Resource(
        urn=args.urn,
        type=args.resource_type,
        name=args.name,
        props=plain(args.props),
        protected=args.opts.protect,
        secret_outputs=frozenset(args.opts.additional_secret_outputs),
    )


def all_of(resources: Sequence[PolicyResource], asked: Mapping[str, Resource]) -> list[Resource]:
    """The whole stack at the end of a preview or run: outputs, and what is not known of them as it was asked for (by
    URN). Before a provider is configured a preview knows no outputs at all."""
    return [
        Resource(
            urn=resource.urn,
            type=resource.resource_type,
            name=resource.name,
            props=_known(plain(resource.props), asked.get(resource.urn)),
            dependencies=frozenset(other.urn for other in resource.dependencies),
            protected=resource.opts.protect,
            secret_outputs=frozenset(resource.opts.additional_secret_outputs),
        )
        for resource in resources
    ]


def _known(outputs: Mapping[str, Any], asked: Resource | None) -> Mapping[str, Any]:
    inputs = asked.props if asked is not None else {}
    return {**outputs, **{key: value for key, value in inputs.items() if outputs.get(key, UNKNOWN) is UNKNOWN}}


def plain(value: Any) -> Any:
    """Maps, lists and scalars, with ``UNKNOWN`` and ``Hidden`` in their places."""
    if isinstance(value, Secret):
        return Hidden()
    if isinstance(value, str):
        return UNKNOWN if value in _UNKNOWNS else value
    if isinstance(value, dict):
        return {key: plain(inside) for key, inside in value.items()}
    if isinstance(value, list):
        return [plain(inside) for inside in value]
    if isinstance(value, (Mapping, Sequence)):
        return plain(value[_BEHIND])  # type: ignore[call-overload]
    return value
