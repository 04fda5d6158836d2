"""What an operator's stand-in is, and the few words that it says to the runner.

Once a round the runner asks of every object of the kind: is what it needs there (``unmet``)? Has its work been done for
this spec and these inputs (``act``)? It then writes the ``status`` and sees to the objects of ``parts``. Everything but
``act`` and ``gone`` is a pure function of the object and the world, and quick: it runs for every object, every round.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from .world import Object, World

Phase = Literal["waiting", "working", "ready", "failed"]
Operation = Literal["CREATE", "UPDATE", "DELETE"]

# In the place of a time in a status: when the status last changed at all; when that field was first there.
NOW, SINCE = "<now>", "<since>"

# On an object of ``parts``: stays when its owner is deleted or no longer wants it, as many of the real ones do.
KEEP = "rehearsal/keep"


@dataclass(frozen=True)
class Unmet:
    """A need that is not met. ``sentence``: as the object's condition shall say it, naming what is missing.

    ``part``: which of the object's own conditions it belongs to ("Glance"); "" for the object as a whole.
    """

    sentence: str
    part: str = ""


@dataclass(frozen=True)
class Outcome:
    """What ``act`` came to: ``problem`` "" when it worked, ``facts`` (JSON) for the status. Kept over a restart."""

    problem: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class View:
    """Where an object stands.

    | phase | meaning |
    |---|---|
    | waiting | ``unmet`` says what is missing; nothing is done |
    | working | ``act`` runs (or takes the time that the rehearsal's pace gives it) |
    | failed | ``act`` came to ``problem``; done again after ``retry`` seconds, and failed until that has worked |
    | ready | ``act`` worked for this generation and these inputs |

    ``facts``: of the last act for this generation that ended, in any phase; empty before.
    """

    obj: Object
    phase: Phase
    unmet: tuple[Unmet, ...] = ()
    problem: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


class StandIn:
    """One kind of one operator. Subclasses say ``kind`` and overwrite what they need.

    ``kind``: as :func:`.world.kind_of` says it. ``operator``: the key in :data:`.world.CSV_NAMES`; only while that one
    is installed does anything happen to the objects, and do its webhooks answer. "" is the cluster itself.
    ``retry``: seconds until a failed act is tried again, None: never for this generation and these inputs.
    ``refresh``: seconds until an act that worked is done again, silently: the object stays ready meanwhile, and gets
    the new facts (or the problem). ``finalizer``: is put on every object; :meth:`gone` decides when it is taken off.
    ``prunes``: whether an object that :meth:`parts` no longer lists is deleted.
    Stand-ins may keep nothing in themselves: there is one of each, and threads share it.
    """

    kind: ClassVar[str]
    operator: ClassVar[str] = ""
    retry: ClassVar[float | None] = 2.0
    refresh: ClassVar[float | None] = None
    finalizer: ClassVar[str | None] = None
    prunes: ClassVar[bool] = True

    def settled(self, obj: Object) -> bool:
        """Whether nothing ever happens to this object again, as its own status says (a finished Job)."""
        return False

    def unmet(self, obj: Object, world: World) -> list[Unmet]:
        """What it needs and does not have; also asked while it is ready."""
        return []

    def inputs(self, obj: Object, world: World) -> Any:
        """What else than its own spec its work depends on (JSON): when it changes, ``act`` is done again."""
        return None

    def act(self, obj: Object, world: World) -> Outcome:
        """The work itself, in a thread and allowed to block; once for each uid, generation and inputs.

        Must be repeatable. An exception counts as a problem, in its own words.
        """
        return Outcome()

    def status(self, view: View, world: World) -> dict[str, Any] | None:
        """The whole ``.status`` that the object should have now; None leaves it alone.

        Conditions need no lastTransitionTime: the runner gives it, and keeps it while the condition's status stays the
        same. Any other time in it is NOW or SINCE, or comes from the object or the facts; a clock would be written anew
        every round. The server checks it strictly: a field that the kind does not have is an error, and is logged.
        """
        return None

    def makes(self, obj: Object, world: World) -> list[dict[str, Any]]:
        """Objects that exist once it is ready. With a ``status`` in them that is applied as well. See :meth:`parts`."""
        return []

    def parts(self, view: View, world: World) -> list[dict[str, Any]]:
        """Objects that exist in this phase; overwrite it instead of :meth:`makes` when some come before "ready".

        They are owned by the object where Kubernetes allows that, and deleted with it anyway, unless annotated with
        KEEP. One that is no longer listed is deleted in phase "ready" only. What others changed in them stays: an
        object is applied anew only when what is asked for has changed, or when it is gone.
        """
        return self.makes(view.obj, world) if view.phase == "ready" else []

    def refuses(self, operation: Operation, obj: Object, old: Object | None, world: World) -> str | None:
        """The webhook: why the operation is not allowed, None when it is. ``obj`` is the old one for DELETE.

        Overwriting it makes the runner register a webhook for the kind. It sees the world of a moment ago.
        """
        return None

    def gone(self, obj: Object, world: World) -> str | None:
        """Work of the deletion, in a thread, while the object has a deletionTimestamp; also without ``finalizer``.

        None: done, the finalizer is taken off; else what still holds it up, and it is asked again.
        """
        return None


def condition(kind: str, status: str | bool, reason: str = "", message: str = "", **more: Any) -> dict[str, Any]:
    """An entry of ``status.conditions``; ``status`` "Unknown" or a truth value; ``more``: e.g. ``severity``."""
    text = status if isinstance(status, str) else str(bool(status))
    return {"type": kind, "status": text, "reason": reason, "message": message, **more}


def observed(obj: Object) -> dict[str, Any]:
    """``{"observedGeneration": …}`` of the object, to put into its status."""
    return {"observedGeneration": obj["metadata"].get("generation", 1)}
