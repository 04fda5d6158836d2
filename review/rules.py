"""The rules of the policy pack (policy/), asked of what a preview planned: the whole stack as it would be afterwards.

The pack itself would cost another preview. Values that the engine keeps secret are masked in its JSON, so that no rule
sees one; what it does not know yet, no rule judges.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from policy.model import UNKNOWN, Hidden, Resource
from policy.rules import OF_A_RESOURCE, OF_THE_STACK, SECRETS
from review.plan import UNKNOWN_VALUE

_MASKED = "[secret]"


def violations(preview: Mapping[str, Any]) -> tuple[str, ...]:
    """What breaks a rule, a sentence each, in a preview's JSON that lists the resources that stay the same, too."""
    states = [step["newState"] for step in preview.get("steps") or () if step.get("newState")]
    asked = [_resource(state, _plain(state.get("inputs") or {})) for state in states]
    outputs = (_plain(state.get("outputs") or {}) for state in states)
    whole = [replace(one, props=_known(found, one)) for found, one in zip(outputs, asked, strict=True)]
    return tuple(dict.fromkeys(_told(asked, whole)))


def _told(asked: list[Resource], whole: list[Resource]) -> Iterator[str]:
    for rule in (*OF_A_RESOURCE, SECRETS):
        for resource in asked:
            yield from (f"{rule.name}: {violation.message}" for violation in rule.violations(resource))
    for of_all in OF_THE_STACK:
        yield from (f"{of_all.name}: {violation.message}" for violation in of_all.violations(whole))


def _resource(state: Mapping[str, Any], props: Mapping[str, Any]) -> Resource:
    urn = str(state["urn"])
    return Resource(
        urn=urn,
        type=state["type"],
        name=urn.rpartition("::")[2],
        props=props,
        dependencies=frozenset(state.get("dependencies") or ()),
        protected=bool(state.get("protect")),
        secret_outputs=frozenset(state.get("additionalSecretOutputs") or ()),
    )


def _known(outputs: Mapping[str, Any], asked: Resource) -> Mapping[str, Any]:
    """As the pack is told it: what comes out, and where that is not known what was asked for."""
    return {**outputs, **{key: value for key, value in asked.props.items() if outputs.get(key, UNKNOWN) is UNKNOWN}}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(inside) for key, inside in value.items()}
    if isinstance(value, list):
        return [_plain(inside) for inside in value]
    return {_MASKED: Hidden(), UNKNOWN_VALUE: UNKNOWN}.get(value, value) if isinstance(value, str) else value
