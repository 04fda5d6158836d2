"""The MetalLB operator: speakers on the wanted nodes, and what the webhook of MetalLB says to pools and announcements.

Addresses are given to Services by nobody here: the control plane's stand-in checks what it asks for by itself. Sources:
metallb-operator controllers/ and pkg/status, metallb internal/config and internal/k8s/webhooks.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any

from .nodes import has_labels, name, tolerates
from .standin import Operation, StandIn, View, condition
from .workloads import daemon_set, deployment
from .world import Object, World

NAMESPACE = "metallb-system"
METALLB = "MetalLB.metallb.io"
POOL = "IPAddressPool.metallb.io"
ADVERTISEMENT = "L2Advertisement.metallb.io"
_ONLY_NAME = "metallb"
_BACKENDS = ("native", "frr", "frr-k8s", "frr-k8s-external")
_CONTROL_PLANE = [
    {"key": f"node-role.kubernetes.io/{role}", "operator": "Exists", "effect": "NoSchedule"}
    for role in ("master", "control-plane")
]

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class MetalLB(StandIn):
    """Speakers and controller. An object of another name is told that it must be called ``metallb``, and that's all."""

    kind = METALLB
    operator = "metallb"

    def status(self, view: View, world: World) -> dict[str, Any]:
        called = name(view.obj)
        if called != _ONLY_NAME:
            message = f"Incorrect MetalLB resource name: {called}"
            return _conditions("Degraded", "IncorrectMetalLBResourceName", message)
        if view.phase == "failed":
            return _conditions("Degraded", "internal_error", view.problem)
        if view.phase == "ready":
            return _conditions("Available")
        return _conditions("Progressing", "Progressing", "; ".join(unmet.sentence for unmet in view.unmet))

    def makes(self, obj: Object, world: World) -> list[dict[str, Any]]:
        if name(obj) != _ONLY_NAME:
            return []
        spec = obj.get("spec") or {}
        tolerations = [*_CONTROL_PLANE, *(spec.get("speakerTolerations") or ())]
        nodes = [
            name(node)
            for node in world.all("Node")
            if has_labels(node, spec.get("nodeSelector")) and tolerates(node, tolerations)
        ]
        namespace = obj["metadata"]["namespace"]
        return [
            *deployment("controller", namespace, {"app": "metallb", "component": "controller"}),
            *daemon_set("speaker", namespace, {"app": "metallb", "component": "speaker"}, nodes),
        ]

    def refuses(self, operation: Operation, obj: Object, old: Object | None, world: World) -> str | None:
        backend = (obj.get("spec") or {}).get("bgpBackend") or "native"
        if operation != "DELETE" and backend not in _BACKENDS:
            return f"invalid BGP Backend, must be one of {', '.join(_BACKENDS)}"
        return None


class IPAddressPool(StandIn):
    """Only its webhook: pools lie in one namespace, and no two ranges of theirs overlap."""

    kind = POOL
    operator = "metallb"

    def refuses(self, operation: Operation, obj: Object, old: Object | None, world: World) -> str | None:
        if operation == "DELETE":
            return None
        elsewhere = _elsewhere(operation, obj)
        if elsewhere:
            return elsewhere
        others = [pool for pool in world.all(POOL, NAMESPACE) if name(pool) != name(obj)]
        taken: list[Network] = []
        for pool in [*others, obj]:
            try:
                own = list(networks(pool))
            except ValueError as error:
                return f"parsing address pool {name(pool)}: {error}"
            for network in own:
                for known in taken:
                    if network.version == known.version and network.overlaps(known):
                        return f'CIDR "{network}" in pool "{name(pool)}" overlaps with already defined CIDR "{known}"'
                taken.append(network)
        return None


class L2Advertisement(StandIn):
    """Only its webhook. A pool that does not exist is nothing to it: such an announcement just announces nothing."""

    kind = ADVERTISEMENT
    operator = "metallb"

    def refuses(self, operation: Operation, obj: Object, old: Object | None, world: World) -> str | None:
        if operation == "DELETE":
            return None
        pools = (obj.get("spec") or {}).get("ipAddressPools") or []
        twice = next((pool for pool in pools if pools.count(pool) > 1), None)
        if twice is not None:
            return f'duplicate definition of ipAddressPools "{twice}"'
        return _elsewhere(operation, obj)


def networks(pool: Object) -> Iterator[Network]:
    """What a pool holds, ranges as the networks they consist of. Raises ValueError, as MetalLB words it."""
    ranges = (pool.get("spec") or {}).get("addresses") or []
    if not ranges:
        raise ValueError("pool has no prefixes defined")
    for text in ranges:
        try:
            yield from _networks(text)
        except ValueError as error:
            raise ValueError(f'invalid CIDR "{text}" in pool "{name(pool)}": {error}') from error


def _networks(text: str) -> Iterator[Network]:
    first, dash, last = text.partition("-")
    if not dash:
        if "/" not in text:
            raise ValueError(f'invalid CIDR "{text}"')
        yield ipaddress.ip_network(text, strict=False)
        return
    start, end = ipaddress.ip_address(first.strip()), ipaddress.ip_address(last.strip())
    if start.version != end.version or int(start) > int(end):
        raise ValueError(f'invalid IP range "{text}": start IP "{start}" is after the end IP "{end}"')
    yield from ipaddress.summarize_address_range(start, end)


def _elsewhere(operation: Operation, obj: Object) -> str | None:
    if operation == "CREATE" and obj["metadata"].get("namespace") != NAMESPACE:
        return f"resource must be created in {NAMESPACE} namespace"
    return None


def _conditions(true: str, reason: str = "", message: str = "") -> dict[str, Any]:
    kinds = ("Available", "Upgradeable", "Progressing", "Degraded")
    # Upstream's can be upgraded whenever it is available.
    truths = {true, "Upgradeable"} if true == "Available" else {true}
    return {
        "conditions": [
            condition(kind, kind in truths, (reason if kind == true else "") or kind, message if kind == true else "")
            for kind in kinds
        ]
    }


STANDINS = (MetalLB, IPAddressPool, L2Advertisement)
