"""Clocks that are wrong: the client's when it made the ISO, and a machine's when the installation begins."""

from __future__ import annotations

import dataclasses
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from xml.etree import ElementTree

from rehearsal.trials.lab import Lab
from rehearsal.trials.mending import mended
from rehearsal.trials.trial import Row

_AHEAD = 45
"""Minutes; assisted-service bears 4."""


def iso_grows_old(lab: Lab) -> Row:
    """The state says when the ISO was made; the run ended before a machine booted it."""
    return _refused(lab, 21, "21 h go by before machines boot the ISO")


def client_was_ahead(lab: Lab) -> Row:
    """Nothing on such an ISO is valid yet."""
    return _refused(lab, -2, "the client's clock 2 h ahead when the ISO is made, then right")


def machine_is_ahead(lab: Lab) -> Row:
    """A machine takes its first time from its RTC, and without a server that answers it keeps it."""
    run = lab.installing()
    with _rtc(lab, "rehearsal-worker-0", _AHEAD):
        run.end()
    fault = f"a worker's clock {_AHEAD} min ahead and no time server, then right"
    return mended(lab, fault, run, "clocks are not synchronized")


def _refused(lab: Lab, hours: int, fault: str) -> Row:
    run = lab.run("up")
    run.until(lambda: any(urn.endswith("::cluster-image") for urn in run.done))
    run.interrupt(signal.SIGINT)
    run.end()
    lab.later("cluster-image", hours)
    refused = lab.run("up", *(word for urn in lab.urns("cluster-boot-gate") for word in ("--replace", urn)))
    refused.end()
    lab.asks(generation=2)
    row = mended(lab, fault, refused, "Raise generation", remedy="generation 2, ")
    lab.finish("destroy")
    lab.asks(generation=1)
    return dataclasses.replace(row, wrong=(*row.wrong, *lab.left()))


@contextmanager
def _rtc(lab: Lab, machine: str, minutes: int) -> Iterator[None]:
    """Starts a machine anew with its RTC so far ahead of the host, and at the end as it was."""
    before = lab.virsh("dumpxml", "--inactive", machine)
    domain = ElementTree.fromstring(before)
    clock = domain.find("clock")
    if clock is None:
        clock = ElementTree.SubElement(domain, "clock")
    clock.attrib.clear()
    clock.attrib.update(offset="variable", adjustment=str(minutes * 60), basis="utc")
    _started_as(lab, machine, ElementTree.tostring(domain, encoding="unicode"))
    try:
        yield
    finally:
        _started_as(lab, machine, before)


def _started_as(lab: Lab, machine: str, xml: str) -> None:
    lab.virsh("destroy", machine)
    with tempfile.NamedTemporaryFile("w", prefix="rehearsal-", suffix=".xml") as file:
        file.write(xml)
        file.flush()
        lab.virsh("define", file.name)
    lab.virsh("start", machine)
