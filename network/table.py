"""A plan as two tables for a person: the machines NIC by NIC, and the networks range by range.

A machine's or network's own cells stand only in its first row, so that each reads as one block. Names and addresses
are never cut short; a plan with one address of each kind fits 110 columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from network.model import Address, Bounds, Interface, KvmNetwork, Node, OpenStackNetwork, OpenStackSubnet, Plan, Subnet

MACHINES = ("NODE", "ROLE", "NIC", "MAC", "NETWORK", "ADDRESS", "VLAN")
NETWORKS = ("NETWORK", "VLAN", "RANGE", "MODE", "BRIDGE", "GATEWAY", "FOR", "ADDRESSES")
NONE = "-"

Use: TypeAlias = tuple[str, Bounds]
"""What a range is for."""


def text(plan: Plan) -> str:
    """The whole plan, ending in a newline."""
    alone = {
        "API": plan.api_vips,
        "ingress": plan.ingress_vips,
        "rendezvous": () if plan.rendezvous_ip is None else (plan.rendezvous_ip,),
        "resolvers": plan.resolvers,
    }
    vlans = sum(network.vlan is not None for network in plan.openstack.values())
    parts = [
        f"Stack {plan.stack}, cluster {plan.cluster_domain}",
        "; ".join(f"{what} {_all(addresses)}" for what, addresses in alone.items() if addresses),
        "",
        f"Machines: {len(plan.nodes)}" + (f", beside {len(plan.existing)} existing nodes" if plan.existing else ""),
        *_aligned(MACHINES, list(machine_rows(plan))),
        "",
        f"Networks: {len(plan.networks)}, with {vlans} VLANs",
        *_aligned(NETWORKS, list(network_rows(plan))),
    ]
    return "\n".join(parts) + "\n"


def machine_rows(plan: Plan) -> Iterator[tuple[str, ...]]:
    """One row a NIC, and below it one a VLAN device on it."""
    for node in (*plan.existing, *plan.nodes):
        yield from _once(list(_nic_rows(node)), own=2)


def network_rows(plan: Plan) -> Iterator[tuple[str, ...]]:
    """One row for each use of addresses: the libvirt networks, and below `osp` the VLANs on it."""
    for key, network in plan.networks.items():
        untagged = [n for n in plan.openstack.values() if n.vlan is None and n.cidr == network.cidr]
        yield from _once(list(_wire_rows(plan, network, untagged)), own=6)
        for vlan in plan.openstack.values():
            if key == "osp" and vlan.vlan is not None:
                yield from _once(list(_vlan_rows(vlan)), own=6)


def _nic_rows(node: Node) -> Iterator[tuple[str, ...]]:
    role = "existing" if not node.host else node.role
    if not node.nics:
        yield node.name, role, *(NONE,) * 5
    for nic in node.nics:
        yield node.name, role, nic.name, nic.mac or NONE, nic.network, _all(nic.addresses), NONE
        for vlan in nic.vlans:
            yield node.name, role, f"  {vlan.interface}", "", vlan.network, _all(vlan.addresses), str(vlan.vlan)


def _wire_rows(plan: Plan, network: KvmNetwork, untagged: Sequence[OpenStackNetwork]) -> Iterator[tuple[str, ...]]:
    names = [openstack.name for openstack in untagged if openstack.name != network.key]
    name = f"{network.key} ({', '.join(names)})" if names else network.key
    for subnet in network.subnets:
        uses = list(_static(subnet))
        if network.key == "ocp":
            vips = {} if plan.is_single_node else {"API": plan.api_vips, "ingress": plan.ingress_vips}
            uses += [(what, (vip, vip)) for what, given in vips.items() for vip in given if vip in subnet.cidr]
        for openstack in untagged:
            uses += [use for part in openstack.subnets if part.cidr == subnet.cidr for use in _parts(part)]
        if subnet.host is not None and subnet.host != subnet.gateway:
            uses.append(("KVM host", (subnet.host, subnet.host)))
        own = (name, NONE, str(subnet.cidr), network.mode, network.bridge, str(subnet.gateway or NONE))
        yield from (own + use for use in _by_address(uses))


def _vlan_rows(network: OpenStackNetwork) -> Iterator[tuple[str, ...]]:
    for subnet in network.subnets:
        gateway = str(subnet.gateway) if subnet.gateway else NONE
        own = (f"  {network.name}", str(network.vlan), str(subnet.cidr), NONE, NONE, gateway)
        yield from (own + use for use in _by_address([*_static(subnet), *_parts(subnet)]))


def _static(subnet: Subnet | OpenStackSubnet) -> Iterator[Use]:
    for role, bounds in subnet.static.items():
        yield f"{role}s", bounds


def _parts(subnet: OpenStackSubnet) -> Iterator[Use]:
    if subnet.nad_range:
        yield "pods", subnet.nad_range
    if subnet.metallb:
        yield "MetalLB", subnet.metallb
    for bounds in subnet.allocation:
        yield "NetConfig", bounds


def _by_address(uses: Sequence[Use]) -> Iterator[tuple[str, str]]:
    """What addresses are for, and which; one row of dashes where they are for nothing."""
    yield from [(what, _range(*bounds)) for what, bounds in sorted(uses, key=lambda use: int(use[1][0]))] or [
        (NONE, NONE)
    ]


def _range(first: Address, last: Address) -> str:
    """First and last address; of an IPv4 range in one /24 the last one's last number only."""
    before, dot, _ = str(first).rpartition(".")
    return str(first) if first == last else f"{first}-{str(last).removeprefix(before + dot)}"


def _all(addresses: Sequence[Address | Interface]) -> str:
    return ", ".join(map(str, addresses)) or NONE


def _once(rows: Sequence[tuple[str, ...]], own: int) -> Iterator[tuple[str, ...]]:
    """Rows without the first `own` cells where those of the row before are the same."""
    for before, row in zip((None, *rows), rows, strict=False):
        yield ("",) * own + row[own:] if before and before[:own] == row[:own] else row


def _aligned(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Lines with columns as wide as their widest cell."""
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (header, *rows))
    return [line.rstrip() for line in lines]
