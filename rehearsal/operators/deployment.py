"""``OpenStackDataPlaneDeployment``: one run over the computes, which really logs in to each of them.

What Ansible's playbooks would fail on is looked at in their order; what they leave running is started as units of the
guest's systemctl, and from then on Nova and OVN know the compute (openstack_cli). Source: openstack-operator 18.0-fr2,
controllers/dataplane/openstackdataplanedeployment_controller.go, pkg/dataplane; rhoso.md S10 and §4.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from . import compute
from . import data_plane_services as services
from .data_plane import DEPLOYMENTS, FAILED, NODE_SETS, Node, has_failed, nodes, values, version
from .data_plane_ipam import reserve
from .node_set import config_hash
from .node_set_needs import dns_addresses
from .openstack_cli import state
from .standin import Operation, Outcome, StandIn, Unmet, View, condition, observed
from .world import Object, World, is_true, status_of

_THREADS = 8


class Deployment(StandIn):
    """Runs once: what has failed stays so."""

    kind = DEPLOYMENTS
    operator = "openstack"
    retry = None

    def settled(self, obj: Object) -> bool:
        return bool(status_of(obj).get("deployed")) or has_failed(obj)

    def unmet(self, obj: Object, world: World) -> list[Unmet]:
        return [Unmet(sentence) for sentence in _needs(obj, world)]

    def act(self, obj: Object, world: World) -> Outcome:
        for node_set in _node_sets(obj, world):
            failure = _deploy(obj, node_set, world)
            if failure is not None:
                name = node_set["metadata"]["name"]
                told = _backoff(failure, obj, name)
                return Outcome(told, {"node_set": name, "service": failure.service})
        return Outcome(facts=_results(obj, world))

    def status(self, view: View, world: World) -> dict[str, Any]:
        obj, done = view.obj, view.phase == "ready"
        inputs = (
            condition("InputReady", False, "Requested", view.unmet[0].sentence, severity="Info")
            if view.phase == "waiting"
            else condition("InputReady", True, "Ready", "Input data complete")
        )
        state_of = {
            "waiting": condition("DeploymentReady", "Unknown", "Init", "Deployment not started"),
            "working": condition("DeploymentReady", False, "Requested", "Deployment in progress", severity="Info"),
            "failed": condition("DeploymentReady", False, FAILED, view.problem, severity="Error"),
            "ready": condition("DeploymentReady", True, "Ready", "Deployment completed"),
        }[view.phase]
        ready = (
            condition("Ready", True, "Ready", "Setup complete")
            if done
            else {**(inputs if view.phase == "waiting" else state_of), "type": "Ready", "status": "False"}
        )
        status: dict[str, Any] = {**observed(obj), "conditions": [ready, inputs, state_of], "deployed": done}
        if view.phase != "waiting":
            status["nodeSetConditions"] = {
                item["metadata"]["name"]: _node_set_conditions(view, obj, item) for item in _node_sets(obj, world)
            }
        return {**status, **view.facts} if done else status

    def refuses(self, operation: Operation, obj: Object, old: Object | None, world: World) -> str | None:
        if operation == "UPDATE" and old is not None and old["spec"] != obj["spec"]:
            return "OpenStackDataPlaneDeployment Spec is immutable"
        return None


STANDINS = (Deployment(),)


def run_services(deployment: Object, node_set: Object) -> list[str]:
    """The services that a deployment runs on a node set."""
    return list(deployment["spec"].get("servicesOverride") or node_set["spec"].get("services") or ())


def _node_sets(obj: Object, world: World) -> list[Object]:
    namespace = obj["metadata"]["namespace"]
    found = [world.get(NODE_SETS, name, namespace) for name in obj["spec"]["nodeSets"]]
    return [item for item in found if item is not None]


def _needs(obj: Object, world: World) -> Iterator[str]:
    spec, namespace = obj["spec"], obj["metadata"]["namespace"]
    for name in spec["nodeSets"]:
        node_set = world.get(NODE_SETS, name, namespace)
        if node_set is None:
            yield f"OpenStackDataPlaneNodeSet {name} not found"
        elif not is_true(node_set, "SetupReady") or status_of(node_set).get("observedGeneration") != _generation(
            node_set
        ):
            yield f"OpenStackDataPlaneNodeSet {name} is not SetupReady yet"
        else:
            yield from _data(obj, node_set, world)
    selector = spec.get("ansibleJobNodeSelector") or {}
    if selector and not world.all("Node", labels=selector):
        wanted = ", ".join(f"{key}={value}" for key, value in selector.items())
        yield f"0 nodes match the ansibleJobNodeSelector {wanted}: the pods of Ansible stay Pending"


def _generation(obj: Object) -> int:
    return int(obj["metadata"].get("generation", 1))


def _data(obj: Object, node_set: Object, world: World) -> Iterator[str]:
    """What the services read; a run waits for all of it before it begins."""
    namespace = obj["metadata"]["namespace"]
    for name in run_services(obj, node_set):
        service = services.find(name, namespace, world)
        if service is None:
            yield f"OpenStackDataPlaneService {name} not found"
            continue
        for source in service.sources:
            if missing := source.missing(namespace, world):
                yield f"{missing} not found, which service {name} reads"


def _deploy(obj: Object, node_set: Object, world: World) -> compute.Failure | None:
    """Run the services on every node at once; the first failure, in the order of the nodes."""
    namespace = obj["metadata"]["namespace"]
    limit = str(obj["spec"].get("ansibleLimit") or "*")
    wanted = None if limit == "*" else {part.strip().partition(".")[0] for part in limit.split(",")}
    targets = [node for node in nodes(node_set) if wanted is None or node.name in wanted]
    run = run_services(obj, node_set)
    template = node_set["spec"].get("nodeTemplate") or {}
    held = world.get("Secret", str(template.get("ansibleSSHPrivateKeySecret")), namespace) or {}
    reserved = reserve(nodes(node_set), namespace, world).nodes
    known = [services.find(name, namespace, world) for name in run]
    plan = compute.Run(
        services=tuple(service for service in known if service is not None),
        key=values(held)["ssh-privatekey"],
        variables=compute.shared_variables(node_set, world),
        dns=tuple(dns_addresses(namespace, world)),
    )

    def on(node: Node) -> compute.Failure | None:
        return compute.deploy(node, reserved[node.name], plan)

    with ThreadPoolExecutor(_THREADS) as pool:
        failures = [failure for failure in pool.map(on, targets) if failure is not None]
    if not failures and world.directory is not None and any(service.name == "nova" for service in plan.services):
        state.register(world.directory, [compute.record(node, reserved[node.name], plan, node_set) for node in targets])
    return failures[0] if failures else None


def _backoff(failure: compute.Failure, obj: Object, node_set: str) -> str:
    name = f"{failure.service}-{obj['metadata']['name']}-{node_set}"
    return (
        f"Deployment error occurred nodeSet: {node_set} error: backoff limit reached for execution.name {name} "
        f"execution.namespace {obj['metadata']['namespace']}: {failure.sentence}"
    )


def _results(obj: Object, world: World) -> dict[str, Any]:
    """What stays of a run in its status."""
    namespace = obj["metadata"]["namespace"]
    release = version(namespace, world)
    offered = release.get("containerImages") or {}
    found: dict[str, Any] = {"nodeSetHashes": {}, "containerImages": {}, "secretHashes": {}, "configMapHashes": {}}
    for node_set in _node_sets(obj, world):
        found["nodeSetHashes"][node_set["metadata"]["name"]] = config_hash(node_set, world)
        told = status_of(node_set)
        found["secretHashes"] |= told.get("secretHashes") or {}
        found["configMapHashes"] |= told.get("configMapHashes") or {}
        for name in run_services(obj, node_set):
            service = services.find(name, namespace, world)
            for image in service.images if service is not None else ():
                # OpenStackVersion has the same names, but for the case of the first letter.
                key = image[0].lower() + image[1:]
                if key in offered:
                    found["containerImages"][image] = offered[key]
    target = _target(namespace, world)
    return {**found, **({"deployedVersion": target} if target else {})}


def _target(namespace: str, world: World) -> str:
    found = world.all("OpenStackVersion.core.openstack.org", namespace)
    return str(found[0]["spec"].get("targetVersion") or "") if found else ""


def _node_set_conditions(view: View, obj: Object, node_set: Object) -> list[dict[str, Any]]:
    """NodeSetDeploymentReady, and one condition for each service that has begun."""
    name = node_set["metadata"]["name"]
    run = run_services(obj, node_set)
    if view.phase == "ready":
        done = [condition(_condition_name(service), True, "Ready", "Deployment completed") for service in run]
        return [condition("NodeSetDeploymentReady", True, "Ready", "Deployment completed"), *done]
    if view.phase != "failed" or view.facts.get("node_set", name) != name:
        return [condition("NodeSetDeploymentReady", False, "Requested", "Deployment in progress", severity="Info")]
    failed = view.facts.get("service", run[0] if run else "")
    before = run[: run.index(failed)] if failed in run else []
    return [
        condition("NodeSetDeploymentReady", False, FAILED, view.problem, severity="Error"),
        *(condition(_condition_name(service), True, "Ready", "Deployment completed") for service in before),
        condition(_condition_name(failed), False, FAILED, view.problem, severity="Error"),
    ]


def _condition_name(service: str) -> str:
    """ "configure-network" is told in ServiceConfigureNetworkDeploymentReady."""
    return f"Service{''.join(part.capitalize() for part in service.split('-'))}DeploymentReady"
