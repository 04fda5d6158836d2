"""The stack's own on the KVM host, before and after: what is gone already, and what nobody's state knows of."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from doctor.finding import Finding, Topic
from doctor.subject import Subject
from doctor.virsh import Pool, Virsh
from recovery.state import DOMAIN, NETWORK, State

_STRAY = Topic("stray files", "host")


@dataclass(frozen=True)
class Stray:
    """A file or directory in one of the stack's pools that its state does not know of."""

    pool: Pool
    name: str

    def finding(self, uri: str) -> Finding:
        """With the command that removes it. The pool may be stopped by then, by the attempt to delete it."""
        pool, name = shlex.quote(self.pool.name), shlex.quote(self.name)
        commands = f"pool-start {pool}; pool-refresh {pool}; vol-delete {name} --pool {pool}"
        return _STRAY.fails(
            f"{self.pool.path}/{self.name} is not this stack's, and its pool can't be deleted before that is gone.",
            f"virsh -c {shlex.quote(uri)} {shlex.quote(commands)}",
        )


def gone(resources: Sequence[Mapping[str, Any]], virsh: Virsh) -> list[str]:
    """URNs of recorded machines and networks that are not there any more; the plugin finds volumes and pools that are
    gone well deleted. Raises `Unanswered`."""
    there = {domain.uuid for domain in virsh.domains("")} | {network.uuid for network in virsh.networks}
    return [one["urn"] for one in resources if one["type"] in (DOMAIN, NETWORK) and one.get("id") not in there]


def started_pools(subject: Subject) -> None:
    """Starts those of the stack's pools that are stopped: of such a one libvirt knows no volume, and all would stay.
    Raises `Unanswered`."""
    for pool in subject.own_pools:
        if not pool.active:
            subject.virsh.ask(f"pool-start {shlex.quote(pool.name)}")


def strays(subject: Subject, state: State) -> Iterator[Stray]:
    """What lies in the recorded pools and is not recorded itself. Raises `Unanswered`."""
    for pool in subject.own_pools:
        if pool.uuid not in state.ids:
            continue
        subject.virsh.ask(f"pool-refresh {shlex.quote(pool.name)}")
        for volume in subject.virsh.volumes(pool.name):
            # A step's volume is in its output only.
            if not state.mentions(f"{pool.path}/{volume}"):
                yield Stray(pool, volume)
