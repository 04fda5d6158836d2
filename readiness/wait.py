"""The waiting loop: ask, judge, tell, sleep a little, until ready, failed for good, or out of time."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TextIO

from .client import Client
from .errors import NotReachableError, OutOfTimeError, TerminalFailureError
from .gather import gather
from .judge import judge
from .model import Document
from .progress import Progress, listing, one_line, remarks, told
from .verdict import Verdict

FIRST_PAUSE = 1.0  # seconds between polls at the start …
LONGEST_PAUSE = 5.0  # … and after a while
GROWTH = 1.25


class Wait:
    """One gate. ``verdicts`` and ``trouble`` are kept for whoever has to explain an interruption."""

    def __init__(self, document: Document, client: Client, stderr: TextIO, first_pause: float = FIRST_PAUSE) -> None:
        self._document = document
        self._client = client
        self._progress = Progress(stderr)
        self._pause = first_pause
        self._failing_since: dict[str, float] = {}
        self.verdicts: Sequence[Verdict] = ()
        self.trouble = ""

    def run(self) -> str:
        """Block until everything is ready; return the one-line result.

        Raises TerminalFailureError, OutOfTimeError or ConfigurationError.
        """
        deadline = time.monotonic() + self._document.timeout
        while True:
            self._round(deadline)
            failed = [verdict for verdict in self.verdicts if verdict.failed]
            if failed:
                others = f"\n{listing(failed[1:])}" if len(failed) > 1 else ""
                raise TerminalFailureError(
                    f"{self._document.what} failed and will not become ready: {told(failed[0])}{others}"
                )
            if not self.trouble and all(verdict.ready for verdict in self.verdicts):
                return f"{self._document.what} ready: {len(self.verdicts)} conditions true{remarks(self.verdicts)}"
            left = deadline - time.monotonic()
            if left <= 0:
                raise OutOfTimeError(self._out_of_time())
            time.sleep(min(self._pause, left))
            self._pause = min(self._pause * GROWTH, LONGEST_PAUSE)

    def state(self) -> str:
        """Where the wait stands, on one line."""
        if self.trouble:
            return f"the API server at {self._client.server} does not answer: {self.trouble}"
        return one_line(self.verdicts) if self.verdicts else "nothing known yet"

    def _round(self, deadline: float) -> None:
        try:
            found = gather(self._client, self._document.wait, deadline)
            verdicts = [verdict for check in self._document.wait for verdict in judge(check, found)]
        except NotReachableError as error:
            self.trouble = " ".join(str(error).split())[:300]
            self.verdicts = [verdict for verdict in self.verdicts if not verdict.failed]
            # Nobody saw whether the failure lasted: whoever should mend it could not reach the API server either.
            self._failing_since = {}
        else:
            self.trouble = ""
            self.verdicts = self._lasting(verdicts)
        self._progress.show(self.state())

    def _lasting(self, verdicts: Sequence[Verdict]) -> list[Verdict]:
        """The verdicts, with those failures taken back that have not lasted for their grace yet."""
        now = time.monotonic()
        self._failing_since = {
            verdict.name: self._failing_since.get(verdict.name, now) for verdict in verdicts if verdict.failed
        }
        return [
            replace(verdict, failed=verdict.failed and now - self._failing_since[verdict.name] >= verdict.grace)
            for verdict in verdicts
        ]

    def _out_of_time(self) -> str:
        lines = [f"{self._document.what} not ready after {self._document.timeout:.0f} s"]
        if self.trouble:
            lines.append(f"  the API server at {self._client.server} does not answer: {self.trouble}")
        if self.verdicts:
            lines[0] += f": {sum(verdict.ready for verdict in self.verdicts)}/{len(self.verdicts)} ready"
            lines.append(listing(self.verdicts))
        return "\n".join(lines)
