"""Which layer of the program depends on which, read off the registrations that a recording engine gets.

A dependency is what makes the engine wait: `dependencies`, `propertyDependencies` and the provider. Each end is
lifted to the layer that it belongs to: its outermost parent below the stack.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from unittest import mock

from pulumi.runtime.mocks import MockMonitor

from tests.components.engine import run_program

Edge = tuple[str, str]
_DYNAMIC = "pulumi-python:dynamic:Resource"


def layer_edges(stack: str, configuration: dict[str, Any]) -> tuple[set[str], set[Edge]]:
    """The layers of the program, and (earlier, later) for each that waits for another, shortened."""
    requests: dict[str, Any] = {}
    register = MockMonitor.RegisterResource

    def recording(monitor: MockMonitor, request: Any) -> Any:
        response = register(monitor, request)  # type: ignore[no-untyped-call]
        requests[response.urn] = request
        return response

    with mock.patch.object(MockMonitor, "RegisterResource", recording):
        run_program(stack, configuration)
    # The seal stands over all of them, and makes nothing.
    layers = {urn: _layer(urn, requests) for urn, r in requests.items() if r.parent and r.type != "rhoso:stack:Seal"}
    edges = {
        (layers[needed], layer) for urn, layer in layers.items() for needed in _needs(requests[urn]) if needed in layers
    }
    return set(layers.values()), reduced((a, b) for a, b in edges if a != b)


def _needs(request: Any) -> set[str]:
    properties = (urn for needs in request.propertyDependencies.values() for urn in needs.urns)
    # A provider reference is its URN and its id.
    return {*request.dependencies, *properties, request.provider.rpartition("::")[0]}


def _layer(urn: str, requests: dict[str, Any]) -> str:
    """The class of the outermost parent; a dynamic resource does not tell its class, so its name stands for it."""
    # The stack itself is not registered again by a later program of the same process.
    while (parent := requests[urn].parent) in requests and requests[parent].parent:
        urn = parent
    kind: str = requests[urn].type
    name: str = requests[urn].name
    return name.capitalize() if kind == _DYNAMIC else kind.rpartition(":")[2]


def reduced(edges: Iterable[Edge]) -> set[Edge]:
    """The edges of an acyclic graph without those that others imply (its transitive reduction)."""
    after: dict[str, set[str]] = {}
    for start, end in edges:
        after.setdefault(start, set()).add(end)

    def reachable(start: str) -> set[str]:
        return {node for end in after.get(start, ()) for node in {end} | reachable(end)}

    return {
        (start, end)
        for start, ends in after.items()
        for end in ends
        if not any(end in reachable(other) for other in ends - {end})
    }
