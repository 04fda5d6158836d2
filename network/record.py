"""What a stack keeps of its plan, to notice when the same settings are planned differently.

Offsets and hashes belong to the program: a later version that changed one would move machines that are installed.
"""

from __future__ import annotations

from collections.abc import Iterator

from network.model import Node, Plan


def record(plan: Plan) -> dict[str, str]:
    """Machine → its NICs as text: kernel name, MAC and addresses, VLAN devices after their NIC. Likewise, under names
    that no machine has, of the nodes of an existing cluster that carry OpenStack."""
    machines = {node.name: ", ".join(_devices(node)) for node in plan.nodes}
    return machines | {f"node {node.name}": ", ".join(_devices(node)) for node in plan.existing if node.nics}


def _devices(node: Node) -> Iterator[str]:
    for nic in node.nics:
        yield " ".join((nic.name, *filter(None, [nic.mac]), *map(str, nic.addresses)))
        for vlan in nic.vlans:
            yield " ".join((vlan.interface, str(vlan.vlan), *map(str, vlan.addresses)))
