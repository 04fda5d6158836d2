"""What a person sees of a wait: one line on stderr whenever something changed, of bounded length and number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from .verdict import Verdict

SHOWN_WHILE_WAITING = 3  # things named in one progress line
SHOWN_AT_THE_END = 20  # things listed when time is up
LINES = 300  # a flapping object must not fill the console or Pulumi's event log
WIDTH = 300  # characters of one thing's own message


class Progress:
    """Prints a line only if it differs from the one before it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._last = ""
        self._printed = 0

    def show(self, line: str) -> None:
        if line == self._last or self._printed > LINES:
            return
        self._last = line
        self._printed += 1
        if self._printed > LINES:
            line = "many changes so far; further ones are not shown, only the result"
        print(line, file=self._stream, flush=True)


def one_line(verdicts: Sequence[Verdict]) -> str:
    """ "17/23 ready, waiting for CRD x: not found; Node y: … (and 4 more)"."""
    waiting = [verdict for verdict in verdicts if not verdict.ready]
    line = f"{len(verdicts) - len(waiting)}/{len(verdicts)} ready"
    if waiting:
        line += ", waiting for " + "; ".join(told(verdict) for verdict in waiting[:SHOWN_WHILE_WAITING])
    if len(waiting) > SHOWN_WHILE_WAITING:
        line += f" (and {len(waiting) - SHOWN_WHILE_WAITING} more)"
    return line


def listing(verdicts: Sequence[Verdict]) -> str:
    """One indented line for each thing that is not ready."""
    waiting = [verdict for verdict in verdicts if not verdict.ready]
    lines = [f"  {told(verdict)}" for verdict in waiting[:SHOWN_AT_THE_END]]
    if len(waiting) > SHOWN_AT_THE_END:
        lines.append(f"  and {len(waiting) - SHOWN_AT_THE_END} more")
    return "\n".join(lines)


def remarks(verdicts: Sequence[Verdict]) -> str:
    """ " (x: an update is under way)": what ready things have to say, on the same line; mostly nothing."""
    remarked = [verdict for verdict in verdicts if verdict.ready and verdict.message]
    more = [f"and {len(remarked) - SHOWN_WHILE_WAITING} more"] if len(remarked) > SHOWN_WHILE_WAITING else []
    said = "; ".join([*map(told, remarked[:SHOWN_WHILE_WAITING]), *more])
    return f" ({said})" if said else ""


def told(verdict: Verdict) -> str:
    """ "name: message" on one line, cut to WIDTH."""
    message = " ".join(verdict.message.split())
    if len(message) > WIDTH:
        message = message[: WIDTH - 1] + "…"
    return f"{verdict.name}: {message}"
