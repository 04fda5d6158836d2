"""Judges one check against what the API server returned: ready, still waiting (and why), or failed for good.

Here are the checks that hold for any object; those that know one kind of object have a module each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from . import model
from .admission import accepts
from .control_plane import control_plane
from .data_plane import data_plane_deployment, no_running_deployment
from .nmstate import interfaces, policies
from .olm import csv
from .release import release
from .storage import lvm_cluster
from .verdict import Found, Object, Verdict, behind, conditions, has, own_words, stale, status, there
from .workloads import ended_pods, endpoints, job, pods


def judge(check: model.Check, found: Found) -> list[Verdict]:
    """All verdicts of one check; it has one for each thing that it names."""
    return _JUDGES[type(check)](check, found)


def _exists(check: model.Exists, found: Found) -> list[Verdict]:
    return [_existing(check.name, found.one(check.path))]


def _object_condition(check: model.ObjectCondition, found: Found) -> list[Verdict]:
    return [_condition(check.name, check.condition, found.one(check.path))]


def _members(check: model.Members, found: Found) -> list[Verdict]:
    by_name = {obj["metadata"]["name"]: obj for obj in found.all(check.path) or []}
    verdicts = []
    for name in check.names:
        called, obj = f"{check.name} {name}", by_name.pop(name, None)
        if check.condition is None:
            verdicts.append(_existing(called, obj))
        else:
            verdicts.append(_condition(called, check.condition, obj))
    # Not counted as failed: a left-over member may be on its way out.
    verdicts += [Verdict(f"{check.name} {name}", False, "is there but not expected") for name in sorted(by_name)]
    return verdicts


def _existing(name: str, known: Object | None) -> Verdict:
    obj = there(name, known)
    return obj if isinstance(obj, Verdict) else Verdict(name, True)


def _condition(name: str, wanted: model.Condition, known: Object | None) -> Verdict:
    obj = there(name, known)
    if isinstance(obj, Verdict):
        return obj
    generation = obj["metadata"].get("generation")
    if wanted.observed_generation and stale(generation, status(obj)):
        # Nothing the status says is about the spec we wait for, a failure included.
        return Verdict(name, False, behind(generation, status(obj)))
    said = conditions(status(obj))
    for failure in wanted.failed_when:
        entry = said.get(failure.type)
        if entry is None or (wanted.observed_generation and stale(generation, entry)):
            continue
        if has(entry, failure.status, failure.reason):
            return Verdict(name, False, own_words(entry), failed=True)
    entry = said.get(wanted.type)
    if entry is None:
        return Verdict(name, False, f"no condition {wanted.type} yet")
    if wanted.observed_generation and stale(generation, entry):
        return Verdict(name, False, behind(generation, entry))
    if entry.get("status") != wanted.status:
        return Verdict(name, False, own_words(entry))
    return Verdict(name, True)


def _field(check: model.Field, found: Found) -> list[Verdict]:
    obj = there(check.name, found.one(check.path))
    if isinstance(obj, Verdict):
        return [obj]
    value = _at(obj, check.field)
    if value == check.equals:
        return [Verdict(check.name, True)]
    said = _at(obj, check.message) if check.message else None
    message = f"{check.field} is {value or 'not set'}" + (f": {said}" if said else "")
    return [Verdict(check.name, False, message, failed=value in check.failed)]


def _at(obj: Object, dotted: str) -> str | None:
    """The value at a dotted path as text ("true", "3", "Succeeded"), None where the path ends early."""
    value: Any = obj
    for part in dotted.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return None
        value = value[part]
    return str(value).lower() if isinstance(value, bool) else str(value)


_JUDGES: dict[type[model.Check], Callable[[Any, Found], list[Verdict]]] = {
    model.Exists: _exists,
    model.ObjectCondition: _object_condition,
    model.Field: _field,
    model.Members: _members,
    model.Csv: csv,
    model.Endpoints: endpoints,
    model.Pods: pods,
    model.EndedPods: ended_pods,
    model.Job: job,
    model.Policies: policies,
    model.Interfaces: interfaces,
    model.LvmCluster: lvm_cluster,
    model.ControlPlane: control_plane,
    model.Accepts: accepts,
    model.Release: release,
    model.DataPlaneDeployment: data_plane_deployment,
    model.NoRunningDeployment: no_running_deployment,
}
