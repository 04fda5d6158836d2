"""What the webhook of OpenStackControlPlane refuses, and in whose words.

Source: openstack-operator apis v0.6.0, core/v1beta1/openstackcontrolplane_webhook.go, and the webhooks of the services'
operators that it calls (glance, nova, swift at 18.0-fr2).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from .control_plane_services import BY_SECTION, Section, Service, places, running, word
from .standin import Operation
from .world import Object, World

KIND = "OpenStackControlPlane.core.openstack.org"

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_LONGEST = 52  # of 63: a StatefulSet's pods have "-" and a hash of 10 digits behind its name in a label
_NAMED = (
    ("galera", "templates"),
    ("rabbitmq", "templates"),
    ("memcached", "templates"),
    ("redis", "templates"),
    ("glance", "template", "glanceAPIs"),
    ("cinder", "template", "cinderVolumes"),
)
_ENDPOINTS = {"internal", "public"}
_SINGLE = {"metadata", "spec", "endpointURL"}
_SPLIT = "The GlanceAPI layout type: split cannot be used in combination with File and NFS backend"
_ALONE = "The GlanceAPI layout type: single can only be used in combination with File and NFS backend"
_LAYOUT = (
    "The GlanceAPI layout (type) cannot be modified. To proceed, please add a new API with the desired layout and then "
    "decommission the previous API"
)


def refuses(operation: Operation, obj: Object, old: Object | None, world: World) -> str | None:
    """Why the API server shall refuse it, all reasons at once; None when it may be."""
    metadata, spec = obj["metadata"], obj["spec"]
    if operation == "DELETE" or metadata.get("deletionTimestamp"):
        return None
    name, namespace = metadata["name"], metadata["namespace"]
    if operation == "CREATE" and any(item["metadata"]["name"] != name for item in world.all(KIND, namespace)):
        return "Forbidden: Only one OpenStackControlPlane instance per namespace is supported at this time."
    before = old["spec"] if operation == "UPDATE" and old is not None else {}
    wrong = [
        *_dependencies(spec),
        *_names(spec),
        *_overrides(spec),
        *_glance(spec, before),
        *_nova(spec),
        *_swift(spec, before),
        *_topologies(spec, namespace),
    ]
    return f'OpenStackControlPlane.core.openstack.org "{name}" is invalid: {", ".join(wrong)}' if wrong else None


def _dependencies(spec: Section) -> Iterator[str]:
    for service in running(spec):
        yield from _required(spec, f"{service.section}.enabled", word(service.section), service.requires)
    template = _at(spec, "telemetry", "template") if BY_SECTION["telemetry"].runs(spec) else {}
    wants = {
        "ceilometer": ("Telemetry.Ceilometer", ("rabbitmq", "keystone")),
        "autoscaling": ("Telemetry.Autoscaling", ("galera", "heat", "rabbitmq", "keystone")),
    }
    for part, (name, needed) in wants.items():
        if (template.get(part) or {}).get("enabled"):
            yield from _required(spec, f"telemetry.template.{part}.enabled", name, needed)


def _required(spec: Section, field: str, name: str, needed: tuple[str, ...]) -> Iterator[str]:
    if not all(BY_SECTION[other].runs(spec) for other in needed):
        words = ", ".join(map(word, needed))
        yield f"spec.{field}: Invalid value: true: {name} requires these services to be enabled: {words}."


def _names(spec: Section) -> Iterator[str]:
    for path in _NAMED:
        for key in _of_running(spec, *path):
            if not _LABEL.fullmatch(key) or len(key) > _LONGEST:
                rule = f"must be a lower case RFC 1123 label of at most {_LONGEST} characters"
                yield f'spec.{".".join(path)}: Invalid value: "{key}": {rule}'


def _overrides(spec: Section) -> Iterator[str]:
    """A service is overridden by endpoint where it has two of them."""
    for place in places(spec):
        service = (place.value.get("override") or {}).get("service") or {}
        if not _SINGLE & service.keys():
            for key in service.keys() - _ENDPOINTS:
                field = f"spec.{place.name}.override.service[{key}]"
                yield f'{field}: Invalid value: "{key}": invalid endpoint type: {key}'


def _glance(spec: Section, before: Section) -> Iterator[str]:
    template = _of_running(spec, "glance", "template")
    apis: Mapping[str, Section] = template.get("glanceAPIs") or {}
    old = _at(before, "glance", "template", "glanceAPIs")
    top = _has_file(template.get("customServiceConfig") or "", True)
    for name, api in apis.items():
        kind, path = api.get("type", "split"), f"spec.glance.template.glanceAPIs[{name}]"
        if name in old and old[name].get("type", "split") != kind:
            yield f'{path}: Invalid value: "{name}": {_LAYOUT}'
        if api.get("replicas", 1) == 0:
            continue
        has_file = _has_file(api.get("customServiceConfig") or "", top)
        if kind == "split" and has_file:
            yield f'{path}: Invalid value: "{name}": {_SPLIT}'
        elif kind == "single" and not has_file:
            yield f'{path}: Invalid value: "{name}": {_ALONE}'
    endpoint = template.get("keystoneEndpoint") or (next(iter(apis), "") if len(apis) == 1 else "")
    if apis and (endpoint not in apis or apis[endpoint].get("type") == "edge"):
        reason = "KeystoneEndpoint is assigned to an invalid GlanceAPI instance"
        yield f'spec.glance.template.keystoneEndpoint: Invalid value: "{endpoint}": {reason}'


def _has_file(config: str, top: bool) -> bool:
    """Whether the images lie in files: said so, or nothing is said and the level above has files."""
    found = re.search(r"^\s*enabled_backends\s*=(.*)$", config, re.MULTILINE)
    if found is None:
        return top
    return any(backend.strip().partition(":")[2].strip() == "file" for backend in found[1].split(","))


def _nova(spec: Section) -> Iterator[str]:
    template = _of_running(spec, "nova", "template")
    cells: Mapping[str, Section] = template.get("cellTemplates") or {}
    if cells and "cell0" not in cells:
        yield (
            "spec.nova.template.cellTemplates: Required value: cell0 specification is missing, "
            "cell0 key is required in cellTemplates"
        )
    on_top = (template.get("metadataServiceTemplate") or {}).get("enabled", True)
    buses: dict[str, str] = {}
    for name, cell in sorted(cells.items()):
        path = f"spec.nova.template.cellTemplates[{name}]"
        bus = cell.get("cellMessageBusInstance") or (cell.get("messagingBus") or {}).get("cluster") or "rabbitmq"
        if name != "cell0" and bus in buses:
            yield (
                f'{path}.cellMessageBusInstance: Invalid value: "{bus}": RabbitMqCluster CR need to be uniq per cell. '
                f"It's duplicated with cell: {buses[bus]}"
            )
        if name != "cell0":
            buses[bus] = name
        if on_top and (cell.get("metadataServiceTemplate") or {}).get("enabled"):
            reason = "should be false as metadata is enabled on the top level too."
            yield f"{path}.metadataServiceTemplate.enabled: Invalid value: true: {reason}"


def _swift(spec: Section, before: Section) -> Iterator[str]:
    new = _of_running(spec, "swift", "template", "swiftStorage").get("replicas")
    old = _at(before, "swift", "template", "swiftStorage").get("replicas")
    if isinstance(new, int) and isinstance(old, int) and new < old:
        field = "spec.swift.template.swiftStorage.replicas"
        yield f"{field}: Invalid value: {new}: SwiftStorage does not support scale-in"


def _topologies(spec: Section, namespace: str) -> Iterator[str]:
    references = [("spec", spec.get("topologyRef"))]
    references += [(f"spec.{place.name}", place.value.get("topologyRef")) for place in places(spec)]
    for path, reference in references:
        if reference and reference.get("namespace") not in (None, "", namespace):
            reason = "Customizing namespace field is not supported"
            yield f'{path}.topology[namespace]: Invalid value: "namespace": {reason}'


def _of_running(spec: Section, section: str, *path: str) -> Section:
    service: Service = BY_SECTION[section]
    return _at(spec, section, *path) if service.runs(spec) else {}


def _at(spec: Section, *path: str) -> Section:
    found: Section = spec
    for key in path:
        found = found.get(key) or {}
    return found
