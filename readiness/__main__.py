"""``python3 -m readiness < document.json``: the process around the waiting loop (signals, streams, exit code)."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from traceback import extract_tb
from types import FrameType

from .client import Client
from .errors import ConfigurationError, GateError, InterruptedBySignalError
from .model import Document
from .reader import read
from .wait import Wait


class _Signalled(BaseException):
    """Unwinds whatever is running; BaseException so that no handler of ordinary trouble keeps it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def main() -> int:
    """Run one gate; returns the exit code (see the package's docstring)."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _raise)
    what, wait = "the gate", None
    try:
        document = _document()
        what = document.what
        wait = Wait(document, Client(document.api), sys.stderr)
        print(wait.run(), flush=True)
    except _Signalled as signalled:
        name = signal.Signals(signalled.number).name
        state = wait.state() if wait is not None else "nothing known yet"
        return _told(InterruptedBySignalError(signalled.number, f"stopped by {name} while waiting for {what}: {state}"))
    except GateError as error:
        return _told(error)
    except Exception as error:
        # A traceback ends with the error's text, which may quote what it stumbled over: a token, a key.
        places = " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(extract_tb(error.__traceback__)))
        print(f"readiness has a defect: {type(error).__name__} at {places}", file=sys.stderr, flush=True)
        return 1
    return 0


def _document() -> Document:
    try:
        parsed = json.loads(sys.stdin.read())
    except ValueError:
        # Not the decoder's own error: a traceback through it would carry the text, and with it the key.
        raise ConfigurationError("standard input is not a JSON document") from None
    return read(parsed)


def _raise(number: int, frame: FrameType | None) -> None:
    raise _Signalled(number)


def _told(error: GateError) -> int:
    print(error, file=sys.stderr, flush=True)
    return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
