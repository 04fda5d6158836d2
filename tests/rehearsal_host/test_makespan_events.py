"""The engine's event log with times finer than the engine's own."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from rehearsal import events, kubeconfig, stacks, timeline

WHOLE = 100
"""What the engine stamps: seconds, here of long ago."""


def event(kind: str, urn: str = "disk", op: str = "create") -> str:
    """One line as the engine writes it; `old` and `new` hold the resource's states."""
    metadata = {"op": op, "urn": urn, "type": "t", "old": None, "new": {"inputs": {"size": "large"}}}
    return json.dumps({"sequence": 1, "timestamp": WHOLE, kind: {"metadata": metadata}}) + "\n"


def read(log: Path) -> list[dict[str, Any]]:
    """The lines of a log."""
    return [json.loads(line) for line in log.read_text().splitlines()]


def test_each_event_is_kept_with_the_time_of_its_arrival(tmp_path: Path) -> None:
    log = tmp_path / "events.jsonl"
    before = time.time()
    with events.followed(log) as pipe, pipe.open("w") as engine:
        for line in (
            json.dumps({"timestamp": WHOLE, "preludeEvent": {"config": {}}}) + "\n",
            event("resourcePreEvent"),
            json.dumps({"timestamp": WHOLE, "diagnosticEvent": {"message": "…"}}) + "\n",
            event("resOutputsEvent"),
        ):
            engine.write(line)
            engine.flush()
    after = time.time()

    first, *found = read(log)
    assert set(first) == {"timestamp"}
    assert [{key: value for key, value in line.items() if key != "timestamp"} for line in found] == [
        {"resourcePreEvent": {"metadata": {"op": "create", "urn": "disk"}}},
        {"resOutputsEvent": {"metadata": {"op": "create", "urn": "disk"}}},
    ]
    times = [line["timestamp"] for line in (first, *found)]
    # The clock may be corrected by a little meanwhile.
    assert before - 1 <= times[0]
    assert times[-1] <= after + 1
    assert times == sorted(times)


def test_more_events_than_a_pipe_holds_are_all_kept(tmp_path: Path) -> None:
    log = tmp_path / "events.jsonl"
    with events.followed(log) as pipe, pipe.open("w") as engine:
        for number in range(5000):
            engine.write(event("resourcePreEvent", f"disk-{number}"))

    assert [line["resourcePreEvent"]["metadata"]["urn"] for line in read(log)] == [f"disk-{n}" for n in range(5000)]


@pytest.mark.parametrize("written", ["", '{"sequence": 3, "timest', "end", "no event at all\n"])
def test_an_engine_that_wrote_nothing_or_was_killed_leaves_an_end(tmp_path: Path, written: str) -> None:
    log = tmp_path / "events.jsonl"
    with events.followed(log) as pipe:
        if written:
            pipe.write_text(event("resourcePreEvent") + written)

    assert len(read(log)) == (1 if written else 0)
    assert [path.name for path in tmp_path.iterdir()] == ["events.jsonl"]


def test_a_failure_meanwhile_is_not_swallowed_and_nothing_is_left_open(tmp_path: Path) -> None:
    open_before = len([*Path("/proc/self/fd").iterdir()])
    with pytest.raises(RuntimeError, match="meanwhile"), events.followed(tmp_path / "events.jsonl"):
        raise RuntimeError("meanwhile")

    assert len([*Path("/proc/self/fd").iterdir()]) == open_before
    assert not (tmp_path / "events.pipe").exists()


PULUMI = """\
#!/bin/sh
while [ "$1" != --event-log ]; do shift; done
cat {events} > "$2"
exit 3
"""


def test_an_up_is_timed_by_arrival_and_keeps_its_exit_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = tmp_path / "written"
    written.write_text(event("resourcePreEvent") + event("resOutputsEvent"))
    pulumi = tmp_path / "bin" / "pulumi"
    pulumi.parent.mkdir()
    pulumi.write_text(PULUMI.format(events=written))
    pulumi.chmod(0o755)
    (tmp_path / "log").mkdir()
    monkeypatch.setenv("PATH", f"{pulumi.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("REHEARSAL_NAME", "main")
    monkeypatch.setattr(stacks, "ensure", lambda _: None)
    monkeypatch.setattr(kubeconfig, "refresh", lambda *_: None)

    assert stacks.up(tmp_path, "rehearsal", []) == 3
    span = timeline.load(tmp_path, "rehearsal")["disk"]
    assert span.run > WHOLE, "the engine's own whole seconds"
    assert span.run <= span.start <= span.end
    assert [path.name for path in (tmp_path / "log").iterdir()] == ["timeline-rehearsal.json"]
