"""How long each resource took, kept from the engine's event logs.

The state knows when a resource was made but not when its making began. The event log knows both, yet only of one run,
so what each run really did is folded into one small file a stack, for two may be brought up at the same time, and the
log, which is long, is removed.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

_MADE = {"create", "update", "create-replacement", "replace", "import", "read", "read-replacement"}
_GONE = {"delete", "delete-replaced", "discard"}


@dataclass(frozen=True, slots=True)
class Span:
    """When the engine was busy with one resource; all in seconds since the epoch. `run` is when that `up` began."""

    run: float
    start: float
    end: float

    @property
    def seconds(self) -> float:
        """How long the engine was busy with it."""
        return self.end - self.start


def load(state: Path, stack: str) -> dict[str, Span]:
    """Spans by URN. `state` is $REHEARSAL_DIR."""
    try:
        data = json.loads(_file(state, stack).read_text())
    except FileNotFoundError:
        return {}
    return {urn: Span(**span) for urn, span in data.items()}


def absorb(state: Path, stack: str, events: Path) -> None:
    """Fold the event log of one run of `stack` (see `rehearsal.events`), complete or not, into its timeline.

    The log is removed.
    """
    if not events.exists():
        return
    spans = load(state, stack)
    run, started = 0.0, dict[str, float]()
    for line in events.read_text(errors="replace").splitlines():
        try:
            event = json.loads(line)
        except json.JSONDecodeError:
            continue  # the run was killed while it wrote this
        now = float(event["timestamp"])
        run = run or now
        if "resourcePreEvent" in event:
            metadata = event["resourcePreEvent"]["metadata"]
            if metadata["op"] in _MADE:
                started.setdefault(metadata["urn"], now)
        elif "resOutputsEvent" in event:
            metadata = event["resOutputsEvent"]["metadata"]
            if metadata["op"] in _MADE and metadata["urn"] in started:
                spans[metadata["urn"]] = Span(run, started[metadata["urn"]], now)
            elif metadata["op"] in _GONE and metadata["urn"] not in started:
                spans.pop(metadata["urn"], None)
    file = _file(state, stack)
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps({urn: asdict(span) for urn, span in spans.items()}))
    fresh.replace(file)
    events.unlink()


def _file(state: Path, stack: str) -> Path:
    return state / "log" / f"timeline-{stack}.json"
