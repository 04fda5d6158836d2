"""Which nodes something runs on: labels, node selectors with terms, taints and tolerations, as for the scheduler."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .world import Object, World

_BLOCKING = ("NoSchedule", "NoExecute")


def name(node: Object) -> str:
    return str(node["metadata"]["name"])


def labels(node: Object) -> Mapping[str, str]:
    """The node's labels."""
    found: Mapping[str, str] = node["metadata"].get("labels") or {}
    return found


def has_labels(node: Object, wanted: Mapping[str, str] | None) -> bool:
    """Whether a plain ``nodeSelector`` (label to value) takes the node; one without labels takes every node."""
    return (wanted or {}).items() <= labels(node).items()


def matches(node: Object, selector: Mapping[str, Any] | None) -> bool:
    """Whether a ``NodeSelector`` takes the node: one of its terms must. None takes every node."""
    return selector is None or any(_term(node, term) for term in selector.get("nodeSelectorTerms") or ())


def tolerates(node: Object, tolerations: Iterable[Mapping[str, Any]]) -> bool:
    """Whether pods with these tolerations are put on the node and become Ready there, which needs a Ready node."""
    if _is_unready(node):
        return False
    given = list(tolerations)
    taints = (node.get("spec") or {}).get("taints") or ()
    return all(
        taint["effect"] not in _BLOCKING or any(_tolerated(taint, toleration) for toleration in given)
        for taint in taints
    )


def running(world: World, namespace: str, wanted: Mapping[str, str]) -> list[str]:
    """The names of the nodes on which a ready pod with these labels runs."""
    return sorted(
        pod["spec"]["nodeName"]
        for pod in world.all("Pod", namespace, wanted)
        if pod["spec"].get("nodeName") and _is_ready(pod)
    )


def _is_unready(node: Object) -> bool:
    conditions = (node.get("status") or {}).get("conditions") or ()
    return any((entry["type"], entry["status"]) == ("Ready", "False") for entry in conditions)


def _is_ready(pod: Object) -> bool:
    conditions = (pod.get("status") or {}).get("conditions") or ()
    return any((entry["type"], entry["status"]) == ("Ready", "True") for entry in conditions)


def _term(node: Object, term: Mapping[str, Any]) -> bool:
    expressions = term.get("matchExpressions") or ()
    fields = term.get("matchFields") or ()
    # A term without requirements matches nothing.
    return bool(expressions or fields) and all(
        _expression(source.get(entry["key"]), entry["operator"], entry.get("values") or ())
        for source, entries in ((labels(node), expressions), ({"metadata.name": name(node)}, fields))
        for entry in entries
    )


def _expression(value: str | None, operator: str, values: Sequence[str]) -> bool:
    match operator:
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Gt" | "Lt":
            if value is None or not value.isdecimal():
                return False
            return int(value) > int(values[0]) if operator == "Gt" else int(value) < int(values[0])
    return False


def _tolerated(taint: Mapping[str, Any], toleration: Mapping[str, Any]) -> bool:
    if toleration.get("effect") not in (None, "", taint["effect"]):
        return False
    if toleration.get("operator", "Equal") == "Exists":
        return toleration.get("key") in (None, "", taint["key"])
    return bool(toleration.get("key") == taint["key"] and toleration.get("value", "") == taint.get("value", ""))
