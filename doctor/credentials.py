"""The stack's two secrets: of the right form, and the user's own.

They are encrypted in the stack's file, and only pulumi can read them, with the passphrase of whoever runs this. They
are looked at and never shown.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import SecretStr, TypeAdapter, ValidationError

from doctor.commands import Answer, is_there, run
from doctor.finding import Finding, Topic
from doctor.subject import PROJECT, Subject
from settings.access import PullSecret, is_sample
from settings.explain import explain
from settings.load import stand_in
from settings.stack import SAMPLE_SECRET_PREFIX, MasterSecret


def pull_secret(subject: Subject) -> Iterator[Finding]:
    """The pull secret is what Red Hat gives out, and not the published sample."""
    topic, given = Topic("pull secret", "openshift.pullSecret"), subject.settings.openshift.pull_secret
    if given is None:
        return  # only beside a cluster that has its own
    value = _readable(subject, topic, ("openshift", "pullSecret"), given)
    if isinstance(value, Finding):
        yield value
        return
    try:
        checked = TypeAdapter(PullSecret).validate_python(value)
    except ValidationError as error:
        yield _refused(topic, error)
        return
    if is_sample(checked):
        yield _sample(subject, topic, "with which no registry gives anything")
    else:
        yield topic.passes("It has registries, and each has credentials.")


def secret(subject: Subject) -> Iterator[Finding]:
    """What all passwords derive from is long enough, and not published."""
    topic = Topic("secret", "secret")
    value = _readable(subject, topic, ("secret",), subject.settings.secret)
    if isinstance(value, Finding):
        yield value
        return
    try:
        TypeAdapter(MasterSecret).validate_python(value)
    except ValidationError as error:
        yield _refused(topic, error)
        return
    if value.startswith(SAMPLE_SECRET_PREFIX):
        yield _sample(subject, topic, "from which anybody can derive this lab's passwords")
    else:
        yield topic.passes("It is long enough.")


def _readable(subject: Subject, topic: Topic, place: tuple[str, ...], given: SecretStr) -> str | Finding:
    """The value; where it can't be read, a finding that says so."""
    value = given.get_secret_value()
    if value != stand_in(place):
        return value  # it stands in the file in clear
    path = ".".join((f"{PROJECT}:{place[0]}", *place[1:]))
    remedy = (
        f"pulumi stack select {subject.stack}; export PULUMI_CONFIG_PASSPHRASE_FILE, or log in to the key's service."
    )
    if not is_there("pulumi"):
        return topic.skips("It is encrypted, and pulumi is not on PATH.", remedy)
    command = ("pulumi", "config", "get", "--non-interactive", "--stack", subject.stack, "--path", path)
    answer: Answer = run(*command)
    if not answer.ok:
        return topic.skips(f"It is encrypted, and pulumi can't read it: {answer.said.partition(':')[0]}.", remedy)
    return answer.out.removesuffix("\n")


def _refused(topic: Topic, error: ValidationError) -> Finding:
    problem = explain(error.errors(include_url=False)[0])
    return topic.fails(f"It {problem.rule}.", problem.remedy)


def _sample(subject: Subject, topic: Topic, why: str) -> Finding:
    allowed = subject.settings.allow_sample_secret
    found = f"It is the published sample, {why}{'; allowSampleSecret is on' if allowed else ''}."
    return topic.passes(found) if allowed else topic.fails(found, "Set your own: README, A lab on a real host.")
