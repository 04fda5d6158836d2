"""Conditions as the operators of OpenStack write them, and the one that sums them up.

Source: lib-common modules/common/condition: reasons Init, Requested, Error, Ready; a condition that is False carries a
severity; ``Ready`` mirrors the worst of the others and comes first, the others follow by type.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .standin import condition

Condition = dict[str, Any]

READY = "Ready"
SETUP_COMPLETE = "Setup complete"


def unknown(kind: str, message: str) -> Condition:
    """Nothing was done for it yet."""
    return condition(kind, "Unknown", "Init", message)


def in_progress(kind: str, message: str, sentences: Iterable[str] = ()) -> Condition:
    """It is being worked on, or waits for what the sentences say.

    The real condition only says that it is in progress; what is missing stands in the service's own object, of which
    the rehearsal has none.
    """
    told = "; ".join(sentences)
    return condition(kind, False, "Requested", f"{message}: {told}" if told else message, severity="Info")


def error(kind: str, message: str) -> Condition:
    """It did not work; the operators try again for ever."""
    return condition(kind, False, "Error", message, severity="Warning")


def done(kind: str, message: str) -> Condition:
    """It is there and works."""
    return condition(kind, True, "Ready", message)


def summed_up(conditions: Iterable[Condition]) -> list[Condition]:
    """The conditions with ``Ready`` before them. Of several equally bad ones the first given is the one it mirrors."""
    parts = list(conditions)
    worst = min(parts, key=_rank, default=None)
    is_ready = worst is None or _rank(worst) == len(_RANKS)
    ready = done(READY, SETUP_COMPLETE) if is_ready else {**(worst or {}), "type": READY}
    return [ready, *sorted(parts, key=lambda entry: str(entry["type"]))]


_RANKS = (("False", "Error"), ("False", "Warning"), ("False", "Info"), ("Unknown", ""))


def _rank(entry: Mapping[str, Any]) -> int:
    state = entry["status"], entry.get("severity", "")
    return _RANKS.index(state) if state in _RANKS else len(_RANKS)
