"""``OpenStackDataPlaneNodeSet``: set up once everything it names is there, ready once its newest deployment is done.

Source: openstack-operator 18.0-fr2, controllers/dataplane/openstackdataplanenodeset_controller.go and its webhook;
rhoso.md S9, §4.2, §4.4, §4.6, §4.8 and §4.21.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from . import data_plane_services as services
from . import node_set_needs
from .data_plane import (
    FAILED,
    NODE_SETS,
    condition_of,
    deployments,
    digest,
    is_running,
    nodes,
    variable_sources,
)
from .data_plane_ipam import reserve
from .node_set_needs import ADDRESSES, DNS, INPUT, dns_addresses, is_control
from .node_set_parts import ip_set, names, records, secret
from .standin import Operation, StandIn, Unmet, View, condition, observed
from .world import Object, World, status_of

WAITING = "NodeSet setup ready, waiting for OpenStackDataPlaneDeployment"
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")


class NodeSet(StandIn):
    """Phase "ready" is SetupReady; whether it is Ready follows from the deployments."""

    kind = NODE_SETS
    operator = "openstack"

    def unmet(self, obj: Object, world: World) -> list[Unmet]:
        return [
            *(Unmet(sentence, INPUT) for sentence in node_set_needs.inputs(obj, world)),
            *(Unmet(sentence, ADDRESSES) for sentence in node_set_needs.addresses(obj, world)),
            *(Unmet(sentence, DNS) for sentence in node_set_needs.dns(obj, world)),
        ]

    def status(self, view: View, world: World) -> dict[str, Any]:
        obj = view.obj
        namespace = obj["metadata"]["namespace"]
        before = status_of(obj)
        status = {
            **observed(obj),
            "conditions": _conditions(view, world),
            "configHash": config_hash(obj, world),
            "inventorySecretName": f"dataplanenodeset-{obj['metadata']['name']}",
            **_deployed(obj, world, before),
            **_hashes(obj, world),
        }
        if view.phase == "ready":
            reserved = reserve(nodes(obj), namespace, world).nodes
            status["allHostnames"] = names(reserved)
            status["allIPs"] = {
                node: {entry["network"]: entry["address"] for entry in entries} for node, entries in reserved.items()
            }
            domains = [entry["dnsDomain"] for entries in reserved.values() for entry in entries if is_control(entry)]
            status["ctlplaneSearchDomain"] = next(iter(domains), "")
            status["dnsClusterAddresses"] = dns_addresses(namespace, world)
        else:
            kept = ("allHostnames", "allIPs", "ctlplaneSearchDomain", "dnsClusterAddresses")
            status |= {field: before[field] for field in kept if field in before}
        return status

    def makes(self, obj: Object, world: World) -> list[dict[str, Any]]:
        namespace = obj["metadata"]["namespace"]
        reserved = reserve(nodes(obj), namespace, world).nodes
        return [
            *(ip_set(node, namespace, reserved[node.name]) for node in nodes(obj)),
            records(obj, reserved),
            secret(obj, reserved),
            *services.objects(namespace),
        ]

    def refuses(self, operation: Operation, obj: Object, old: Object | None, world: World) -> str | None:
        if operation == "DELETE":
            return None
        name, namespace = obj["metadata"]["name"], obj["metadata"]["namespace"]
        if not _NAME.fullmatch(name):
            return f'metadata.name: Invalid value: "{name}": must be a lowercase RFC 1123 label'
        mine = {node.name for node in nodes(obj)}
        for other in world.all(NODE_SETS, namespace):
            shared = mine & {node.name for node in nodes(other)}
            if other["metadata"]["name"] != name and shared:
                return (
                    f"spec.nodes: node {', '.join(sorted(shared))} already exists in nodeset "
                    f"{other['metadata']['name']}: a host may be in one node set only"
                )
        if old is not None and old["spec"] != obj["spec"]:
            running = [item["metadata"]["name"] for item in deployments(old, world) if is_running(item)]
            if running:
                return (
                    f"could not patch openstackdataplanenodeset {name} while openstackdataplanedeployment "
                    f"{', '.join(running)} is running"
                )
        return None


STANDINS = (NodeSet(),)


def config_hash(obj: Object, world: World) -> str:
    """Stands for all that a deployment would bring: the spec, and what the Secrets hold that it names."""
    held = {
        source.name: (world.get(source.kind, source.name, obj["metadata"]["namespace"]) or {}).get("data")
        for source, _ in variable_sources(obj)
    }
    return digest([obj["spec"], held])


def _conditions(view: View, world: World) -> list[dict[str, Any]]:
    told: dict[str, str] = {}
    for need in view.unmet:
        told.setdefault(need.part or INPUT, need.sentence)
    setup = view.phase == "ready"
    checks = [
        condition(kind, False, "Requested", told[kind], severity="Info")
        if kind in told
        else condition(kind, True, "Ready", f"{kind} complete")
        for kind in (INPUT, ADDRESSES, DNS)
    ]
    if view.phase == "failed":
        told["SetupReady"] = view.problem
    first = next(iter(told.values()), "NodeSet setup in progress")
    done = _deployment(view.obj, world)
    ready = setup and done["status"] == "True"
    mirrored = done["message"] if setup else first
    return [
        condition("Ready", True, "Ready", "NodeSet Ready")
        if ready
        else condition("Ready", False, done["reason"] if setup else "Requested", mirrored, severity="Info"),
        *checks,
        condition("ServiceAccountReady", True, "Ready", "ServiceAccount created"),
        condition("SetupReady", True, "Ready", "NodeSet setup ready")
        if setup
        else condition("SetupReady", False, "Requested", first, severity="Info"),
        done,
    ]


def _deployment(obj: Object, world: World) -> dict[str, Any]:
    """DeploymentReady, as the newest deployment and the hash of the last whole one have it."""
    made = deployments(obj, world)
    if made and is_running(made[-1]):
        name = made[-1]["metadata"]["name"]
        return condition("DeploymentReady", False, "Requested", f"Deployment {name} in progress", severity="Info")
    if made and not _is_done(made[-1]):
        entry = condition_of(made[-1], "DeploymentReady")
        return condition("DeploymentReady", False, FAILED, str(entry.get("message", "")), severity="Error")
    deployed = _deployed(obj, world, status_of(obj)).get("deployedConfigHash")
    if deployed is not None and deployed == config_hash(obj, world):
        return condition("DeploymentReady", True, "Ready", "Deployment completed")
    return condition("DeploymentReady", False, "Requested", WAITING, severity="Info")


def _is_done(deployment: Object) -> bool:
    return bool(status_of(deployment).get("deployed"))


def _deployed(obj: Object, world: World, before: Mapping[str, Any]) -> dict[str, Any]:
    """What successful deployments have left, the newest last; what a deleted one left stays."""
    name = obj["metadata"]["name"]
    kept = ("deployedConfigHash", "deployedVersion", "containerImages")
    found: dict[str, Any] = {field: before[field] for field in kept if field in before}
    statuses = {}
    for item in deployments(obj, world):
        told = status_of(item)
        statuses[item["metadata"]["name"]] = list((told.get("nodeSetConditions") or {}).get(name) or ())
        if not _is_done(item):
            continue
        run = item["spec"].get("servicesOverride") or []
        if not run and name in (told.get("nodeSetHashes") or {}):
            found["deployedConfigHash"] = told["nodeSetHashes"][name]
        known = [services.find(service, obj["metadata"]["namespace"], world) for service in run or _services(obj)]
        if any(service is not None and service.updates for service in known) and "deployedVersion" in told:
            found["deployedVersion"] = told["deployedVersion"]
        found["containerImages"] = {**found.get("containerImages", {}), **(told.get("containerImages") or {})}
    return {**found, "deploymentStatuses": statuses}


def _services(obj: Object) -> list[str]:
    return list(obj["spec"].get("services") or ())


def _hashes(obj: Object, world: World) -> dict[str, Any]:
    found: dict[str, dict[str, str]] = {"Secret": {}, "ConfigMap": {}}
    for source, _ in variable_sources(obj):
        held = world.get(source.kind, source.name, obj["metadata"]["namespace"])
        if held is not None:
            found[source.kind][source.name] = digest(held.get("data"))
    return {"secretHashes": found["Secret"], "configMapHashes": found["ConfigMap"]}
