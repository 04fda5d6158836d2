"""Time that has gone by, and a clock that is wrong: the client's, when it made the ISO."""

from __future__ import annotations

import dataclasses
import signal

from rehearsal.trials.lab import Lab
from rehearsal.trials.mending import mended
from rehearsal.trials.trial import Row


def iso_grows_old(lab: Lab) -> Row:
    """The state says when the ISO was made; the run ended before a machine booted it."""
    return _refused(lab, 21, "21 h go by before machines boot the ISO")


def client_was_ahead(lab: Lab) -> Row:
    """Nothing on such an ISO is valid yet."""
    return _refused(lab, -2, "the client's clock 2 h ahead when the ISO is made, then right")


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
