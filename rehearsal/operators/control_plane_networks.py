"""What the services need of the nodes' networks: attachments with their interfaces, and addresses for clients outside.

A pod may come to any node, so the interface of a NetworkAttachmentDefinition must be on each that it may come to; what
a node has is said by its NodeNetworkState, which is what the machine itself says (rhoso.md, S6 and S7).
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .control_plane_services import Section, places
from .standin import Unmet
from .world import Object, World, status_of

ATTACHMENTS = "NetworkAttachmentDefinition.k8s.cni.cncf.io"
NODE_STATES = "NodeNetworkState.nmstate.io"


def attachments(spec: Section, namespace: str, world: World) -> Iterator[Unmet]:
    """The attachments that pods want and cannot get."""
    seen = set()
    for place in places(spec):
        selector = place.value.get("nodeSelector") or spec.get("nodeSelector") or {}
        for name in _names(place.value):
            key = place.service.part, name, tuple(sorted(selector.items()))
            if key not in seen:
                seen.add(key)
                for sentence in _attachment(name, namespace, nodes(world, selector), world):
                    yield Unmet(sentence, place.service.part)


def moved_nics(spec: Section, namespace: str, world: World) -> Iterator[Unmet]:
    """NICs that ovn-controller's pods would take from the nodes, with all that runs over them.

    For a physical network without a NetworkAttachmentDefinition of its name the operator makes one that moves the NIC
    into the pod (ovn-operator internal/ovncontroller/network.go); on the only NIC of a node that ends its VLANs too.
    """
    for place in places(spec):
        if place.path != ("ovn", "template", "ovnController"):
            continue
        masters = {_config(item).get("master"): item["metadata"]["name"] for item in world.all(ATTACHMENTS, namespace)}
        for network, nic in (place.value.get("nicMappings") or {}).items():
            used = masters.get(nic)
            if used and world.get(ATTACHMENTS, network, namespace) is None:
                sentence = (
                    f"nicMappings {network}: ovn-controller has moved {nic} into its pod, so the nodes have none for "
                    f"NetworkAttachmentDefinition {used}; leave nicMappings out, or give it a NIC that nothing uses"
                )
                yield Unmet(sentence, place.service.part)


def placed(spec: Section, world: World) -> Iterator[Unmet]:
    """Node selectors that select no node."""
    for place in places(spec):
        selector = place.value.get("nodeSelector")
        if isinstance(selector, Mapping) and not nodes(world, selector):
            wanted = ", ".join(f"{key}={value}" for key, value in sorted(selector.items()))
            yield Unmet(f"{place.name}.nodeSelector: no node that takes pods has {wanted}", place.service.part)


def nodes(world: World, selector: Mapping[str, str] | None = None) -> list[Object]:
    """The nodes that take ordinary pods and have the labels."""
    return [node for node in world.all("Node", labels=selector) if not _is_closed(node)]


def interfaces(node: str, world: World) -> dict[str, list[str]] | None:
    """The addresses of each interface of a node that is up; None where the node doesn't tell (yet)."""
    state = world.get(NODE_STATES, node)
    if state is None:
        return None
    told = (status_of(state).get("currentState") or {}).get("interfaces") or ()
    return {entry["name"]: _addresses(entry) for entry in told if entry.get("state", "up") == "up"}


def _names(value: Section) -> Sequence[str]:
    single = value.get("networkAttachment")
    several = value.get("networkAttachments")
    return [*(several if isinstance(several, list) else ()), *([single] if isinstance(single, str) and single else ())]


def _attachment(name: str, namespace: str, where: Sequence[Object], world: World) -> Iterator[str]:
    space, _, bare = name.rpartition("/")
    definition = world.get(ATTACHMENTS, bare, space or namespace)
    if definition is None:
        yield f"NetworkAttachmentDefinition {name} is missing in namespace {space or namespace}"
        return
    try:
        config = _config(definition)
    except ValueError:
        yield f"NetworkAttachmentDefinition {name}: spec.config is not JSON"
        return
    master = config.get("master")
    if not master:
        return
    subnet = (config.get("ipam") or {}).get("range")
    for node in where:
        host = node["metadata"]["name"]
        found = interfaces(host, world)
        if found is None:
            yield f"NetworkAttachmentDefinition {name}: NodeNetworkState {host} is not there yet"
        elif master not in found:
            yield f"NetworkAttachmentDefinition {name}: {host} has no interface {master} that is up"
        elif subnet and not any(_is_in(address, subnet) for address in found[master]):
            yield f"NetworkAttachmentDefinition {name}: interface {master} of {host} has no address in {subnet}"
        else:
            continue
        return  # one node says it all: a sentence is read by people


def _config(definition: Object) -> Mapping[str, Any]:
    config = json.loads((definition.get("spec") or {}).get("config") or "{}")
    if not isinstance(config, Mapping):
        raise ValueError("not a mapping")
    return config


def _addresses(entry: Mapping[str, Any]) -> list[str]:
    found = [*((entry.get("ipv4") or {}).get("address") or ()), *((entry.get("ipv6") or {}).get("address") or ())]
    return [str(address["ip"]) for address in found]


def _is_in(address: str, subnet: str) -> bool:
    return ipaddress.ip_address(address) in ipaddress.ip_network(subnet, strict=False)


def _is_closed(node: Object) -> bool:
    spec = node.get("spec") or {}
    taints = spec.get("taints") or ()
    return bool(spec.get("unschedulable")) or any(taint["effect"] in ("NoSchedule", "NoExecute") for taint in taints)
