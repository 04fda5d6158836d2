"""SIGKILL of the engine again and again, spread evenly over one `up` and then over one `destroy`.

Each run goes on where the one before was killed, so that the lab is built by as many runs as there are kills and one:
a fault of an early recovery would meet all the later ones. Every second time all that the run has started is killed
with it, as by an out-of-memory killer or a lost machine.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from rehearsal.trials.lab import Lab
from rehearsal.trials.running import Run
from rehearsal.trials.trial import Row

UP, DESTROY = 20, 10
_FEW = 2


def during_up(lab: Lab, short: bool) -> Iterator[Row]:
    """From nothing to the whole lab."""
    yield from _killed(lab, "up", _FEW if short else UP)
    # `_killed` has seen it end well.
    changed = lab.changes()
    yield Row(
        "all of these together",
        "the last `up` finished, and a preview after it plans " + (", ".join(changed) if changed else "nothing"),
        "nothing more",
        None,
        tuple(f"{name} would change" for name in changed),
    )


def during_destroy(lab: Lab, short: bool) -> Iterator[Row]:
    """From the lab as it is to nothing."""
    yield from _killed(lab, "destroy", _FEW if short else DESTROY)
    left = lab.left()
    seen = "the last `destroy` finished, and what is left is " + (", ".join(left) if left else "nothing")
    yield Row("all of these together", seen, "nothing more", None, tuple(left))


def _killed(lab: Lab, command: str, times: int) -> Iterator[Row]:
    total, over = lab.planned(command), 0
    last: _Kill | None = None
    for number in range(1, times + 2):
        run = lab.run(command)
        if last is not None:
            yield last.row(run)
        if number > times:
            break
        # An `up` comes by everything each time, a `destroy` by what is left only.
        target = total * number // (times + 1) - over
        if not run.until_done(max(target, 1)):
            yield Row(_name(command, number, times), "the run ended before it came so far", "", None, (run.said,))
            return
        done, at = len(run.done), run.last
        run.kill(whole_session=number % 2 == 0)
        last = _Kill(_name(command, number, times), f"{over + done} of {total} done, `{at}` the last", time.monotonic())
        last.beyond = done if command == "up" else 1
        over += done if command == "destroy" else 0
        last.settle(lab)
    if code := run.end():
        yield Row(f"the `{command}` after them", f"ended with {code}", "", None, (run.said,))


@dataclass
class _Kill:
    """One kill, until the next run has come further than the killed one."""

    name: str
    where: str
    when: float
    beyond: int = 1
    recovering: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def settle(self, lab: Lab) -> None:
        self.recovering = lab.recover()
        self.wrong = lab.problems()

    def row(self, next_: Run) -> Row:
        if not next_.until_done(self.beyond):
            self.wrong.append(f"the next run did not get as far: {next_.said}")
        seconds = time.monotonic() - self.when
        remedy = f"`make recover` ({self.recovering:.1f} s); the next run got further"
        return Row(self.name, self.where, remedy, seconds, tuple(self.wrong))


def _name(command: str, number: int, times: int) -> str:
    whole = ", with all that it had started" if number % 2 == 0 else ""
    return f"SIGKILL of the engine during `{command}`, {number} of {times}{whole}"
