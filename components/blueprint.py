"""``Blueprint`` records what must not change silently, and refuses such a change at preview.

A dynamic resource: its ``check`` sees the recorded values and the new ones, and a failure there stops ``preview`` and
``up`` before any other resource is looked at. The class must stay at this import path: recorded states name it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

from pulumi import ResourceOptions
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)

from network import Role
from settings import STAGES, Stage
from settings.changes import FINGERPRINT
from settings.errors import shown

_GENERATION = "generation"
_THROUGH = "through"
_SECRET = "secret"
_PLAN = "plan"
_LIMITS = "limits"
_PRODUCTION = "production"
_DATA_PLANE: Stage = "dataplane"
_COMPUTES = "topology.computes.count"
_WORKERS = "topology.workers.count"
_EXISTING, _NONE = "openshift.existing.api", "null"
_KINDS = ("fixed", "grows", "rebuild")


class BlueprintProvider(ResourceProvider):
    """Compares facts, field by field. All values are strings: numbers would come back as floats."""

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        return CheckResult(news, [CheckFailure("", reason) for _, reason in refusals(_olds, news)])

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        changed = any(_olds.get(key) != _news.get(key) for key in (*_KINDS, _GENERATION, _PLAN, _LIMITS))
        return DiffResult(changes=changed)

    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult("blueprint", props)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        return UpdateResult(_news)


class Blueprint(Resource):
    """Registered first; everything else depends on it."""

    def __init__(
        self,
        name: str,
        generation: int,
        facts: Mapping[str, Mapping[str, str]],
        plan: Mapping[str, str],
        opts: ResourceOptions | None = None,
    ) -> None:
        """``facts``: change class (or "limits") → setting → value as text (``settings.changes``).
        ``plan``: machine → its NICs as text (``network.record``)."""
        props = {_GENERATION: str(generation), **{change: dict(values) for change, values in facts.items()}}
        props[_PLAN] = dict(plan)
        super().__init__(BlueprintProvider(), name, props, opts)


def refusals(olds: Mapping[str, Any], news: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(field, sentence) for each change that may not happen in place."""
    if not olds:
        return []
    found = [*_by_production(olds, news), *_by_settings(olds, news)]
    # Settings that changed move machines too; only where none did is the program itself the cause.
    if not found and int(news[_GENERATION]) == int(olds[_GENERATION]):
        found = list(_by_plan(olds.get(_PLAN, {}), news.get(_PLAN, {})))
    return found


def _by_plan(olds: Mapping[str, str], news: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for machine, old in olds.items():
        if machine in news and news[machine] != old:
            yield (
                machine,
                f"{machine}: recorded {old}; now {news[machine]}. The settings are the same: this version of the "
                "program plans differently. Use the version that built the lab, or raise generation to rebuild it.",
            )


def _by_production(olds: Mapping[str, Any], news: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The engine refuses to delete what is protected, but only when it comes to it: by then other things are gone."""
    if not json.loads(news.get(_LIMITS, {}).get(_PRODUCTION, "false")):
        return
    remedy = "Set it back; or, to do it all the same, set production to false in the same change."
    before, after = olds[_GENERATION], news[_GENERATION]
    if int(after) > int(before):
        yield (
            _GENERATION,
            f"{_GENERATION}: recorded {before}, now {after}. This would rebuild a lab with production: true, of which "
            f"nothing may be deleted. {remedy}",
        )
    for machine in sorted(set(olds.get(_PLAN, {})) - set(news[_PLAN])):
        # Names with a space are nodes of a cluster that somebody else installed (network/record.py).
        if " " not in machine:
            yield (
                machine,
                f"{machine}: recorded, now not planned any more. This would delete a machine of a lab with production: "
                f"true, of which nothing may be deleted. {remedy}",
            )


def _by_settings(olds: Mapping[str, Any], news: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    before, after = int(olds[_GENERATION]), int(news[_GENERATION])
    if after < before:
        yield _GENERATION, f"generation: {after} is lower than the recorded {before}; it may only be raised."
    for field, old, new in _changes(olds, news, "fixed"):
        yield (
            field,
            f"{field}: recorded {old}, now {new}. This can't change in a stack; set it back, or make a new stack.",
        )
    if after > before:
        return
    remedy = (
        f"Raise generation above {before} (pulumi config set rhoso-lab:generation {before + 1}) to rebuild every "
        "machine, or set it back."
    )
    if news.get("fixed", {}).get(_EXISTING, _NONE) != _NONE:
        remedy = "Set it back; an existing cluster is not rebuilt. To begin anew: pulumi destroy, then pulumi up."
    if _amount(_THROUGH, olds.get("grows", {}).get(_THROUGH, STAGES[0])) >= _amount(_THROUGH, _DATA_PLANE):
        yield from _last_compute(olds.get(_PLAN, {}), news[_PLAN], remedy)
    yield from _compact(olds.get(_PLAN, {}), news[_PLAN], remedy)
    for field, old, new in _changes(olds, news, "rebuild"):
        yield field, f"{field}: recorded {old}, now {new}. This would rebuild the installed lab. {remedy}"
    for field, old, new in _changes(olds, news, "grows"):
        if _amount(field, new) < _amount(field, old):
            yield field, f"{field}: recorded {old}, now {new}. {_loss(field)}. {remedy}"


def _last_compute(olds: Mapping[str, str], news: Mapping[str, str], remedy: str) -> Iterator[tuple[str, str]]:
    """Who retires a compute needs a data plane to do it by, and with the last one that goes too."""
    before, after = (_count(machines, Role.COMPUTE) for machines in (olds, news))
    if before and not after:
        yield (
            _COMPUTES,
            f"{_COMPUTES}: recorded {before}, now 0. The last compute can't leave a running lab: with it the "
            f"data plane would go, before its services are retired. Keep at least 1. {remedy}",
        )


def _compact(olds: Mapping[str, str], news: Mapping[str, str], remedy: str) -> Iterator[tuple[str, str]]:
    """Workers come and go; but without any the masters are other machines, with more NICs and disks."""
    before, after = (_count(machines, Role.WORKER) for machines in (olds, news))
    if olds and bool(before) != bool(after):
        yield (
            _WORKERS,
            f"{_WORKERS}: recorded {before}, now {after}. Without workers the masters carry OpenStack, on machines of "
            f"another shape. {remedy}",
        )


def _count(machines: Mapping[str, str], role: Role) -> int:
    return sum(name.startswith(f"{role}-") for name in machines)


def _amount(field: str, value: str) -> int:
    return STAGES.index(cast(Stage, value)) if field == _THROUGH else int(value)


def _loss(field: str) -> str:
    if field == _THROUGH:
        return "It would delete the later layers"
    return "A version that was used before stays known to whoever knew it"


def _changes(olds: Mapping[str, Any], news: Mapping[str, Any], kind: str) -> Iterator[tuple[str, str, str]]:
    # A newer program may know more settings or sort one into another class; neither is a change by the user.
    recorded = {field: value for earlier in _KINDS for field, value in olds.get(earlier, {}).items()}
    # Fingerprints are keyed with the stack's secret: once that changed, the others differ and tell nothing.
    rekeyed = recorded.get(_SECRET) != news.get("rebuild", {}).get(_SECRET)
    for field, new in sorted(news.get(kind, {}).items()):
        if field not in recorded or recorded[field] == new:
            continue
        if not (rekeyed and field != _SECRET and new.startswith(FINGERPRINT)):
            yield field, shown(recorded[field]), shown(new)
