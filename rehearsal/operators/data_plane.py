"""What node sets and deployments have in common: kinds, nodes with all that their template gives them, and hashes.

Fields and rules: rhoso.md, S9 and S10; upstream openstack-operator apis/dataplane and pkg/dataplane.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .world import Object, World, status_of

GROUP = "dataplane.openstack.org"
API_VERSION = f"{GROUP}/v1beta1"
NODE_SETS = f"OpenStackDataPlaneNodeSet.{GROUP}"
DEPLOYMENTS = f"OpenStackDataPlaneDeployment.{GROUP}"
CONTROL_PLANES = "OpenStackControlPlane.core.openstack.org"
VERSIONS = "OpenStackVersion.core.openstack.org"
ATTACHMENTS = "NetworkAttachmentDefinition.k8s.cni.cncf.io"

FAILED = "BackoffLimitExceeded"
"""The reason of a deployment that will never succeed."""


@dataclass(frozen=True)
class Node:
    """A node of a node set: ``name`` is its short host name, ``networks`` what it has of them, as the spec lists them.

    ``variables`` are all of Ansible's that the spec itself gives: the node's own over the template's.
    """

    name: str
    address: str
    port: int
    user: str
    networks: tuple[Mapping[str, Any], ...]
    variables: Mapping[str, Any]


@dataclass(frozen=True)
class Source:
    """A Secret or ConfigMap that something is read from."""

    kind: str
    name: str
    optional: bool = False

    def missing(self, namespace: str, world: World, keys: tuple[str, ...] = ()) -> str:
        """What is not there, as lib-common writes it ("secret/libvirt-secret"); "" when all is."""
        found = world.get(self.kind, self.name, namespace)
        told = f"{self.kind.lower()}/{self.name}"
        if found is None:
            return "" if self.optional else told
        absent = [key for key in keys if key not in values(found)]
        return f"{told}: field {', '.join(absent)} not found" if absent else ""


def nodes(node_set: Object) -> list[Node]:
    """The nodes of a node set, by key."""
    spec = node_set["spec"]
    template = spec.get("nodeTemplate") or {}
    found = []
    for key, node in sorted((spec.get("nodes") or {}).items()):
        below, own = template.get("ansible") or {}, node.get("ansible") or {}
        name = str(node.get("hostName") or key)
        found.append(
            Node(
                name=name.partition(".")[0],
                address=str(own.get("ansibleHost") or name),
                port=int(own.get("ansiblePort") or below.get("ansiblePort") or 22),
                user=str(own.get("ansibleUser") or below.get("ansibleUser") or "cloud-admin"),
                networks=tuple(node.get("networks") or template.get("networks") or ()),
                variables={**(below.get("ansibleVars") or {}), **(own.get("ansibleVars") or {})},
            )
        )
    return found


def variable_sources(node_set: Object) -> list[tuple[Source, str]]:
    """Each Secret or ConfigMap whose keys are Ansible variables, and the prefix that they get."""
    spec = node_set["spec"]
    sections = [spec.get("nodeTemplate") or {}, *(spec.get("nodes") or {}).values()]
    entries = [entry for part in sections for entry in (part.get("ansible") or {}).get("ansibleVarsFrom") or ()]
    return [(source, entry.get("prefix") or "") for entry in entries for source in sources([entry])]


def sources(entries: Any) -> list[Source]:
    """The references in a list of {secretRef: {name, optional}} and {configMapRef: …}."""
    return [
        Source(kind, entry[field]["name"], bool(entry[field].get("optional")))
        for entry in entries or ()
        for field, kind in (("secretRef", "Secret"), ("configMapRef", "ConfigMap"))
        if entry.get(field)
    ]


def given_variables(node_set: Object, world: World) -> dict[str, Any]:
    """What the node set's sources give: a value that is JSON is decoded, any other is a text (inventory.go)."""
    namespace = node_set["metadata"]["namespace"]
    found = {}
    for source, prefix in variable_sources(node_set):
        for key, text in values(world.get(source.kind, source.name, namespace) or {}).items():
            try:
                found[prefix + key] = json.loads(text)
            except ValueError:
                found[prefix + key] = text
    return found


def values(obj: Object) -> dict[str, str]:
    """The values of a Secret or ConfigMap, plain."""
    data = obj.get("data") or {}
    if obj.get("kind") == "Secret":
        decoded = {key: base64.b64decode(value).decode(errors="replace") for key, value in data.items()}
        return {**decoded, **(obj.get("stringData") or {})}
    return dict(data)


def digest(value: Any) -> str:
    """Hex digits that stand for a value of JSON."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def control_plane(namespace: str, world: World) -> Object | None:
    """The one control plane of the namespace."""
    return next(iter(world.all(CONTROL_PLANES, namespace)), None)


def version(namespace: str, world: World) -> Mapping[str, Any]:
    """The status of the namespace's OpenStackVersion; empty before there is one."""
    return status_of(next(iter(world.all(VERSIONS, namespace)), {}))


def deployments(node_set: Object, world: World) -> list[Object]:
    """The deployments that name a node set, oldest first."""
    name, namespace = node_set["metadata"]["name"], node_set["metadata"]["namespace"]
    found = [item for item in world.all(DEPLOYMENTS, namespace) if name in item["spec"]["nodeSets"]]
    return sorted(found, key=age)


def age(obj: Object) -> tuple[str, int, str]:
    """Sorts objects by when they were made; of one second, a longer name is a later attempt."""
    metadata = obj["metadata"]
    return str(metadata.get("creationTimestamp") or ""), len(metadata["name"]), metadata["name"]


def condition_of(obj: Object, kind: str) -> Mapping[str, Any]:
    """A condition of an object; empty when it has none of that type."""
    entries: Iterator[Mapping[str, Any]] = iter(status_of(obj).get("conditions") or ())
    return next((entry for entry in entries if entry["type"] == kind), {})


def has_failed(deployment: Object) -> bool:
    """Whether a deployment has failed for good."""
    entry = condition_of(deployment, "DeploymentReady")
    return entry.get("status") == "False" and entry.get("reason") == FAILED


def is_running(deployment: Object) -> bool:
    """Whether a deployment is neither done nor failed for good. Upstream counts it from its first moment on."""
    return not status_of(deployment).get("deployed") and not has_failed(deployment)
