"""The work of the stand-ins: each ``act`` in a thread, once for what it was done for, and its outcome kept on disk."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rehearsal.cluster.install import write_json

from .standin import Outcome


@dataclass
class Work:
    """One object's work. ``key``: what it was started for; times are of time.monotonic()."""

    key: str
    started: float
    future: Future[Outcome] | None
    outcome: Outcome | None = None  # of this key; stays while the work is repeated
    ended: float = 0.0
    facts: Mapping[str, Any] = field(default_factory=dict)  # of the last outcome, of whatever key

    @property
    def running(self) -> bool:
        return self.future is not None


class Works:
    """All work of one process; used by the runner's thread alone. ``file`` keeps the outcomes over a restart."""

    def __init__(self, file: Path | None, wake: Callable[[], None]) -> None:
        self._file = file
        self._wake = wake
        self._works: dict[str, Work] = self._load()

    def get(self, uid: str) -> Work | None:
        return self._works.get(uid)

    def start(self, uid: str, key: str, act: Callable[[], Outcome] | None) -> Work:
        """Begin it, or begin it again; not while it is running. None: there is nothing to do, only time to take."""
        old = self._works.get(uid)
        future: Future[Outcome] = Future()
        future.add_done_callback(lambda _: self._wake())
        if act is None:
            future.set_result(Outcome())
        else:
            # One each, for a Job takes minutes; a daemon, for the process must not wait for it at its end.
            threading.Thread(target=lambda: future.set_result(_guarded(act)), name=uid, daemon=True).start()
        work = Work(key, time.monotonic(), future)
        if old is not None:
            work.facts = old.facts
            if old.key == key:
                work.outcome, work.ended = old.outcome, old.ended
        self._works[uid] = work
        return work

    def settle(self, work: Work, pace: float) -> None:
        """Take the outcome of work that is over, once it has also taken ``pace`` seconds."""
        if work.future is None or not work.future.done() or time.monotonic() < work.started + pace:
            return
        outcome = work.future.result()
        repeated = outcome == work.outcome
        work.future, work.outcome, work.ended, work.facts = None, outcome, time.monotonic(), outcome.facts
        if not repeated:
            self._save()

    def forget_all_but(self, uids: Collection[str]) -> None:
        """Drop the work of objects that are gone."""
        gone = [uid for uid, work in self._works.items() if uid not in uids and not work.running]
        for uid in gone:
            del self._works[uid]
        if gone:
            self._save()

    def _load(self) -> dict[str, Work]:
        try:
            kept = json.loads(self._file.read_text()) if self._file is not None else {}
        except (FileNotFoundError, json.JSONDecodeError):
            return {}
        now = time.monotonic()
        return {
            uid: Work(entry["key"], now, None, Outcome(entry["problem"], entry["facts"]), now, entry["facts"])
            for uid, entry in kept.items()
        }

    def _save(self) -> None:
        if self._file is not None and self._file.parent.is_dir():
            done = {uid: (work.key, work.outcome) for uid, work in self._works.items() if work.outcome is not None}
            write_json(
                self._file,
                {uid: {"key": key, "problem": made.problem, "facts": made.facts} for uid, (key, made) in done.items()},
            )


def key_of(*parts: Any) -> str:
    """A name for what work is done for."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def _guarded(act: Callable[[], Outcome]) -> Outcome:
    try:
        return act()
    except Exception as error:  # a stand-in's bad luck is its object's problem, not the others'
        return Outcome(str(error) or type(error).__name__)
