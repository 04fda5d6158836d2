"""``python3 -m operations STEP < document.json``: the process around a step (signals, streams, exit code).

``python3 -m operations members NAME=ADDRESS … < document.json`` has the members on its command line, as ``join`` and
``leave`` have the nodes; ``leave`` also takes ``--released=NAME``. An engine that shall not look at the document (it
holds a kubeconfig, which may be read anew) then still sees that they have changed.
"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from traceback import extract_tb
from types import FrameType
from typing import Any

from operations import approve, attempt, members, nodes, read, teardown, tuning, unclaimed, update
from operations.cluster import Cluster
from operations.document import Keys
from readiness.errors import ConfigurationError, GateError, InterruptedBySignalError

STEPS: dict[str, Callable[[Keys, Cluster], dict[str, Any]]] = {
    "approve": approve.run,
    "attempt": attempt.run,
    "join": nodes.join,
    "leave": nodes.leave,
    "members": members.run,
    "read": read.run,
    "hold": teardown.hold,
    "teardown": teardown.teardown,
    "tune": tuning.tune,
    "unclaimed": unclaimed.run,
    "untune": tuning.untune,
    "update": update.run,
}

_NAMED = {"members": "members", "join": "nodes", "leave": "nodes"}
"""Steps that have names and addresses on the command line, and as what these stand in the document."""

_RELEASED = "--released="


class _Signalled(BaseException):
    """Unwinds whatever is running; BaseException so that no handler of ordinary trouble keeps it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def main(arguments: Sequence[str]) -> int:
    """Run one step; returns the exit code (see the package's docstring)."""
    step, *rest = arguments or ("",)
    released = [text[len(_RELEASED) :] for text in rest if step == "leave" and text.startswith(_RELEASED)]
    pairs = [text.partition("=") for text in rest if step != "leave" or not text.startswith(_RELEASED)]
    if step not in STEPS or (pairs and step not in _NAMED) or not all(all(pair) for pair in pairs):
        print(f"usage: python3 -m operations {'|'.join(sorted(STEPS))} < document.json", file=sys.stderr)
        return ConfigurationError.exit_code
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _raise)
    cluster = None
    try:
        keys = Keys(f"step {step}", _document(step, {name: address for name, _, address in pairs}, released))
        cluster = Cluster(keys.object("api"), keys.number("timeout"), sys.stderr)
        print(json.dumps(STEPS[step](keys, cluster), sort_keys=True), flush=True)
    except _Signalled as signalled:
        name = signal.Signals(signalled.number).name
        state = cluster.state if cluster is not None else "nothing known yet"
        return _told(InterruptedBySignalError(signalled.number, f"{step} was stopped by {name}: {state}"))
    except GateError as error:
        return _told(error)
    except Exception as error:
        # A traceback ends with the error's text, which may quote what it stumbled over: a token, a key.
        places = " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(extract_tb(error.__traceback__)))
        print(f"operations has a defect: {type(error).__name__} at {places}", file=sys.stderr, flush=True)
        return 1
    return 0


def _document(step: str, named: dict[str, str], released: list[str]) -> object:
    try:
        document = json.loads(sys.stdin.read())
        if not isinstance(document, dict):
            return document
        if step == "leave":
            return {**document, _NAMED[step]: named, "released": released}
        return {**document, _NAMED[step]: named} if named else document
    except ValueError:
        # Not the decoder's own error: a traceback through it would carry the text, and with it the key.
        raise ConfigurationError("standard input is not a JSON document") from None


def _raise(number: int, frame: FrameType | None) -> None:
    raise _Signalled(number)


def _told(error: GateError) -> int:
    print(error, file=sys.stderr, flush=True)
    return error.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
