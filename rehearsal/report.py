"""What exists after an `up`, as text for a person: machines, nodes, layers with their times, and what to do next."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rehearsal import inventory, kubeconfig, miniature, stacks, timeline
from rehearsal.errors import RehearsalError
from rehearsal.host import CHECKOUT
from rehearsal.inventory import KubeNode, Machine
from rehearsal.layers import Layer, layers


def table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """An aligned table under a title; columns are as wide as their widest cell."""
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (header, *rows)]
    return "\n".join([title, *(f"  {line}".rstrip() for line in lines)])


def clock(seconds: int) -> str:
    """Minutes and seconds, such as 2:05."""
    return f"{seconds // 60}:{seconds % 60:02d}"


def machine_rows(machines: Sequence[Machine], stack: str) -> list[list[str]]:
    """One row a NIC, and one a VLAN interface below it; the machine's own cells only in its first row.

    Networks and machines that are silent are named by libvirt, which has the stack's name before them.
    """
    rows = []
    for machine in machines:
        state = machine.state if machine.answers else f"{machine.state}, no answer"
        own = [machine.name.removeprefix(f"{stack}-"), state, f"{machine.memory_mib} MiB"]
        for nic in machine.nics:
            addresses = ", ".join(nic.addresses) or "-"
            rows.append([*own, nic.name or "?", nic.network.removeprefix(f"{stack}-"), nic.mac, addresses])
            rows += [["", "", "", f"  {name}", "", "", ", ".join(vlan) or "-"] for name, vlan in nic.vlans]
            own = ["", "", ""]
        if not machine.nics:
            rows.append([*own, "-", "", "", ""])
    return rows


def node_rows(nodes: Sequence[KubeNode]) -> list[list[str]]:
    """One row a node."""
    return [[node.name, node.roles, "Ready" if node.ready else "NotReady", node.address] for node in nodes]


def layer_rows(found: Sequence[Layer]) -> list[list[str]]:
    """One row a layer and one a kind of parts, indented; times of the last `up` that did something there."""
    rows = []
    for layer in (part for top in found for part in top.walk()):
        began, took = map(clock, layer.times) if layer.times else ("-", "-")
        rows.append(["  " * layer.depth + layer.title, str(layer.resources), began, took])
    return rows


def exported(stack: str) -> list[dict[str, Any]]:
    """The resources of a stack as the engine's state has them."""
    command = ["pulumi", "--non-interactive", "stack", "export", "--stack", stack]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RehearsalError(f"{' '.join(command)}: {done.stderr.strip()}")
    return json.loads(done.stdout)["deployment"].get("resources") or []


def _machines(resources: Sequence[dict[str, Any]], stack: str) -> str:
    """The stack's machines as a table; what else runs on the host is only counted."""
    tops = [resource for resource in resources if resource["type"] == "pulumi:pulumi:Stack"]
    addresses = tops[0].get("outputs", {}).get("machines", {}).values() if tops else ()
    ours = {r.get("outputs", {}).get("name") for r in resources if r["type"] == "libvirt:index/domain:Domain"}
    found = inventory.domains()
    machines = inventory.machines([name for name in found if name in ours], addresses)
    title = f"Machines: {len(machines)}, {sum(machine.answers for machine in machines)} of them answer"
    if others := sum(name not in ours for name in found):
        title += f" ({others} more on this host are not of stack {stack})"
    header = ["NAME", "STATE", "MEMORY", "NIC", "NETWORK", "MAC", "ADDRESSES"]
    return table(title, header, machine_rows(machines, stack))


def _nodes(nodes: Sequence[KubeNode] | None) -> str:
    if nodes is None:
        return "Kubernetes nodes: no cluster answers"
    title = f"Kubernetes nodes: {len(nodes)}, {sum(node.ready for node in nodes)} of them ready"
    return table(title, ["NAME", "ROLES", "STATE", "ADDRESS"], node_rows(nodes))


def main(rehearsed: str) -> int:
    """Print the report of a stack as it was rehearsed; runs inside the host."""
    state, name = Path(os.environ["REHEARSAL_DIR"]), os.environ["REHEARSAL_NAME"]
    stack = miniature.called(rehearsed, CHECKOUT)
    resources = exported(stack)
    print(f"\n{_machines(resources, stack)}\n\n{_nodes(inventory.nodes(stack))}\n")
    header = ["LAYER", "RESOURCES", "FROM", "TOOK"]
    rows = layer_rows(layers(resources, timeline.load(state, stack)))
    print(table("Layers (minutes:seconds; FROM counts from the beginning of pulumi up)", header, rows))
    option = "" if name == "main" else f" NAME={name}"
    _, current = kubeconfig.contexts(state)
    kubectl = "kubectl" if current in (stack, None) else f"kubectl --context {stack}"
    nexts = {
        f"make rehearsal-shell{option}": f"a shell inside: pulumi preview -s {stack}, virsh list, {kubectl} get nodes",
        stacks.again(stack): "pulumi up once more",
        f"make rehearsal-down{option}": "remove every trace of it",
    }
    print(f"\nRehearsal {name} goes on running. What next:")
    for command, what in nexts.items():
        print(f"  {command:<{max(map(len, nexts))}}   {what}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "rehearsal"))
    except RehearsalError as error:
        sys.exit(f"rehearsal: {error}")
