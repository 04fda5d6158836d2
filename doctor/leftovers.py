"""What an earlier lab of this stack left on the host, and the command that removes each piece.

A machine is this stack's by its mark, a network by name and bridge, a pool by name and place. What the stack's state
knows of is no leftover but the lab.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from doctor.finding import Finding, Topic
from doctor.subject import Subject
from doctor.virsh import Pool

INSTALLATION = Path("installation")
"""Where the installer's directories are, in the project."""


def leftovers(subject: Subject) -> Iterator[Finding]:
    """One finding a piece; machines first, for their disks lie in the pools and their NICs on the networks."""
    found, directories = list(_pieces(subject)), list(_directories(subject))
    topic, unknown = Topic("leftovers", "host"), subject.recorded.unknown
    nobody = "the stack's state does not know of it"
    if where := subject.recorded.no_stack_at:
        nobody = f"pulumi knows no stack {subject.stack} in {where}"
    for what, command in found:
        if unknown:
            text = f"{what}; whether that is a lab in use can't be told: {unknown}."
            yield topic.warns(text, f"If no lab of this stack is to be kept: {command}")
        else:
            yield topic.fails(f"{what}, and {nobody}.", command)
    for what, command in directories:
        yield topic.warns(f"{what}, which the next installation neither needs nor removes.", command)
    if not found and not directories:
        own = len(subject.own_domains) + len(subject.own_networks) + len(subject.own_pools)
        yield topic.passes(f"None; {own} machines, networks and pools are in the stack's state." if own else "None.")


def _pieces(subject: Subject) -> Iterator[tuple[str, str]]:
    for domain in subject.left_over(subject.own_domains):
        name = shlex.quote(domain.name)
        undefine = f"undefine {name} --managed-save --snapshots-metadata --checkpoints-metadata --nvram"
        # A machine that is off can't be switched off; virsh goes on to the next command.
        yield f"Machine {domain.name} has this stack's mark", _virsh(subject, f"destroy {name}", undefine)
    for pool in subject.left_over(subject.own_pools):
        yield f"Pool {pool.name} in {pool.path} is called as this stack's", _removing(subject, pool)
    for network in subject.left_over(subject.own_networks):
        name = shlex.quote(network.name)
        own = f"Network {network.name} with bridge {network.bridge} is called as this stack's"
        yield own, _virsh(subject, f"net-destroy {name}", f"net-undefine {name}")


def _removing(subject: Subject, pool: Pool) -> str:
    name = shlex.quote(pool.name)
    if not pool.active:
        # libvirt lists the volumes of active pools only.
        return f"{_virsh(subject, f'pool-undefine {name}')}; on the host: sudo rm -r {shlex.quote(pool.path)}"
    volumes = [f"vol-delete {shlex.quote(volume)} --pool {name}" for volume in subject.virsh.volumes(pool.name)]
    return _virsh(subject, *volumes, f"pool-destroy {name}", f"pool-delete {name}", f"pool-undefine {name}")


def _virsh(subject: Subject, *commands: str) -> str:
    return f"virsh -c {shlex.quote(subject.settings.host.uri)} {shlex.quote('; '.join(commands))}"


def _directories(subject: Subject) -> Iterator[tuple[str, str]]:
    directory = INSTALLATION / subject.stack
    if not subject.recorded.unknown and not subject.recorded.ids and directory.is_dir() and any(directory.iterdir()):
        yield f"Directory {directory} is of an earlier lab", f"rm -r {shlex.quote(str(directory))}"
