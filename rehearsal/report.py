"""What exists after an `up`, as text for a person: machines, nodes, layers with their times, and what to do next."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from rehearsal import inventory, timeline
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


def _pulumi(*arguments: str) -> str:
    command = ["pulumi", "--non-interactive", *arguments]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RehearsalError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


def main(stack: str) -> int:
    """Print the report; runs inside the host."""
    state, name = Path(os.environ["REHEARSAL_DIR"]), os.environ["REHEARSAL_NAME"]
    resources = json.loads(_pulumi("stack", "export", "--stack", stack))["deployment"].get("resources") or []
    tops = [resource for resource in resources if resource["type"] == "pulumi:pulumi:Stack"]
    addresses = tops[0].get("outputs", {}).get("machines", {}).values() if tops else ()
    machines = inventory.machines(addresses)
    nodes = inventory.nodes()
    answering = sum(machine.answers for machine in machines)
    header = ["NAME", "STATE", "MEMORY", "NIC", "NETWORK", "MAC", "ADDRESSES"]
    print()
    print(table(f"Machines: {len(machines)}, {answering} of them answer", header, machine_rows(machines, stack)))
    print()
    if nodes is None:
        print("Kubernetes nodes: no cluster answers")
    else:
        ready = sum(node.ready for node in nodes)
        header = ["NAME", "ROLES", "STATE", "ADDRESS"]
        print(table(f"Kubernetes nodes: {len(nodes)}, {ready} of them ready", header, node_rows(nodes)))
    print()
    header = ["LAYER", "RESOURCES", "FROM", "TOOK"]
    rows = layer_rows(layers(resources, timeline.load(state)))
    print(table("Layers (minutes:seconds; FROM counts from the beginning of pulumi up)", header, rows))
    option = "" if name == "main" else f" NAME={name}"
    print(f"\nRehearsal {name} goes on running. What next:")
    print(f"  make rehearsal-shell{option}   a shell inside: pulumi preview -s {stack}, virsh list, kubectl get nodes")
    print(f"  make rehearsal{option}         pulumi up once more")
    print(f"  make rehearsal-down{option}    remove every trace of it")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "rehearsal"))
    except RehearsalError as error:
        sys.exit(f"rehearsal: {error}")
