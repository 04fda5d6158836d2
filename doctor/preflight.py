"""The checks that every run makes before anything is registered: bounded in time, and only what would end badly.

The libvirt plugin connects when it is configured; a libvirtd that accepts but never answers would hang the preview for
ever, past SIGTERM (traps 13), so the URI is tried here first. A run that changes something is also stopped by whatever
of another owner it would take for the stack's own; the stack's own is there in every later run, and is no hindrance.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from xml.etree.ElementTree import ParseError

from doctor import client, host, names, storage
from doctor.finding import Finding, Topic, Verdict
from doctor.subject import Subject
from doctor.virsh import Unanswered
from settings import Settings


def check(settings: Settings, *, changing: bool) -> list[Finding]:
    """All that would stop the run; ``changing`` adds what a mere preview can do without."""
    subject = Subject.of(settings)
    installer = client.installer(subject) if subject.installs else ()
    problems = _failed(client.basics(subject), installer, host.answers(subject))
    if changing and not problems:
        problems = _failed(_owners(subject))
        if settings.reaches("machines"):
            problems += _failed(storage.image_file(subject))
        if subject.installs:
            problems += _failed(client.release(subject), client.fips(subject))
    return problems


def notes(settings: Settings) -> list[Finding]:
    """What a person should know who asks for a run or a preview, and no reason to refuse either: a lab at rest can be
    rebuilt as it is."""
    try:
        return [finding for finding in host.resting(Subject.of(settings)) if finding.verdict is Verdict.WARN]
    except Unanswered:
        return []


def _owners(subject: Subject) -> Iterator[Finding]:
    try:
        yield from chain(names.machines(subject), names.pool(subject), storage.uploads(subject))
    except (Unanswered, ParseError) as error:
        topic = Topic("names", "hosts.uri")
        yield topic.fails(f"What is on the host can't be seen: {error}.", "Nothing may be made blindly; try again.")


def _failed(*findings: Iterator[Finding] | tuple[()]) -> list[Finding]:
    return [finding for finding in chain(*findings) if finding.verdict is Verdict.FAIL]
