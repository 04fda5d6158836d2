"""What one check found, in the words of a person."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """``warn`` is what an ``up`` can live with, ``skipped`` what was not looked at, and why is said."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """``check`` is the row's name, ``field`` the setting that it is about, or whose matter it is: client or host."""

    check: str
    field: str
    verdict: Verdict
    found: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.field}: {self.found} {self.remedy}".rstrip()


@dataclass(frozen=True, slots=True)
class Topic:
    """One check's name and field, from which its findings are made."""

    check: str
    field: str

    def passes(self, found: str) -> Finding:
        """It is as it should be."""
        return Finding(self.check, self.field, Verdict.PASS, found)

    def warns(self, found: str, remedy: str) -> Finding:
        """It may go well."""
        return Finding(self.check, self.field, Verdict.WARN, found, remedy)

    def fails(self, found: str, remedy: str) -> Finding:
        """It will end badly."""
        return Finding(self.check, self.field, Verdict.FAIL, found, remedy)

    def complains(self, found: str, remedy: str, *, badly: bool) -> Finding:
        """Fails or warns, as the settings have it."""
        return self.fails(found, remedy) if badly else self.warns(found, remedy)

    def skips(self, why: str, remedy: str = "") -> Finding:
        """Not looked at; ``remedy`` says how a person can."""
        return Finding(self.check, self.field, Verdict.SKIPPED, why, remedy)
