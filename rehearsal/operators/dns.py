"""DNSMasq: the name server of the computes, which the control plane makes (rhoso.md, S8b).

Source: infra-operator 18.0-fr2, controllers/network/dnsmasq_controller.go. A node set waits for it to be ready.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from . import control_plane_addresses
from .control_plane_conditions import done, in_progress, summed_up, unknown
from .control_plane_needs import TOPOLOGIES
from .control_plane_networks import nodes
from .control_plane_products import DNSMASQS
from .control_plane_services import BY_SECTION
from .standin import Operation, StandIn, Unmet, View, observed
from .world import Object, World, status_of

_CLUSTER_ADDRESS = "172.30.0.53"  # of the Service, out of OpenShift's default range
_STEPS = {
    "InputReady": "Input data",
    "ServiceConfigReady": "Service config create",
    "ServiceAccountReady": "ServiceAccount create",
    "RoleReady": "Role create",
    "RoleBindingReady": "RoleBinding create",
    "CreateServiceReady": "Create service",
    "DeploymentReady": "Deployment",
}
_COMPLETE = {"InputReady": "Input data complete"}


class DNSMasq(StandIn):
    """``Unmet.part`` is the condition that it holds up; those behind it are not started."""

    kind = DNSMASQS
    operator = "openstack"
    finalizer = "openstack.org/dnsmasq"

    def unmet(self, obj: Object, world: World) -> list[Unmet]:
        spec, namespace = obj["spec"], obj["metadata"]["namespace"]
        found = []
        reference = spec.get("topologyRef")
        if reference and world.get(TOPOLOGIES, reference["name"], namespace) is None:
            found.append(Unmet(f'topologies.topology.openstack.org "{reference["name"]}" not found', "DeploymentReady"))
        for unmet in control_plane_addresses.unmet(_as_section(spec), world):
            found.append(Unmet(unmet.sentence, "CreateServiceReady"))
        if not nodes(world, spec.get("nodeSelector") or {}):
            found.append(Unmet("no node takes its pods", "DeploymentReady"))
        return found

    def status(self, view: View, world: World) -> dict[str, Any]:
        spec = view.obj["spec"]
        sentences: dict[str, list[str]] = {}
        for unmet in view.unmet:
            sentences.setdefault(unmet.part or "DeploymentReady", []).append(unmet.sentence)
        if view.problem:
            sentences.setdefault("DeploymentReady", []).append(view.problem)
        conditions, held = [], False
        for kind, name in _STEPS.items():
            last = kind == "DeploymentReady" and view.phase != "ready"
            if held:
                conditions.append(unknown(kind, f"{name} not started"))
            elif kind in sentences or last:
                conditions.append(in_progress(kind, f"{name} in progress", sentences.get(kind, ())))
                held = True
            else:
                conditions.append(done(kind, _COMPLETE.get(kind, f"{name} completed")))
        status = {**observed(view.obj), "conditions": summed_up(conditions)}
        if view.phase != "ready":
            # The Service keeps its address while its pods are replaced.
            kept = {key: status_of(view.obj).get(key) for key in ("dnsAddresses", "dnsClusterAddresses")}
            return {**status, **{key: value for key, value in kept.items() if value}}
        outside = [balancer.address for balancer in control_plane_addresses.balancers(_as_section(spec))]
        return {
            **status,
            "dnsAddresses": [address for address in outside if address] or [_CLUSTER_ADDRESS],
            "dnsClusterAddresses": [_CLUSTER_ADDRESS],
            "readyCount": spec.get("replicas", 1),
            "hash": {"input": hashlib.sha256(json.dumps(spec, sort_keys=True).encode()).hexdigest()[:16]},
        }

    def refuses(self, operation: Operation, obj: Object, old: Object | None, world: World) -> str | None:
        reference = (obj.get("spec") or {}).get("topologyRef") or {}
        if operation == "CREATE" and reference.get("namespace") not in (None, "", obj["metadata"]["namespace"]):
            return 'spec.topology[namespace]: Invalid value: "namespace": Customizing namespace field is not supported'
        return None


def _as_section(spec: Mapping[str, Any]) -> dict[str, Any]:
    """As if it stood in a control plane that has nothing else."""
    off = {name: {"enabled": False} for name in BY_SECTION if name != "dns"}
    return {**off, "dns": {"enabled": True, "template": spec}}


STANDINS = (DNSMasq(),)
