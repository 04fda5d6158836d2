"""All checks in the order of the table, and what becomes of those whose host does not answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias
from xml.etree.ElementTree import ParseError

from doctor import client, credentials, diskspeed, host, leftovers, names, storage, surroundings, wires
from doctor.finding import Finding, Topic, Verdict
from doctor.subject import Subject
from doctor.virsh import Unanswered

Check: TypeAlias = Callable[[Subject], Iterator[Finding]]

CLIENT: tuple[Check, ...] = (client.basics, client.ssh, client.engine, client.plugins)
INSTALLATION: tuple[Check, ...] = (
    *(client.installer, client.release, client.installers_helpers, client.client),
    *(client.fips, credentials.pull_secret),
)
"""What only a stack needs that installs OpenShift."""
HOST: tuple[Check, ...] = (host.sockets, host.answers)
ASKED_OF_LIBVIRT: tuple[Check, ...] = (
    *(host.resting, host.virtualisation, host.nesting, host.memory, host.cpus, storage.space),
    *(names.machines, names.pool, names.networks, names.bridges, leftovers.leftovers),
    *(wires.existing_bridges, wires.ranges),
)
AROUND: tuple[Check, ...] = (
    storage.cache,
    storage.direct_io,
    diskspeed.speed,
    surroundings.clock,
    surroundings.firewall,
)


def examine(subject: Subject) -> Iterator[Finding]:
    """Every finding about a stack; each check is bounded in time, and none changes anything."""
    for check in (*CLIENT, credentials.secret, *(INSTALLATION if subject.installs else ()), *HOST):
        yield from _of(check, subject)
    answers = _answers(subject)
    if answers:
        for check in ASKED_OF_LIBVIRT:
            yield from _of(check, subject)
    else:
        why = "Not looked at: virtualisation, memory, CPUs, space, names, leftovers, bridges and ranges; see libvirt."
        yield Topic("the host", "host").skips(why)
    for check in AROUND:
        yield from _of(check, subject)
    if subject.settings.reaches("machines"):
        yield from _of(storage.image, subject)
    if subject.installs:
        yield from _of(surroundings.wildcard, subject)


def _answers(subject: Subject) -> bool:
    return any(finding.verdict is Verdict.PASS for finding in host.answers(subject))


def _of(check: Check, subject: Subject) -> Iterator[Finding]:
    """A check that can't be made for a reason nobody thought of is a row too, and no stack trace."""
    topic = Topic(check.__name__.replace("_", " "), "host")
    try:
        yield from check(subject)
    except Unanswered as said:
        yield topic.skips(f"Not looked at: libvirt says {said}.")
    except (OSError, ParseError, KeyError, ValueError) as error:
        yield topic.skips(f"Not looked at: {type(error).__name__} {error}.")
