"""What must hold for any plan, checked on the plan itself and not on how it was made.

Most of it holds by construction; it is checked all the same, because the installer finds most of these faults only
after the machines have booted, and some never (agent-installer.md §1.5, "not checked by openshift-install").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

from network.model import Address, Bounds, Plan

HOST_NAME = re.compile(r"(?!localhost(?:4|6)?(?:\.|$))[a-z0-9][a-z0-9-]{0,62}(?:\.[a-z0-9-]{1,63})*")
HOST_NAME_LONGEST = 63
"""A host name that assisted-service takes (agent-installer.md §3.2, hostname-valid)."""


def check(plan: Plan) -> None:
    """Raise ValueError with everything that is wrong."""
    checks = (_names, _unique, _addresses, _ranges, _rendezvous, _single_node)
    problems = [problem for found in checks for problem in found(plan)]
    if problems:
        raise ValueError("the plan is wrong: " + "; ".join(problems))


def _names(plan: Plan) -> Iterator[str]:
    for name in (name for node in plan.nodes for name in (node.name, node.fqdn)):
        if not HOST_NAME.fullmatch(name) or len(name) > HOST_NAME_LONGEST:
            yield f"{name} is no host name that the installer's service takes"


def _unique(plan: Plan) -> Iterator[str]:
    yield from _twice("host name", ((node.fqdn, node.name) for node in plan.nodes))
    nics = [(nic, f"{node.name} on {nic.network}") for node in (*plan.existing, *plan.nodes) for nic in node.nics]
    yield from _twice("MAC address", ((nic.mac, owner) for nic, owner in nics if nic.mac))
    addresses = [(str(address.ip), owner) for nic, owner in nics for address in nic.addresses]
    if not plan.is_single_node:
        addresses += [(str(vip), "the API") for vip in plan.api_vips]
        addresses += [(str(vip), "the ingress") for vip in plan.ingress_vips]
    for key, network in plan.networks.items():
        for subnet in network.subnets:
            owners = {address: f"the gateway of {key}" for address in (subnet.host, subnet.gateway) if address}
            addresses += [(str(address), owner) for address, owner in owners.items()]
    for nic, owner in nics:
        addresses += [(str(a.ip), f"{owner}, {vlan.interface}") for vlan in nic.vlans for a in vlan.addresses]
    yield from _twice("address", addresses)
    yield from _twice("bridge", ((network.bridge, key) for key, network in plan.networks.items()))


def _twice(what: str, owned: Iterable[tuple[str, str]]) -> Iterator[str]:
    owners: dict[str, str] = {}
    for thing, owner in owned:
        if thing in owners:
            yield f"{owner} and {owners[thing]} have the same {what} {thing}"
        owners[thing] = owner


def _addresses(plan: Plan) -> Iterator[str]:
    for node in (*plan.existing, *plan.nodes):
        for nic in node.nics:
            cidrs = [subnet.cidr for subnet in plan.networks[nic.network].subnets]
            for address in nic.addresses:
                if address.network not in cidrs:
                    yield f"{node.name} has {address}, which is not in network {nic.network}"
            for vlan in nic.vlans:
                ours = [subnet.cidr for subnet in plan.openstack[vlan.network].subnets]
                for address in vlan.addresses:
                    if address.network not in ours:
                        yield f"{node.name} has {address}, which is not in network {vlan.network}"


def _ranges(plan: Plan) -> Iterator[str]:
    machine = plan.networks["ocp"]
    vips = () if plan.is_single_node else (*plan.api_vips, *plan.ingress_vips)
    alone = {f"VIP {vip}": (vip, vip) for vip in vips}
    for subnet in machine.subnets:
        static = {f"the addresses of {role}s": bounds for role, bounds in subnet.static.items()}
        yield from _overlaps("ocp", static | alone)
    for vip in vips:
        if not any(vip in subnet.cidr for subnet in machine.subnets):
            yield f"VIP {vip} is not in network ocp"
    for name, network in plan.openstack.items():
        for part in network.subnets:
            parts: dict[str, Bounds] = {f"allocation {n}": bounds for n, bounds in enumerate(part.allocation)}
            # Computes have their addresses inside NetConfig's allocation on purpose.
            parts |= {f"the addresses of {role}s": b for role, b in part.static.items() if b not in part.allocation}
            parts |= {"pods": part.nad_range} if part.nad_range else {}
            parts |= {"MetalLB": part.metallb} if part.metallb else {}
            parts |= {"the gateway": (part.gateway, part.gateway)} if part.gateway else {}
            yield from _overlaps(name, parts)
            for what, (first, last) in parts.items():
                if first not in part.cidr or last not in part.cidr:
                    yield f"{what} leaves network {name}"


def _overlaps(network: str, parts: Mapping[str, Bounds]) -> Iterator[str]:
    for (one, first), (other, second) in combinations(parts.items(), 2):
        if int(first[0]) <= int(second[1]) and int(second[0]) <= int(first[1]):
            yield f"{one} and {other} overlap on {network}"


def _rendezvous(plan: Plan) -> Iterator[str]:
    masters: set[Address] = {address.ip for master in plan.masters for address in master.nic("ocp").addresses}
    if not plan.existing and plan.rendezvous_ip not in masters:
        yield f"the rendezvous {plan.rendezvous_ip} is no master's address"


def _single_node(plan: Plan) -> Iterator[str]:
    own = tuple(address.ip for address in plan.masters[0].nic("ocp").addresses) if plan.is_single_node else ()
    for what, addresses in (("API", plan.api_vips), ("ingress", plan.ingress_vips)):
        if own and addresses != own:
            yield f"the {what} of a single node is at {', '.join(map(str, addresses))}, which is not the node's address"
