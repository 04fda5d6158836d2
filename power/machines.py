"""Machines shut down and started, as the host's libvirt knows them, with limits.

A machine is asked to go off as by its power key (ACPI), never switched off: a database that is cut off in the middle of
a write, etcd's above all, may not come back (OpenShift, "Shutting down the cluster gracefully"). One that does not
obey is named with the command that switches it off, which is a person's to type, and nothing that it depends on is
touched before.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Sequence

from doctor.virsh import Virsh
from power.errors import PowerError
from power.lab import Lab, Machine
from settings import Host

Say = Callable[[str], None]

_POLL = 2.0  # seconds between two looks
_PRESS_AGAIN = 30.0  # seconds: a machine that was only just booting has not seen the first one


class Machines:
    """The stack's machines. Every method raises PowerError, also when libvirt does not answer."""

    def __init__(self, lab: Lab, say: Say) -> None:
        self._lab = lab
        self._virsh = Virsh(Host(uri=lab.uri).virsh_uri)
        self._say = say

    def on(self, group: Sequence[Machine]) -> list[Machine]:
        """Those that are not off; a paused one counts."""
        active = self._uuids("list --uuid")
        return [one for one in group if one.uuid in active]

    def shut_down(self, group: Sequence[Machine], limit: float) -> None:
        """Return when all are off. ``limit`` is in seconds, for all of them."""
        deadline = time.monotonic() + limit
        pressed: float | None = None
        shown: list[Machine] = []
        while left := self.on(group):
            if left != shown:
                self._say(f"shutting down: {_names(left)}")
                shown = left
            now = time.monotonic()
            if pressed is not None and now > deadline:
                raise PowerError(self._still_on(left, limit))
            if pressed is None or now > pressed + _PRESS_AGAIN:
                pressed = now
                self._press(left)
            time.sleep(_POLL)
        self._say(f"off: {_names(group)}")

    def start(self, group: Sequence[Machine]) -> None:
        """Start those that are off. What runs on them is somebody else's to wait for."""
        there, active = self._uuids("list --all --uuid"), self._uuids("list --uuid")
        gone = [one.domain for one in group if one.uuid not in there]
        if gone:
            raise PowerError(
                f"{', '.join(gone)}: recorded, and not on {self._lab.uri} any more. What changed there is told by: "
                f"make drift STACK={self._lab.stack}"
            )
        for one in self._paused(group):
            self._say(f"{one.domain} was paused, and goes on")
            self._tell(f"resume {one.uuid}", f"{one.domain} does not go on")
        for one in group:
            if one.uuid not in active:
                self._say(f"starting {one.domain}")
                self._tell(f"start {one.uuid}", f"{one.domain} does not start")

    def _press(self, group: Sequence[Machine]) -> None:
        for one in self._paused(group):
            self._say(f"{one.domain} is paused: it goes on, to be able to shut down")
            self._tell(f"resume {one.uuid}", f"{one.domain} does not go on")
        # One that has gone off since it was listed is no error, and libvirt says why when another does not answer.
        self._virsh.ask(*(f"shutdown {one.uuid} --mode acpi" for one in group))

    def _paused(self, group: Sequence[Machine]) -> list[Machine]:
        paused = self._uuids("list --uuid --state-paused")
        return [one for one in group if one.uuid in paused]

    def _uuids(self, command: str) -> frozenset[str]:
        return frozenset(self._tell(command, "nothing more was done").split())

    def _tell(self, command: str, otherwise: str) -> str:
        answer = self._virsh.ask(command)
        if not answer.ok:
            raise PowerError(f"{otherwise}: {self._lab.uri} says: {answer.said}. Mend that (make doctor), and again.")
        return answer.out

    def _still_on(self, left: Sequence[Machine], limit: float) -> str:
        commands = "; ".join(f"destroy {shlex.quote(one.domain)}" for one in left)
        return (
            f"{_names(left)} did not shut down in {limit:.0f} s, so nothing that it depends on was touched. Look at "
            f"its console (virsh console {shlex.quote(left[0].domain)}); to switch it off for good: virsh -c "
            f"{shlex.quote(self._lab.uri)} {shlex.quote(commands)}. Then again: make stop STACK={self._lab.stack}"
        )


def _names(group: Sequence[Machine]) -> str:
    return " ".join(one.domain for one in group)
