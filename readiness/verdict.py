"""What a judge says, what it may look at, and the few things that all judges do alike.

Judges are pure functions on parsed JSON, so that every rule can be tested without a server.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Object = Mapping[str, Any]

QUOTED = 240  # characters of a long message (a log's end, nmstate's report) that one verdict quotes


@dataclass(frozen=True)
class Verdict:
    """The state of one thing; ``message`` says why it is not ready, in the object's own words where it has any.

    A ready one has a message only if there is more to know than that; the result tells it.
    ``failed``: it will not become ready any more; with a ``grace`` (seconds), only if that lasts so long.
    """

    name: str
    ready: bool
    message: str = ""
    failed: bool = False
    grace: float = 0.0


@dataclass(frozen=True)
class Trial:
    """What became of an object that was offered in a dry run.

    ``answered``: the server took it, or refused it. ``said``: its words on the refusal, or the trouble of asking it.
    """

    answered: bool
    said: str = ""


def _no_trial(path: str, manifest: Object) -> Trial:
    raise NotImplementedError("nothing can be offered here")


@dataclass(frozen=True)
class Found:
    """Access to the cluster in one round: the object at a path, the members of the list at a path; None: not there.

    Both fetch what is not known yet, each path once a round, and may raise as :meth:`Client.get` does. ``trial`` offers
    an object to the list at a path, in a dry run, once a round too; trouble with the server is its result.
    """

    one: Callable[[str], Object | None]
    all: Callable[[str], list[Object] | None]
    trial: Callable[[str, Object], Trial] = field(default=_no_trial)


def there(name: str, obj: Object | None) -> Object | Verdict:
    """The object, or the verdict on it when it is not there or on its way out."""
    if obj is None:
        return Verdict(name, False, "not found")
    if obj.get("metadata", {}).get("deletionTimestamp"):
        return Verdict(name, False, "is being deleted")
    return obj


def status(obj: Object) -> Mapping[str, Any]:
    """The object's status; empty while nobody has written one."""
    return obj.get("status") or {}


def conditions(said: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The conditions of a status (or of anything that has some) by type."""
    return {entry["type"]: entry for entry in said.get("conditions") or [] if "type" in entry}


def has(entry: Mapping[str, Any] | None, status: str, reason: str | None = None) -> bool:
    """Whether a condition is there with this status, and this reason if one is given."""
    return entry is not None and entry.get("status") == status and reason in (None, entry.get("reason"))


def stale(generation: int | None, said: Mapping[str, Any]) -> bool:
    """Whether something (a status, a condition) was said about another generation of the spec, and says so."""
    observed = said.get("observedGeneration")
    return bool(observed) and generation is not None and observed != generation


def behind(generation: int | None, said: Mapping[str, Any]) -> str:
    """What to say of something stale."""
    return f"generation {generation} not looked at yet (at {said.get('observedGeneration')})"


def own_words(entry: Mapping[str, Any]) -> str:
    """A condition in its own words: "Ready is False (Requested: waiting for Nova)"."""
    words = f"{entry['type']} is {entry.get('status')}"
    details = reasoned(entry)
    return f"{words} ({details})" if details else words


def reasoned(entry: Mapping[str, Any]) -> str:
    """ "reason: message", or the one that there is."""
    return ": ".join(str(part) for part in (entry.get("reason"), entry.get("message")) if part)


def end_of(text: str) -> str:
    """The end of a long text on one line: there the error is, before it the story of how it came about."""
    line = " ".join(text.split())
    return line if len(line) <= QUOTED else f"…{line[1 - QUOTED :]}"
