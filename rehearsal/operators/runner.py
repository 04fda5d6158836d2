"""The rounds: look at the snapshot, see where every object stands, and write what is not yet so.

Everything is decided anew from what is there (level-triggered); only the outcome of work is remembered.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from rehearsal.cluster.kube import KubeError

from . import faults
from .admission import Admission
from .parts import Parts
from .standin import Outcome, Phase, StandIn, Unmet, View
from .watch import Store
from .works import Work, Works, key_of
from .world import Object, World
from .writer import Writer

ROUND_SECONDS = 0.25  # between two rounds, so that a burst of changes is looked at once
SHARE = 4.0  # times as long as a round took is waited at least: 15 machines boot beside it
IDLE_SECONDS = 10.0  # until a round without any change
ASK_AGAIN_SECONDS = 1.0  # a deletion that is held up, a write that was refused
LOST_ROUNDS = 30  # in a row without an API server before giving up

Log = Callable[[str], None]


class Runner:
    """All stand-ins of one cluster."""

    def __init__(self, stand_ins: Sequence[StandIn], store: Store, writer: Writer, works: Works, log: Log) -> None:
        self._stand_ins = stand_ins
        self._admission = Admission(stand_ins, store.world)
        self._store = store
        self._writer = writer
        self._parts = Parts(writer)
        self._works = works
        self._log = log
        self._told: dict[tuple[str, str], str] = {}  # the last lines about an object
        self._next = 0.0  # when something is due by the clock alone

    def run(self, stopping: Callable[[], bool]) -> None:
        """Go round until told to stop. Raises OSError when the API server is gone for good."""
        lost = 0
        while not stopping():
            began = time.monotonic()
            try:
                self.round(self._store.world())
                lost = 0
            except OSError as error:
                # A kept connection that the server has closed is made anew by the next request.
                lost += 1
                self._due_in(ASK_AGAIN_SECONDS)
                if lost > 1:
                    self._log(f"no answer from the API server: {error}")
                if lost >= LOST_ROUNDS:
                    raise
            time.sleep(max(ROUND_SECONDS, SHARE * min(time.monotonic() - began, ROUND_SECONDS)))
            self._store.wait(self._next - time.monotonic())

    def close(self) -> None:
        """Stop listening for the API server's questions."""
        self._admission.close()

    def round(self, world: World) -> None:
        """Look at every object once."""
        self._next = time.monotonic() + IDLE_SECONDS
        self._parts.look(world)
        try:
            self._admission.round(world, self._writer)
        except (KubeError, ValueError) as error:
            self._due_in(ASK_AGAIN_SECONDS)
            self._log(f"webhooks: {error}")
        living: set[str] = set()
        for stand_in in self._stand_ins:
            runs = not stand_in.operator or world.installed(stand_in.operator)
            for obj in world.all(stand_in.kind):
                living |= {_identity(stand_in, obj), _deletion(stand_in, obj)}
                if runs:
                    self._guarded(stand_in, obj, world)
        self._works.forget_all_but(living)
        try:
            self._parts.sweep(world)
        except KubeError as error:
            self._due_in(ASK_AGAIN_SECONDS)
            self._log(f"left behind: {error}")
        self._told = {key: line for key, line in self._told.items() if key[0] in living}

    def _guarded(self, stand_in: StandIn, obj: Object, world: World) -> None:
        try:
            if obj["metadata"].get("deletionTimestamp"):
                self._end(stand_in, obj, world)
            elif not stand_in.settled(obj):
                self._tend(stand_in, obj, world)
        except (KubeError, ValueError) as error:
            self._due_in(ASK_AGAIN_SECONDS)
            self._tell(stand_in, obj, f"refused: {error}", "refused")
        except OSError:
            raise
        except Exception as defect:  # one stand-in's defect must not end the others
            self._tell(stand_in, obj, f"a defect of its stand-in: {type(defect).__name__}: {defect}", "defect")

    def _tend(self, stand_in: StandIn, obj: Object, world: World) -> None:
        finalizers = obj["metadata"].get("finalizers") or []
        if stand_in.finalizer and stand_in.finalizer not in finalizers:
            self._writer.finalizers(obj, [*finalizers, stand_in.finalizer])
            return
        view = self._view(stand_in, obj, world)
        self._tell(stand_in, obj, _line(view))
        parts = stand_in.parts(view, world)
        if not self._parts.make(parts, obj, world):
            self._due_in(ASK_AGAIN_SECONDS)
            return
        if view.phase == "ready" and stand_in.prunes:
            self._parts.prune(parts, obj)
        wanted = stand_in.status(view, world)
        if wanted is not None:
            self._writer.status(obj, wanted)

    def _view(self, stand_in: StandIn, obj: Object, world: World) -> View:
        """Where the object stands; starts its work where that is due."""
        fault = faults.fault(world, obj)
        unmet = tuple(stand_in.unmet(obj, world))
        if fault.stuck:
            unmet += (Unmet(fault.stuck),)
        uid = _identity(stand_in, obj)
        work = self._works.get(uid)
        if work is not None:
            pace = faults.pace(world, obj)
            self._works.settle(work, pace)
            if work.running:
                self._due_at(work.started + pace)
        facts = work.facts if work is not None else {}
        if unmet:
            return View(obj, "waiting", unmet, facts=facts)

        key = key_of(obj["metadata"].get("generation"), stand_in.inputs(obj, world), fault.fail)
        if work is None or (not work.running and (work.key != key or self._is_due(stand_in, work, fault.fail))):
            pace = faults.pace(world, obj)
            work = self._works.start(uid, key, _act(stand_in, obj, world, fault.fail))
            self._works.settle(work, pace)
            self._due_at(work.started + pace)
        if work.key != key or work.outcome is None:
            return View(obj, "working", facts=work.facts)
        if work.outcome.problem:
            self._due_at(work.ended, stand_in.retry)
            return View(obj, "failed", problem=work.outcome.problem, facts=work.facts)
        self._due_at(work.ended, stand_in.refresh)
        self._due_in(faults.FLAP_SECONDS if fault.flap else IDLE_SECONDS)
        phase: Phase = "working" if fault.flap and int(time.monotonic() / faults.FLAP_SECONDS) % 2 else "ready"
        return View(obj, phase, facts=work.facts)

    @staticmethod
    def _is_due(stand_in: StandIn, work: Work, for_good: str) -> bool:
        """Whether work that is over is done once more for the same key."""
        assert work.outcome is not None
        pause = stand_in.retry if work.outcome.problem else stand_in.refresh
        return not for_good and pause is not None and time.monotonic() >= work.ended + pause

    def _end(self, stand_in: StandIn, obj: Object, world: World) -> None:
        """See to a deletion: the stand-in's own work, then its finalizer."""
        finalizers = obj["metadata"].get("finalizers") or []
        if stand_in.finalizer is not None and stand_in.finalizer not in finalizers:
            return
        if type(stand_in).gone is not StandIn.gone:
            work = self._works.get(_deletion(stand_in, obj))
            if work is not None:
                self._works.settle(work, 0.0)
            if work is None or (not work.running and self._asks_again(work)):
                work = self._works.start(_deletion(stand_in, obj), "gone", lambda: _gone(stand_in, obj, world))
            if work.outcome is None or work.outcome.problem:
                self._due_in(ASK_AGAIN_SECONDS)
                self._tell(stand_in, obj, f"deleting: {work.outcome.problem}" if work.outcome else "deleting")
                return
        if stand_in.finalizer is not None:
            self._writer.finalizers(obj, [name for name in finalizers if name != stand_in.finalizer])
            self._tell(stand_in, obj, "deleted")

    @staticmethod
    def _asks_again(work: Work) -> bool:
        assert work.outcome is not None
        return bool(work.outcome.problem) and time.monotonic() >= work.ended + ASK_AGAIN_SECONDS

    def _due_in(self, seconds: float) -> None:
        """See to a round within this time, even if nothing changes."""
        self._next = min(self._next, time.monotonic() + seconds)

    def _due_at(self, since: float, pause: float | None = 0.0) -> None:
        """See to a round at a moment, unless it has passed: then it is the end of a thread that matters."""
        if pause is not None and since + pause > time.monotonic():
            self._next = min(self._next, since + pause)

    def _tell(self, stand_in: StandIn, obj: Object, line: str, about: str = "phase") -> None:
        """One log line whenever something else is to be said about an object."""
        key = _identity(stand_in, obj), about
        if self._told.get(key) != line:
            self._told[key] = line
            metadata = obj["metadata"]
            place = f"{metadata['namespace']}/" if metadata.get("namespace") else ""
            self._log(f"{obj['kind']} {place}{metadata['name']}: {line}")


def _identity(stand_in: StandIn, obj: Object) -> str:
    return f"{type(stand_in).__name__}/{obj['metadata']['uid']}"


def _deletion(stand_in: StandIn, obj: Object) -> str:
    return f"{_identity(stand_in, obj)}/gone"


def _gone(stand_in: StandIn, obj: Object, world: World) -> Outcome:
    return Outcome(stand_in.gone(obj, world) or "")


def _act(stand_in: StandIn, obj: Object, world: World, failure: str) -> Callable[[], Outcome] | None:
    """The work to be done now; None when the stand-in has none of its own."""
    if failure:
        return lambda: Outcome(failure)
    return (lambda: stand_in.act(obj, world)) if type(stand_in).act is not StandIn.act else None


def _line(view: View) -> str:
    said = [unmet.sentence for unmet in view.unmet] or ([view.problem] if view.problem else [])
    return f"{view.phase}: {'; '.join(said)}" if said else view.phase
