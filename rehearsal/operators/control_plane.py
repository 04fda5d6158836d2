"""OpenStackControlPlane: everything of OpenStack that runs in the cluster (rhoso.md, S8).

Source: openstack-operator 18.0-fr2, controllers/core/openstackcontrolplane_controller.go and pkg/openstack. Each
service has a condition of its own, which becomes True in the order in which the services wait for each other; a need
that is not met holds up its service and those behind it. A version is taken up in two steps: OVN alone, then all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from . import (
    control_plane_admission,
    control_plane_needs,
    control_plane_products,
    control_plane_replicas,
    control_plane_secrets,
    version,
)
from .control_plane_conditions import Condition, done, error, in_progress, summed_up, unknown
from .control_plane_services import (
    CA,
    CLIENT,
    DNS,
    SERVICES,
    TOPOLOGY,
    Service,
    condition_type,
    running,
)
from .standin import Operation, StandIn, Unmet, View, observed
from .world import Object, World, is_true, status_of

KIND = version.CONTROL_PLANES

_WORDS = {CA: "CAs"}
_AT_THE_END = {
    "OpenStackControlPlaneTestCMReadyCondition": "OpenStackControlPlane Test Operator CM is available",
    "OpenStackControlPlaneInstanceHaCMReadyCondition": "OpenStackControlPlane InstanceHa CM is available",
}


class OpenStackControlPlane(StandIn):
    """A fault's message may begin with the part that it befalls: "Nova: no space left"; else it is the client's."""

    kind = KIND
    operator = "openstack"
    finalizer = "openstack.org/openstackcontrolplane"

    def unmet(self, obj: Object, world: World) -> list[Unmet]:
        return control_plane_needs.unmet(obj, world)

    def inputs(self, obj: Object, world: World) -> Any:
        """A new password, and a new version, start pods anew."""
        secrets = control_plane_secrets.fingerprint(obj["spec"], obj["metadata"]["namespace"], world)
        return {"secrets": secrets, "version": version.stage(obj, world)}

    def status(self, view: View, world: World) -> dict[str, Any]:
        conditions = list(_Conditions(view, world).all())
        summed = summed_up(conditions)
        return {**observed(view.obj), "conditions": summed, **_versions(view, summed, world), **_tls(view.obj, summed)}

    def parts(self, view: View, world: World) -> list[dict[str, Any]]:
        return [*control_plane_products.parts(view, world), *control_plane_replicas.parts(view.obj, world)]

    def refuses(self, operation: Operation, obj: Object, old: Object | None, world: World) -> str | None:
        return control_plane_admission.refuses(operation, obj, old, world)

    def gone(self, obj: Object, world: World) -> str | None:
        """The services' own objects and the version go with it; the volumes stay (rhoso.md §4.17)."""
        return None


class _Conditions:
    """The conditions of one moment, each a step on from what they are."""

    def __init__(self, view: View, world: World) -> None:
        self._view = view
        self._world = world
        self._spec = view.obj["spec"]
        self._now = {entry["type"]: entry for entry in status_of(view.obj).get("conditions") or ()}
        self._step, self._target = version.stage(view.obj, world)
        self._sentences: defaultdict[str, list[str]] = defaultdict(list)
        for unmet in view.unmet:
            part, sentence = (unmet.part, unmet.sentence) if unmet.part else _addressed(unmet.sentence)
            self._sentences[part].append(sentence)

    def all(self) -> Iterator[Condition]:
        """In the order of the operator's work; Ready mirrors the first that is worst."""
        services = running(self._spec)
        blocked = not self._now
        if self._spec.get("topologyRef"):
            yield self._topology()
            blocked = blocked or TOPOLOGY in self._sentences
        yield self._ca() if not blocked else self._unknown(CA)
        blocked = blocked or CA in self._sentences
        parts = [(service.part, service.after) for service in services] + [(CLIENT, ("KeystoneAPI",))]
        for part, after in parts:
            yield self._unknown(part) if blocked else self._part(part, after)
        for service in services:
            if service.exposed:
                yield self._exposed(service, blocked)
        if not blocked and self._is_up(CLIENT):
            yield from (done(kind, message) for kind, message in _AT_THE_END.items())

    def _topology(self) -> Condition:
        if not self._now:
            return unknown(condition_type(TOPOLOGY), "Topology config create not started")
        if sentences := self._sentences.get(TOPOLOGY):
            return error(condition_type(TOPOLOGY), f"Topology config create error occurred {'; '.join(sentences)}")
        return done(condition_type(TOPOLOGY), "Topology config create completed")

    def _ca(self) -> Condition:
        if sentences := self._sentences.get(CA):
            return error(condition_type(CA), f"{_named(CA)} error occured {'; '.join(sentences)}")
        return done(condition_type(CA), f"{_named(CA)} completed")

    def _part(self, part: str, after: tuple[str, ...]) -> Condition:
        kind, name = condition_type(part), _named(part)
        if sentences := self._sentences.get(part):
            return in_progress(kind, f"{name} in progress", sentences)
        if self._view.phase == "failed":
            befallen, problem = _addressed(self._view.problem)
            if part == befallen:
                return error(kind, f"{name} error occured {problem}")
        if self._is_held(part) or not (self._is_up(part) or self._may_come_up(part, after)):
            return in_progress(kind, f"{name} in progress")
        return done(kind, f"{name} completed")

    def _is_held(self, part: str) -> bool:
        """What shows that there is work: the last part to come up, or OVN where it goes before all others."""
        if part == DNS:
            return not _dns_is_ready(self._view.obj, self._world)
        last = "OVN" if self._step == "ovn" else CLIENT
        if part != last or self._view.phase == "ready":
            return part == CLIENT and not is_true(_version(self._view.obj, self._world), version.INITIALIZED)
        return True

    def _may_come_up(self, part: str, after: tuple[str, ...]) -> bool:
        """Pods that were started a round ago run, once what they wait for does."""
        entry = self._now.get(condition_type(part))
        known = {service.part for service in running(self._spec)}
        started = entry is not None and entry["status"] == "False"
        return started and all(self._is_up(other) for other in after if other in known)

    def _is_up(self, part: str) -> bool:
        entry = self._now.get(condition_type(part))
        return entry is not None and entry["status"] == "True"

    def _exposed(self, service: Service, blocked: bool) -> Condition:
        kind = condition_type(f"Expose{service.part}")
        if not blocked and self._is_up(service.part):
            return done(kind, f"OpenStackControlPlane {service.exposed} service exposed")
        route = f"{service.exposed}-public"
        return unknown(kind, f"OpenStackControlPlane {service.exposed} exposing service {route} not started")

    def _unknown(self, part: str) -> Condition:
        return unknown(condition_type(part), f"{_named(part)} not started")


def _named(part: str) -> str:
    return f"OpenStackControlPlane {_WORDS.get(part, part)}"


_PARTS = {*(service.part for service in SERVICES), CA, TOPOLOGY, CLIENT}


def _addressed(sentence: str) -> tuple[str, str]:
    """ "Nova: no space left" -> ("Nova", "no space left"); without a part's name it is the client's."""
    part, colon, rest = sentence.partition(": ")
    return (part, rest) if colon and part in _PARTS else (CLIENT, sentence)


def _version(obj: Object, world: World) -> Object | None:
    return world.get(version.KIND, obj["metadata"]["name"], obj["metadata"]["namespace"])


def _dns_is_ready(obj: Object, world: World) -> bool:
    dnsmasq = world.get(control_plane_products.DNSMASQS, control_plane_products.DNS_NAME, obj["metadata"]["namespace"])
    if dnsmasq is None or not is_true(dnsmasq, "Ready"):
        return False
    return bool(status_of(dnsmasq).get("observedGeneration") == dnsmasq["metadata"].get("generation", 1))


def _versions(view: View, conditions: list[Condition], world: World) -> dict[str, Any]:
    """What runs: as before, but for what has just been brought to the wanted version."""
    step, target = version.stage(view.obj, world)
    fields = ("deployedVersion", "deployedOVNVersion", "containerImages")
    told = {key: value for key, value in status_of(view.obj).items() if key in fields}
    images: Mapping[str, Any] = status_of(_version(view.obj, world) or {}).get("containerImages") or {}
    up = {entry["type"] for entry in conditions if entry["status"] == "True"}
    if view.phase != "ready" or not target or not images:
        return told
    if step == "all" and "Ready" in up:
        return {"deployedVersion": target, "deployedOVNVersion": target, "containerImages": dict(images)}
    if step == "ovn" and condition_type("OVN") in up:
        mine = {"ovnControllerImage": images["ovnControllerImage"]}
        return {**told, "deployedOVNVersion": target, "containerImages": {**told.get("containerImages", {}), **mine}}
    return told


def _tls(obj: Object, conditions: list[Condition]) -> dict[str, Any]:
    if not any(entry["type"] == condition_type(CA) and entry["status"] == "True" for entry in conditions):
        return {}
    names = control_plane_products.ISSUERS
    return {
        "tls": {
            "caBundleSecretName": control_plane_products.BUNDLE,
            "caList": [{"name": name, "expires": "2035-01-01T00:00:00Z"} for name in names],
        }
    }


STANDINS = (OpenStackControlPlane(),)
