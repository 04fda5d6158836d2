"""The running lab as its stack's recorded state has it: machines by role, and the way into cluster and OpenStack."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from power.errors import PowerError
from readiness import spec
from recovery.engine import Engine
from recovery.state import DOMAIN, State
from settings.explain import NAMESPACE

MASTER, WORKER, COMPUTE = "master", "worker", "compute"
"""Roles, as the plan names machines after them."""

_PLANE = "kubernetes:core.openstack.org/"


@dataclass(frozen=True)
class Machine:
    """``name`` is the plan's ("worker-0"), ``domain`` libvirt's; ``uuid`` tells it from another of that name.
    ``address``: on the machine network; "" where the run that made the machine was killed before it was recorded."""

    name: str
    role: str
    domain: str
    uuid: str
    address: str


@dataclass(frozen=True)
class Lab:
    """``api`` is ``readiness.spec.api``'s dict (secret), None where no cluster was recorded. ``plane``: (namespace,
    name) of the OpenStackControlPlane, None where there is none."""

    stack: str
    uri: str
    machines: Sequence[Machine]
    api: Mapping[str, Any] | None = field(default=None, repr=False)
    plane: tuple[str, str] | None = None

    def of(self, role: str) -> list[Machine]:
        """The machines of a role, by name."""
        return sorted((one for one in self.machines if one.role == role), key=lambda one: one.name)

    @property
    def owns_cluster(self) -> bool:
        """Whether the cluster runs on machines of this stack. That of somebody else is left running."""
        return bool(self.of(MASTER))

    @property
    def nodes(self) -> dict[str, str]:
        """Names and addresses of the stack's own cluster nodes."""
        own = [*self.of(MASTER), *self.of(WORKER)]
        return {one.name: one.address for one in own}


def recorded(stack: str) -> Lab:
    """Raises RecoveryError when the engine can't be asked, and PowerError for a stack without machines."""
    engine = Engine(NAMESPACE, stack)
    document = json.loads(engine.run("stack", "export"))
    outputs = json.loads(engine.run("stack", "output", "--json", "--show-secrets"))
    return read(stack, document, outputs)


def read(stack: str, document: Mapping[str, Any], outputs: Mapping[str, Any]) -> Lab:
    """Of what `pulumi stack export` and `pulumi stack output` print. Raises PowerError, also while Pulumi is at
    something: machines that were switched off below it would fail it halfway."""
    resources = document["deployment"].get("resources") or []
    state = State(document)
    if state.operations:
        raise PowerError(
            f"Stack {stack} has operations under way: {', '.join(map(str, state.operations))}. If an up or a destroy "
            f"runs, let it end; if it was killed: make recover STACK={stack}. Then again."
        )
    uri = state.uri
    domains = [one for one in resources if one["type"] == DOMAIN and not one.get("delete")]
    # Not the stack's outputs, which are those of the last run: a machine that could not leave in it is not among them.
    addresses = {one["urn"]: (one.get("outputs") or {}).get("address", "") for one in resources}
    machines = [_machine(one, addresses[one["parent"]]) for one in domains]
    if uri is None or not machines:
        raise PowerError(f"Stack {stack} has no machines in its recorded state, so there is nothing to stop or start.")
    planes = [one["inputs"]["metadata"] for one in resources if one["type"].startswith(_PLANE)]
    text = outputs.get("kubeconfig")
    return Lab(
        stack,
        uri,
        machines,
        spec.api_from_kubeconfig(yaml.safe_load(text)) if text else None,
        (planes[-1]["namespace"], planes[-1]["name"]) if planes else None,
    )


def _machine(resource: Mapping[str, Any], address: str) -> Machine:
    name = resource["urn"].rpartition("::")[2]
    return Machine(name, name.rpartition("-")[0], str(resource["inputs"]["name"]), str(resource["id"]), address)
