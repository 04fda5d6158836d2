"""Which of the host's objects a stack's state knows of: without it, what runs can't be told from what was left over."""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import urlsplit

from doctor.commands import is_there, run


@dataclass(frozen=True, slots=True)
class Recorded:
    """``ids`` are libvirt's UUIDs of domains, networks and pools; ``unknown`` says why nothing is known, else empty.
    ``no_stack_at`` is the backend that has no such stack, else empty."""

    ids: frozenset[str] = frozenset()
    unknown: str = ""
    no_stack_at: str = ""


def recorded(stack: str) -> Recorded:
    """Ask pulumi in the backend that it uses here. A stack that it does not know has nothing."""
    if not is_there("pulumi"):
        return Recorded(unknown="pulumi is not on PATH")
    answer = run("pulumi", "stack", "export", "--non-interactive", "--stack", stack)
    if "no stack named" in answer.err:
        return Recorded(no_stack_at=_backend())
    if not answer.ok:
        return Recorded(unknown=f"pulumi stack export says: {answer.said}")
    try:
        deployment = json.loads(answer.out).get("deployment") or {}
        resources = deployment.get("resources") or []
        return Recorded(
            frozenset(str(one.get("id")) for one in resources if str(one.get("type")).startswith("libvirt:"))
        )
    except (ValueError, AttributeError):
        return Recorded(unknown="pulumi stack export printed something that is no state")


def _backend() -> str:
    """Where pulumi looks, without what a URL may say of logging in there."""
    try:
        parts = urlsplit(json.loads(run("pulumi", "whoami", "--non-interactive", "--json").out)["url"])
    except (ValueError, KeyError, TypeError):
        return "its backend"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
