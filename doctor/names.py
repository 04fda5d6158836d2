"""Names that the stack will give on its host: are they free, or the stack's own?

A machine of another owner under a planned name, or another owner's files in the pool's directory, is what an ``up``
must not get near: libvirt takes a volume that exists for the one it was to make, and a destroy deletes it
(agent-installer.md §4.3). So the first two checks are also made by every ``up``, where all these names may well be
taken, by the stack itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from doctor.finding import Finding, Topic
from doctor.subject import Subject

INTERFACES = Path("/sys/class/net")


def machines(subject: Subject) -> Iterator[Finding]:
    """No machine of another owner has a planned name."""
    topic = Topic("machine names", "stack")
    others = [one for one in subject.domains if one.name in subject.machines and one.description != subject.mark]
    for domain in others:
        yield topic.fails(
            f"The host has a machine {domain.name} that is not this stack's: its description is "
            f"{domain.description or 'empty'!r}, not {subject.mark!r}.",
            "Rename it (virsh domrename), or make a stack of another name.",
        )
    if not others:
        taken = len(subject.machines) - len(subject.to_come)
        yield topic.passes(f"{len(subject.machines)} names: {len(subject.to_come)} are free, {taken} this stack's own.")


def pool(subject: Subject) -> Iterator[Finding]:
    """Nobody else has the pool's name or keeps something in its directory."""
    topic, name, path = Topic("pool", "hosts.pool"), subject.pool_name, subject.pool_path
    there = {one.name: one for one in subject.virsh.pools}
    if any(disk.startswith(f"{path}/") for domain in subject.own_domains for disk in domain.disks):
        yield topic.passes(f"{path} holds disks of this stack's machines.")
        return
    if name in there and there[name].path != path:
        elsewhere = there[name].path
        if any(disk.startswith(f"{elsewhere}/") for domain in subject.own_domains for disk in domain.disks):
            yield topic.warns(f"Pool {name} of this stack is in {elsewhere}, not {path}.", "Set hosts.pool back.")
            return
        yield topic.fails(
            f"The host has a pool {name} in {elsewhere}, where this stack's would be in {path}.",
            "Rename that pool, or make a stack of another name.",
        )
    for other in there.values():
        if other.path == path and other.name != name:
            yield topic.fails(
                f"{path} is the directory of pool {other.name}; volumes in it would be taken for this stack's.",
                "Name another directory in hosts.pool.",
            )
            return
    if name in there:
        yield topic.passes(f"Pool {name} is this stack's own.")
    else:
        yield from _directory(subject, topic)


def _directory(subject: Subject, topic: Topic) -> Iterator[Finding]:
    path = Path(subject.pool_path)
    if subject.settings.host.is_remote:
        yield topic.skips("Not looked at: the host is another machine.", f"Run there: sudo ls {path}; it must be empty")
        return
    try:
        files = sorted(file.name for file in path.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        yield topic.passes(f"Pool {subject.pool_name} and its directory {path} are free.")
        return
    except PermissionError:
        yield topic.warns(f"{path} exists, and this user can't look into it.", f"It must be empty: sudo ls {path}")
        return
    if files:
        shown = ", ".join(files[:3]) + (f" and {len(files) - 3} more" if len(files) > 3 else "")
        yield topic.fails(
            f"{path} belongs to no pool, and there are files in it ({shown}); volumes of the same name would be taken "
            "for this stack's as they are, and be deleted with it.",
            f"Keep them elsewhere, or remove them: sudo rm -r {path}",
        )
    else:
        yield topic.passes(f"Pool {subject.pool_name} is free, and its directory {path} is empty.")


def networks(subject: Subject) -> Iterator[Finding]:
    """No network of another owner has a planned name."""
    topic, own = Topic("network names", "stack"), {network.uuid for network in subject.own_networks}
    names = {network.name for network in subject.plan.networks.values()}
    others = [one for one in subject.virsh.networks if one.name in names and one.uuid not in own]
    for network in others:
        bridge = f"bridge {network.bridge}" if network.bridge else "no bridge"
        yield topic.fails(
            f"The host has a network {network.name} with {bridge}, which is not this stack's.",
            "Remove or rename it, or make a stack of another name.",
        )
    if not others:
        yield topic.passes(f"{len(names)} names: {len(names) - len(own)} are free, {len(own)} this stack's own.")


def bridges(subject: Subject) -> Iterator[Finding]:
    """The bridges that libvirt will make do not exist, or are this stack's networks'."""
    topic, own = Topic("bridge names", "stack"), {network.bridge for network in subject.own_networks}
    made = [network.bridge for network in subject.plan.networks.values() if network.mode != "bridge"]
    users = {one.bridge: one.name for one in subject.virsh.networks if one.bridge not in own}
    bad = False
    for bridge in made:
        if bridge in users:
            bad = True
            yield topic.fails(f"Network {users[bridge]} has bridge {bridge}.", "Remove it, or rename the stack.")
        elif bridge not in own and not subject.settings.host.is_remote and (INTERFACES / bridge).exists():
            bad = True
            found = f"Interface {bridge} exists, and no network has it: one of this stack was left over."
            yield topic.fails(found, f"sudo ip link delete {bridge}")
    if not bad:
        yield topic.passes(f"{len(made)} names are free or this stack's own.")
