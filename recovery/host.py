"""What a dead run left on the KVM host: made there, or half made, and not in the state, so that it would be in the way.

A machine is this stack's by its mark, a pool by its name and place, a volume by the pool that it lies in, a network by
the operation that was making it. What runs without any record that a run was making it stays and is named: a lost state
must not cost a lab. Such a record is also that the state knows all its disks: they were made for a machine whose own
making failed, as when libvirt or its plugin died. They stay, so that nothing is lost with its definition.
"""

from __future__ import annotations

import re
import shlex
import time
from collections.abc import Sequence
from pathlib import PurePosixPath

from doctor.virsh import Domain, Network, Pool, Virsh
from recovery.report import Report
from recovery.state import DOMAIN, NETWORK, POOL, State

_BUSY = ("being allocated", "in use")
_PATIENCE = 30.0


class Host:
    """One libvirt, of which ``stack``'s leftovers are removed, or only told if the report is of a dry run."""

    def __init__(self, virsh: Virsh, state: State, stack: str, report: Report) -> None:
        self._virsh, self._state, self._stack, self._report = virsh, state, stack, report

    def settle(self) -> None:
        """Machines first: their disks lie in the pools, their NICs on the networks. Raises `Unanswered`."""
        used = self._machines()
        for pool in self._virsh.pools:
            if re.fullmatch(rf"{re.escape(self._stack)}-\d+", pool.name) and PurePosixPath(pool.path).name == pool.name:
                self._pool(pool, used)
        for network in self._virsh.networks:
            if network.name in self._state.begun(NETWORK) and network.uuid not in self._state.ids:
                self._network(network)

    def _machines(self) -> set[str]:
        """Removes those left over; the paths of the disks that all other machines of the host have."""
        running = self._virsh.ask("list --name").out.split()
        used: set[str] = set()
        for domain in self._virsh.domains(""):
            runs = domain.name in running
            if self._leave(domain, runs) or not self._do("machine", domain.name, *_undefining(domain.name, runs)):
                used |= set(domain.disks)
        return used

    def _leave(self, domain: Domain, runs: bool) -> bool:
        begun = domain.name in self._state.begun(DOMAIN)
        if domain.uuid in self._state.ids:
            return True
        if domain.description != f"rhoso-lab/{self._stack}":
            if begun:
                self._report.left("machine", domain.name, "it does not carry this stack's mark; pulumi up stops at it")
            return True
        if runs and not begun and not self._knows(domain.disks):
            self._report.left("machine", domain.name, "it runs, and the state does not say that a run was making it")
            return True
        return False

    def _knows(self, disks: Sequence[str]) -> bool:
        return bool(disks) and all(path in self._state.ids or self._state.mentions(path) for path in disks)

    def _pool(self, pool: Pool, used: set[str]) -> None:
        if pool.uuid in self._state.ids:
            if pool.active:
                self._volumes(pool, used)
        elif pool.name not in self._state.begun(POOL):
            self._report.left("pool", pool.name, "the state does not say that a run was making it")
        else:
            name = shlex.quote(pool.name)
            if not self._report.dry:
                # Whatever lies in it was there before: volumes come after their pool. Then the directory stays.
                self._virsh.ask(f"pool-destroy {name}", f"pool-delete {name}")
            self._do("pool", pool.name, f"pool-undefine {name}")

    def _volumes(self, pool: Pool, used: set[str]) -> None:
        name = shlex.quote(pool.name)
        self._virsh.ask(f"pool-refresh {name}")
        for volume in self._virsh.volumes(pool.name):
            path = f"{pool.path}/{volume}"
            # A step's volume is in its output only, and a base image in those of the disks that overlay it.
            if path in self._state.ids or self._state.mentions(path):
                continue
            if path in used:
                self._report.left("volume", volume, "a machine uses it")
            else:
                self._do("volume", volume, f"vol-delete {shlex.quote(volume)} --pool {name}")

    def _network(self, network: Network) -> None:
        name = shlex.quote(network.name)
        # How many NICs are on it now; without one there is no attribute.
        if int(self._virsh.document(f"net-dumpxml {name}").get("connections", "0")):
            self._report.left("network", network.name, "a machine is on it")
            return
        active = network.name in self._virsh.ask("net-list --name").out.split()
        self._do("network", network.name, *([f"net-destroy {name}"] if active else []), f"net-undefine {name}")

    def _do(self, what: str, which: str, *commands: str) -> bool:
        """Whether it is gone, or would be."""
        if self._report.dry:
            self._report.did(what, which, "removed")
            return True
        deadline = time.monotonic() + _PATIENCE
        answer = self._virsh.ask(*commands)
        # libvirt may still be at what the dead run asked it for.
        while not answer.ok and any(sign in answer.said for sign in _BUSY) and time.monotonic() < deadline:
            time.sleep(0.5)
            answer = self._virsh.ask(*commands)
        if answer.ok:
            self._report.did(what, which, "removed")
        else:
            self._report.failed(what, which, answer.said)
        return answer.ok


def _undefining(domain: str, runs: bool) -> list[str]:
    name = shlex.quote(domain)
    undefine = f"undefine {name} --managed-save --snapshots-metadata --checkpoints-metadata --nvram"
    return [*([f"destroy {name}"] if runs else []), undefine]
