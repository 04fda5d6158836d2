"""The OpenStack object: the operator of operators, which brings every other kind of OpenStack (rhoso.md, S4).

Source: openstack-operator 18.0-fr2, controllers/operator/openstack_controller.go: it applies the definitions, then some
twenty operators' Deployments and their webhooks, and is ready when all of them run and the webhooks have endpoints.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from rehearsal.cluster.contents import load_crds

from . import objects
from .control_plane_conditions import done, in_progress, summed_up
from .standin import KEEP, StandIn, Unmet, View, observed
from .world import Object, World, is_true, status_of

KIND = "OpenStack.operator.openstack.org"
OWN_CRD = "openstacks.operator.openstack.org"
WEBHOOK_SERVICES = (
    "openstack-operator-webhook-service",
    "openstack-baremetal-operator-webhook-service",
    "infra-operator-webhook-service",
)
OPERATORS = 22
"""Deployments that have to run; openstack-baremetal-operator is one of them."""

_CONDITION = "OpenStackOperatorReadyCondition"
_IMAGE = "registry.redhat.io/rhoso-operators/openstack-rhel9-operator"
_HOSTS = "baremetalhosts.metal3.io"
_CERTIFICATES = ("issuers.cert-manager.io", "certificates.cert-manager.io")
_GROUPS = frozenset(
    f"{group}.openstack.org"
    for group in "core client dataplane network topology memcached rabbitmq redis instanceha keystone test".split()
)


Definitions = Callable[[], tuple[dict[str, Any], ...]]


class OpenStack(StandIn):
    """``definitions``: the custom resource definitions that it brings."""

    kind = KIND
    operator = "openstack"
    finalizer = "openstack.org/openstack"

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions

    def unmet(self, obj: Object, world: World) -> list[Unmet]:
        first = first_of(world)
        if first is not None and first["metadata"]["uid"] != obj["metadata"]["uid"]:
            return [Unmet(f"OpenStack {first['metadata']['name']} is there already, and any later one is deleted")]
        found = []
        if not all(map(world.serves, _CERTIFICATES)) or not world.installed("cert-manager"):
            found.append(
                Unmet("cert-manager is not installed: no matches for kind Issuer in version cert-manager.io/v1")
            )
        if not world.serves(_HOSTS):
            sentence = (
                f"openstack-baremetal-operator ends at once, for the kind BareMetalHost ({_HOSTS}) is not served; "
                "enable OpenShift's capability baremetal, or apply this definition"
            )
            found.append(Unmet(sentence))
        return found

    def inputs(self, obj: Object, world: World) -> Any:
        return world.version(self.operator)

    def status(self, view: View, world: World) -> dict[str, Any]:
        runs = view.phase == "ready" and self._is_set_up(view.obj, world)
        sentences = [*(unmet.sentence for unmet in view.unmet), *([view.problem] if view.problem else [])]
        own = in_progress(_CONDITION, "OpenStackOperator in progress", sentences)
        if runs:
            own = done(_CONDITION, "OpenStackOperator completed")
        # What was deployed last stays known while another version replaces it.
        image = f"{_IMAGE}:{world.version(self.operator)}" if runs else status_of(view.obj).get("containerImage")
        return {
            **observed(view.obj),
            "conditions": summed_up([own]),
            "deployedOperatorCount": OPERATORS if runs else (OPERATORS - 1 if _lacks_hosts(world) else 0),
            **({"containerImage": image} if image else {}),
        }

    def parts(self, view: View, world: World) -> list[dict[str, Any]]:
        """The definitions first, whatever else is missing; they outlive it, as the real ones do."""
        made = [crd for crd in self._definitions() if not world.serves(crd["metadata"]["name"])]
        if view.phase == "ready":
            for name in WEBHOOK_SERVICES:
                selector = {"openstack.org/operator-name": name.removesuffix("-operator-webhook-service")}
                made += objects.service(name, view.obj["metadata"]["namespace"], selector, 443, 9443)
        return made

    def _is_set_up(self, obj: Object, world: World) -> bool:
        namespace = obj["metadata"]["namespace"]
        served = all(world.serves(crd["metadata"]["name"]) for crd in self._definitions())
        return served and all(world.get("Endpoints", name, namespace) for name in WEBHOOK_SERVICES)

    def gone(self, obj: Object, world: World) -> str | None:
        """Nothing holds it up: the objects of its kinds stay, without anybody to end them (rhoso.md §4.13)."""
        return None


def first_of(world: World) -> Object | None:
    """The one that counts: the oldest."""
    return min(world.all(KIND), key=lambda obj: str(obj["metadata"].get("creationTimestamp")), default=None)


def release(world: World) -> str | None:
    """The version of OpenStack that the operators have images of: "18.0.7"; None while they are not all there.

    While an upgrade is being set up there is none. Versions up to 1.0.6 need no OpenStack object.
    """
    installed = world.version("openstack")
    if installed is None:
        return None
    if world.serves(OWN_CRD):
        first = first_of(world)
        if first is None or not is_true(first, "Ready"):
            return None
        installed = str(status_of(first).get("containerImage", "")).rpartition(":")[2]
    return release_of(installed) if installed else None


def release_of(version: str) -> str:
    """What a version of the operator brings: 1.0.N of the package 18.0.N; the real ones have a date after that."""
    return f"18.0.{version.rpartition('.')[2]}"


def definitions() -> tuple[dict[str, Any], ...]:
    """The definitions of every kind of OpenStack but its own, from the engine's directory; none without an engine."""
    engine = os.environ.get("RHOSO_ENGINE")
    return _definitions(Path(engine) / "crds") if engine else ()


@cache
def _definitions(directory: Path) -> tuple[dict[str, Any], ...]:
    return tuple(map(_kept, load_crds(directory, _GROUPS)))


def _kept(crd: dict[str, Any]) -> dict[str, Any]:
    metadata = crd["metadata"]
    return {**crd, "metadata": {**metadata, "annotations": {**(metadata.get("annotations") or {}), KEEP: "true"}}}


def _lacks_hosts(world: World) -> bool:
    return not world.serves(_HOSTS)


STANDINS = (OpenStack(definitions),)
