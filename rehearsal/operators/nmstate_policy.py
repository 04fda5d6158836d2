"""What NMState's handlers make of policies: each matching node is really brought into the desired state, or it fails.

Statuses are those of kubernetes-nmstate, pkg/policyconditions and pkg/enactmentstatus.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

from .nmstate_guest import Guest, GuestAwayError, GuestRefusesError
from .nmstate_plan import DesiredStateError, differences, plan
from .nodes import has_labels, name, running
from .standin import Outcome, StandIn, Unmet, View, condition
from .world import Object, World

NAMESPACE = "openshift-nmstate"
HANDLER = {"component": "kubernetes-nmstate-handler", "app": "kubernetes-nmstate"}
POLICY_LABEL, NODE_LABEL = "nmstate.io/policy", "nmstate.io/node"
AWAY_SECONDS = 60.0  # that a node may be silent before its policy fails
AWAY_PAUSE = 2.0

_CONFIGURED, _FAILED = "SuccessfullyConfigured", "FailedToConfigure"
_PROGRESSING, _NO_NODE = "ConfigurationProgressing", "NoMatchingNode"
_Truth = bool | Literal["Unknown"]


class NmstatePolicy(StandIn):
    """A NodeNetworkConfigurationPolicy.

    What a node refuses is final until the policy changes: upstream's handler gives up after a few tries. A node that
    does not answer is tried again.
    """

    kind = "NodeNetworkConfigurationPolicy.nmstate.io"
    operator = "nmstate"
    retry = 5.0
    refresh = 30.0  # a node that was switched off and on has lost what it was given

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._settled: dict[str, tuple[Any, dict[str, str]]] = {}  # by uid: what was settled for, and how

    def unmet(self, obj: Object, world: World) -> list[Unmet]:
        return [] if running(world, NAMESPACE, HANDLER) else [Unmet("no node runs NMState's handler")]

    def inputs(self, obj: Object, world: World) -> list[str]:
        return _matching(obj, world)

    def act(self, obj: Object, world: World) -> Outcome:
        nodes = _matching(obj, world)
        version = [obj["metadata"]["uid"], obj["metadata"].get("generation"), nodes]
        settled = self._known(version)
        if any(settled.values()):
            return _outcome(settled)
        if not nodes:
            return Outcome(facts={"nodes": {}})
        desired = (obj.get("spec") or {}).get("desiredState") or {}
        with ThreadPoolExecutor(len(nodes)) as pool:
            said = list(pool.map(lambda node: _enact(node, desired, world, node in settled), nodes))
        results = {node: result for node, (result, _) in zip(nodes, said, strict=True)}
        if all(final for _, final in said):
            with self._lock:
                self._settled[version[0]] = version, results
        return _outcome(results)

    def _known(self, version: list[Any]) -> dict[str, str]:
        with self._lock:
            settled_for, results = self._settled.get(version[0], (None, {}))
        return dict(results) if settled_for == version else {}

    def status(self, view: View, world: World) -> dict[str, Any] | None:
        nodes = _matching(view.obj, world)
        if view.phase == "waiting":
            return None
        if not nodes:
            return _conditions("Ignored", _NO_NODE, "Policy does not match any node")
        if view.phase == "working":
            message = f"Policy is progressing 0/{len(nodes)} nodes finished"
            return _conditions("Progressing", _PROGRESSING, message, {"Available": "Unknown", "Degraded": "Unknown"})
        if view.phase == "failed":
            failed = [node for node in nodes if _problem(view, node)]
            return _conditions("Degraded", _FAILED, f"{len(failed)}/{len(nodes)} nodes failed to configure")
        return _conditions("Available", _CONFIGURED, f"{len(nodes)}/{len(nodes)} nodes successfully configured")

    def parts(self, view: View, world: World) -> list[dict[str, Any]]:
        """An enactment for each node."""
        return [] if view.phase == "waiting" else [_enactment(view, node) for node in _matching(view.obj, world)]


def _matching(policy: Object, world: World) -> list[str]:
    """The nodes that it is for: those whose labels it asks for and that a handler runs on."""
    selector = (policy.get("spec") or {}).get("nodeSelector")
    handled = set(running(world, NAMESPACE, HANDLER))
    return [name(node) for node in world.all("Node") if name(node) in handled and has_labels(node, selector)]


def _enact(node: str, desired: Mapping[str, Any], world: World, was_so: bool) -> tuple[str, bool]:
    """What went wrong on one node ("" when it is as desired), and whether that is final."""
    deadline = time.monotonic() + (0.0 if was_so else AWAY_SECONDS)
    while True:
        try:
            guest = Guest(node, world)
            answer = guest.answer()
            wanted = plan(desired, answer)
            if differences(desired, answer):
                answer = guest.apply(wanted)
            remaining = differences(desired, answer)
            return (f"VerificationError: {'; '.join(remaining)}" if remaining else ""), True
        except (DesiredStateError, GuestRefusesError) as error:
            return str(error), True
        except GuestAwayError as error:
            # One that was configured and is off for a while does not make the policy fail: upstream a node that is
            # not ready isn't counted.
            if was_so:
                return "", True
            if time.monotonic() > deadline:
                return str(error), False
        time.sleep(AWAY_PAUSE)


def _outcome(results: Mapping[str, str]) -> Outcome:
    problem = "; ".join(f"{node}: {said}" for node, said in results.items() if said)
    return Outcome(problem, {"nodes": dict(results)})


def _problem(view: View, node: str) -> str:
    """Why the policy failed on a node; a problem of no node in particular is one of each."""
    nodes = view.facts.get("nodes") or {}
    said = str(nodes.get(node, ""))
    return said or ("" if any(nodes.values()) else view.problem)


def _conditions(
    true: str, reason: str, message: str, others: Mapping[str, _Truth] | None = None
) -> dict[str, list[dict[str, Any]]]:
    """A policy's status: one condition is True and has the message."""
    kinds = ("Available", "Degraded", "Progressing", "Ignored")
    truths = {**dict.fromkeys(kinds, False), **(others or {}), true: True}
    return {"conditions": [condition(kind, truths[kind], reason, message if kind == true else "") for kind in kinds]}


def _enactment(view: View, node: str) -> dict[str, Any]:
    policy = view.obj
    kinds = ("Failing", "Available", "Progressing", "Pending", "Aborted")
    true, reason, message, truths = "Progressing", _PROGRESSING, "Applying desired state", dict.fromkeys(kinds, "False")
    problem = _problem(view, node)
    if view.phase == "ready" or (view.phase == "failed" and not problem):
        true, reason, message = "Available", _CONFIGURED, "successfully reconciled"
    elif view.phase == "failed":
        true, reason = "Failing", _FAILED
        message = (
            f'error reconciling NodeNetworkConfigurationPolicy on node {node} at desired state apply: "",\n {problem}'
        )
    else:
        truths |= {"Failing": "Unknown", "Available": "Unknown"}
    truths[true] = "True"
    return {
        "apiVersion": "nmstate.io/v1beta1",
        "kind": "NodeNetworkConfigurationEnactment",
        "metadata": {"name": f"{node}.{name(policy)}", "labels": {POLICY_LABEL: name(policy), NODE_LABEL: node}},
        "status": {
            "conditions": [condition(kind, truths[kind], reason, message if kind == true else "") for kind in kinds],
            "desiredState": (policy.get("spec") or {}).get("desiredState") or {},
            "policyGeneration": policy["metadata"].get("generation", 1),
        },
    }
