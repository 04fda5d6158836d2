"""Steps ``tune`` and ``untune``: forwarding in the network of a cluster that was not installed with it (rhoso.md, S0).

What was there before is kept in an annotation that is written with the change itself, so that neither a run that was
stopped between two writes nor a state that was lost can take our own value for that of the cluster's owner. It names
the stack too: another one that finds forwarding on has not switched it on, and does not switch it off.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from operations.cluster import Cluster, NotYetError, Object, at
from operations.document import Keys
from readiness import spec
from readiness.errors import TerminalFailureError
from readiness.verdict import conditions, own_words, status

_PATH = spec.path("operator.openshift.io/v1", "networks", "cluster")
_CALLED = "Network cluster"
_OPERATOR_PATH = spec.path("config.openshift.io/v1", "clusteroperators", "network")
_OPERATOR = "ClusterOperator network"
_SETTLED = 30.0
_WANTED = "Global"
_FIELD = "spec.defaultNetwork.ovnKubernetesConfig.gatewayConfig.ipForwarding"
BEFORE = "rhoso-lab/ip-forwarding-before"
"""Annotation: JSON of ``by``, the stack, and ``before``, the value that was there; null where there was none."""


def tune(keys: Keys, cluster: Cluster) -> dict[str, Any]:
    """Switch forwarding between all interfaces on, and wait until that is rolled out. Input: ``by`` (the stack),
    optional ``settled`` (seconds until a roll-out must have begun). Output: ``changed``, whether it had to be."""
    by, settled = keys.text("by"), keys.number_or("settled", _SETTLED)
    keys.done()
    network = _network(cluster)
    kind = at(network, "spec.defaultNetwork.type")
    if kind != "OVNKubernetes":
        raise TerminalFailureError(f"{_CALLED}: the cluster's network is {kind}, and OpenStack needs OVNKubernetes")
    value = at(network, _FIELD)
    if value == _WANTED:
        cluster.say(f"{_CALLED}: ipForwarding is {_WANTED} already")
        return {"changed": _note(network, by) is not None}
    # An earlier note of ours is true still: whoever changed the value since did not put theirs back.
    note = _note(network, by) or {"by": by, "before": value}
    cluster.say(f"{_CALLED}: ipForwarding from {value} to {_WANTED}; the cluster's network rolls once")
    before = cluster.until(_OPERATOR, lambda: _progressing(cluster))
    cluster.patch(_CALLED, _PATH, {"metadata": {"annotations": {BEFORE: json.dumps(note)}}, **_patch(_WANTED)})
    until = time.monotonic() + settled

    def rolled_out() -> None:
        now = _progressing(cluster)
        if now.get("status") == "True":
            raise NotYetError(own_words(now))
        if now == before and time.monotonic() < until:
            raise NotYetError("the roll-out has not begun")

    cluster.until(_OPERATOR, rolled_out)
    return {"changed": True}


def untune(keys: Keys, cluster: Cluster) -> dict[str, Any]:
    """Put back what was there before ``tune``; nothing where it changed nothing. Input as for ``tune``. Output:
    ``changed``."""
    by, _ = keys.text("by"), keys.number_or("settled", _SETTLED)
    keys.done()
    network = _network(cluster)
    note = _note(network, by)
    if note is None:
        return {"changed": False}
    change: dict[str, Any] = {"metadata": {"annotations": {BEFORE: None}}}
    if at(network, _FIELD) == _WANTED:
        cluster.say(f"{_CALLED}: ipForwarding back to {note['before']}; the cluster's network rolls once")
        change |= _patch(note["before"])
    cluster.patch(_CALLED, _PATH, change)
    return {"changed": True}


def _network(cluster: Cluster) -> Object:
    def look() -> Object:
        network = cluster.look(_PATH)
        if network is None:
            raise NotYetError("not found")
        return network

    return cluster.until(_CALLED, look)


def _progressing(cluster: Cluster) -> Mapping[str, Any]:
    """The network operator's condition; its time tells one roll-out from another."""
    return conditions(status(cluster.look(_OPERATOR_PATH) or {})).get("Progressing", {"type": "Progressing"})


def _note(network: Object, by: str) -> dict[str, Any] | None:
    """What this stack has noted of the value before its own; None if it has changed nothing."""
    text = (at(network, "metadata.annotations") or {}).get(BEFORE)
    try:
        note = json.loads(text) if text else {}
    except ValueError:
        note = {}
    return note if isinstance(note, dict) and note.get("by") == by and "before" in note else None


def _patch(value: str | None) -> dict[str, Any]:
    return {"spec": {"defaultNetwork": {"ovnKubernetesConfig": {"gatewayConfig": {"ipForwarding": value}}}}}
