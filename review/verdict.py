"""What a change comes to, as an exit code that a required check can use."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from review.plan import Plan
from review.touched import Touched


class Verdict(IntEnum):
    """The exit code of a review; a check that shall pass for some of them lists these."""

    NOTHING = 0
    ERROR = 1
    IN_PLACE = 10
    GROWS = 11
    REFUSED = 12
    REBUILDS = 13

    @property
    def sentence(self) -> str:
        return _SENTENCES[self]

    @property
    def word(self) -> str:
        """As it is written on the command line."""
        return self.name.lower().replace("_", "-")


_SENTENCES = {
    Verdict.NOTHING: "nothing changes",
    Verdict.ERROR: "the change can't be applied, or could not be reviewed",
    Verdict.IN_PLACE: "applies in place",
    Verdict.GROWS: "grows: applies in place, and can't be taken back as easily",
    Verdict.REFUSED: "rebuild refused",
    Verdict.REBUILDS: "rebuilds the whole lab: generation is raised",
}


def of_preview(plan: Plan, touched: list[Touched], differs: bool) -> Verdict:
    """By what the engine planned; `differs`: whether some rendered document does."""
    if plan.refusals:
        return Verdict.REFUSED
    if plan.errors or plan.broken or not plan.complete:
        return Verdict.ERROR
    return _in_place(touched, differs or bool(plan.steps))


def of_classes(refusals: Sequence[str], touched: list[Touched], differs: bool) -> Verdict:
    """By the change classes alone; `refusals` are the blueprint's."""
    return Verdict.REFUSED if refusals else _in_place(touched, differs)


def _in_place(touched: list[Touched], differs: bool) -> Verdict:
    classes = {entry.change for entry in touched}
    if any(entry.path == "generation" for entry in touched):
        return Verdict.REBUILDS
    if "grows" in classes:
        return Verdict.GROWS
    return Verdict.IN_PLACE if classes or differs else Verdict.NOTHING
