"""What a node set needs before it is set up: a sentence for each thing that is missing or does not fit.

Each group belongs to a condition of its own; all three must hold for SetupReady.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from . import data_plane_services as services
from .data_plane import ATTACHMENTS, Source, control_plane, nodes, variable_sources, version
from .data_plane_ipam import CONTROL_PLANE, reserve
from .world import Object, World, is_true, status_of

MASQS = "DNSMasq.network.openstack.org"
INPUT, ADDRESSES, DNS = "InputReady", "NodeSetIPReservationReady", "NodeSetDNSDataReady"


def dns_addresses(namespace: str, world: World) -> list[str]:
    """What the namespace's DNSMasq answers on."""
    masqs = world.all(MASQS, namespace)
    return [str(ip) for masq in masqs for ip in status_of(masq).get("dnsAddresses") or ()]


def is_control(entry: Mapping[str, Any]) -> bool:
    """Whether a reservation is on the control plane's network."""
    return str(entry["network"]).lower() == CONTROL_PLANE


def inputs(obj: Object, world: World) -> Iterator[str]:
    """What the spec names and is not there."""
    spec, namespace = obj["spec"], obj["metadata"]["namespace"]
    template = spec.get("nodeTemplate") or {}
    key = Source("Secret", str(template.get("ansibleSSHPrivateKeySecret")))
    # authorized_keys is for machines that the operator provisions itself.
    wanted = ("ssh-privatekey",) if spec.get("preProvisioned") else ("ssh-privatekey", "authorized_keys")
    missing = [key.missing(namespace, world, wanted)]
    missing += [source.missing(namespace, world) for source, _ in variable_sources(obj)]
    if any(missing):
        yield f"Input data resources missing: {', '.join(dict.fromkeys(filter(None, missing)))}"
    for name in spec.get("services") or ():
        if services.find(name, namespace, world) is None:
            yield f"Input data error occurred: OpenStackDataPlaneService {name} not found"
    for name in spec.get("networkAttachments") or ():
        if world.get(ATTACHMENTS, name, namespace) is None:
            yield f"network-attachment-definition {name} not found"
    plane = control_plane(namespace, world)
    if plane is None:
        yield "OpenStackControlPlane not found: waiting for it"
    elif not version(namespace, world).get("deployedVersion") and not is_true(plane, "Ready"):
        # A minor update makes it not Ready, and needs the node set in the middle.
        yield f"OpenStackControlPlane {plane['metadata']['name']} has not been deployed yet: waiting for it"
    elif _pod_tls(plane) != spec.get("tlsEnabled", True):
        yield (
            f"TLS settings on the nodeset and the control plane do not match: tlsEnabled is "
            f"{str(spec.get('tlsEnabled', True)).lower()}, tls.podLevel.enabled of {plane['metadata']['name']} is not"
        )


def _pod_tls(plane: Object) -> bool:
    level = (plane["spec"].get("tls") or {}).get("podLevel") or {}
    return bool(level.get("enabled", True))


def addresses(obj: Object, world: World) -> Iterator[str]:
    """Addresses that can't be had, or that are not where Ansible goes."""
    found = reserve(nodes(obj), obj["metadata"]["namespace"], world)
    for sentence in found.problems:
        yield f"NodeSet IP reservation error occurred: {sentence}"
    for node in nodes(obj):
        at = [entry["address"] for entry in found.nodes.get(node.name, ()) if is_control(entry)]
        if obj["spec"].get("preProvisioned") and at and node.address != at[0]:
            yield (
                f"NodeSet IP reservation error occurred: {node.name}: ansibleHost is {node.address}, "
                f"and its address on {CONTROL_PLANE} is {at[0]}"
            )


def dns(obj: Object, world: World) -> Iterator[str]:
    """The nodes' names are served by the control plane's one DNSMasq."""
    masqs = world.all(MASQS, obj["metadata"]["namespace"])
    if len(masqs) != 1:
        yield f"NodeSet DNS data: expected one DNSMasq, found {len(masqs)}"
    elif not is_true(masqs[0], "Ready"):
        yield f"NodeSet DNS data: DNSMasq {masqs[0]['metadata']['name']} is not Ready yet"
