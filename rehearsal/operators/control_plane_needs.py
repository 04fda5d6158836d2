"""What OpenStackControlPlane needs before it is ready, each with its sentence and the condition that it holds up."""

from __future__ import annotations

import ast
import configparser
from collections.abc import Iterator

from . import control_plane_addresses, control_plane_networks, control_plane_secrets, control_plane_storage
from .control_plane_services import CA, TOPOLOGY, Section, places
from .standin import Unmet
from .world import Object, World

TOPOLOGIES = "Topology.topology.openstack.org"


def unmet(obj: Object, world: World) -> list[Unmet]:
    """What is missing, in the order in which the operator comes to it; each sentence once."""
    spec, namespace = obj["spec"], obj["metadata"]["namespace"]
    found = [
        *_topologies(spec, namespace, world),
        *_certificates(spec, namespace, world),
        *control_plane_secrets.unmet(spec, namespace, world),
        *control_plane_storage.unmet(spec, world),
        *control_plane_networks.placed(spec, world),
        *control_plane_networks.attachments(spec, namespace, world),
        *control_plane_networks.moved_nics(spec, namespace, world),
        *control_plane_addresses.unmet(spec, world),
        *_instances(spec),
        *_configuration(spec),
        *_observability(spec, world),
    ]
    return list(dict.fromkeys(found))


def _topologies(spec: Section, namespace: str, world: World) -> Iterator[Unmet]:
    named = [spec.get("topologyRef"), *(place.value.get("topologyRef") for place in places(spec))]
    for reference in named:
        if reference and world.get(TOPOLOGIES, reference["name"], namespace) is None:
            yield Unmet(f'topologies.topology.openstack.org "{reference["name"]}" not found', TOPOLOGY)


def _certificates(spec: Section, namespace: str, world: World) -> Iterator[Unmet]:
    if not (world.installed("cert-manager") and world.serves("issuers.cert-manager.io")):
        yield Unmet("cert-manager is not installed, so there are no issuers of certificates", CA)
    bundle = (spec.get("tls") or {}).get("caBundleSecretName")
    if bundle and world.get("Secret", bundle, namespace) is None:
        yield Unmet(f"Secret {bundle} of tls.caBundleSecretName is missing", CA)


# A field that names an instance, and the section whose templates have it.
_NAMES = {
    "databaseInstance": "galera",
    "cellDatabaseInstance": "galera",
    "cellMessageBusInstance": "rabbitmq",
    "rabbitMqClusterName": "rabbitmq",
    "memcachedInstance": "memcached",
}


def _instances(spec: Section) -> Iterator[Unmet]:
    for place in places(spec):
        for field, section in _NAMES.items():
            name = place.value.get(field)
            if name and name not in ((spec.get(section) or {}).get("templates") or {}):
                yield Unmet(f"{place.name}.{field}: there is no {name} in {section}.templates", place.service.part)


def _configuration(spec: Section) -> Iterator[Unmet]:
    for place in places(spec):
        text = place.value.get("customServiceConfig")
        if isinstance(text, str) and (complaint := _complaint(place.path[0], text)):
            yield Unmet(f"{place.name}.customServiceConfig: {complaint}; its pods end at once", place.service.part)


def _complaint(section: str, text: str) -> str:
    """What is wrong with a service's configuration: Python of Horizon, INI of all others."""
    if section == "horizon":
        try:
            ast.parse(text)
        except SyntaxError as error:
            return f"line {error.lineno} is not Python: {error.msg}"
        return ""
    # Services allow an option several times; MariaDB's has options without a value.
    parser = configparser.RawConfigParser(strict=False, allow_no_value=section == "galera", default_section="")
    try:
        parser.read_string(text)
    except configparser.MissingSectionHeaderError as error:
        return f"line {error.lineno} stands before any [section]"
    except configparser.ParsingError as error:
        return f"line {error.errors[0][0]} is not of the form option = value"
    return ""


def _observability(spec: Section, world: World) -> Iterator[Unmet]:
    for place in places(spec):
        is_metrics = place.path == ("telemetry", "template", "metricStorage")
        if is_metrics and place.value.get("enabled") and not world.installed("observability"):
            sentence = "metricStorage needs the Cluster Observability Operator, which is not installed"
            yield Unmet(sentence, place.service.part)
