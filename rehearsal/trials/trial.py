"""What a trial yields: one row of docs/faults.md."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rehearsal.trials.lab import Lab

LONGEST = 240
"""Characters of what a run said that are quoted."""


@dataclass(frozen=True, slots=True)
class Row:
    """``fault`` and when, what was seen, what a person did then, seconds from then until all was as before (None where
    nobody had to do anything), and what was wrong after that (empty: recovered)."""

    fault: str
    seen: str
    remedy: str
    seconds: float | None
    wrong: tuple[str, ...] = ()

    @property
    def recovered(self) -> bool:
        return not self.wrong


Trials = Callable[[Lab, bool], Iterator[Row]]
"""A series on one lab, with whether it is to be as short as CI wants it."""


def quoted(said: str, *words: str) -> str:
    """The first line of a run's diagnostics with one of the words; without any of them, the last that is not empty."""
    # Where the rehearsal lies is nobody's business.
    said = said.replace(os.environ.get("REHEARSAL_DIR") or "\0", "<rehearsal>")
    told = said.partition("\nDiagnostics:\n")[2] or said
    lines = [" ".join(line.split()) for line in told.splitlines() if line.strip()]
    # The last word of every run that failed, and the only one of some.
    lines = [line for line in lines if not line.endswith("error: update failed")] or lines
    line = next((line for word in words for line in lines if word in line), lines[-1] if lines else "")
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
