"""What is wrong with a lab's settings, in sentences a user can act on.

pydantic's own report names Python types and may quote a secret. These say field, value, rule and remedy, and hold a
value only where it is known to be harmless.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

LONGEST_SHOWN = 80


def shown(text: str) -> str:
    """A value as a report shows it: on one line, without what a terminal would obey, and cut where it gets long."""
    printable = "".join(letter if letter.isprintable() else "�" for letter in text).strip()
    return printable if len(printable) <= LONGEST_SHOWN else f"{printable[:LONGEST_SHOWN]}…"


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    `field` is the path as the user writes it (`networks.storage.vlan`); `value` what was given, or None where there is
    none or where it must not be shown (secrets, unknown fields). `rule` is a phrase that follows the value ("is not a
    VLAN id; …") and `remedy` one or more whole sentences. `reads` names the other fields the judgement rests on: if
    one of those is wrong itself, the judgement is void.
    """

    field: str
    value: str | None
    rule: str
    remedy: str
    reads: tuple[str, ...] = dataclasses.field(default=(), compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.value is not None:
            object.__setattr__(self, "value", shown(self.value))

    def __str__(self) -> str:
        subject = self.field if self.value is None else f"{self.field}: {self.value}"
        return f"{subject} {self.rule}. {self.remedy}"


class SettingsError(Exception):
    """The settings do not describe a lab that could be built. Nothing was created.

    `problems` holds every problem found, first the fields' own, then those of the lab as a whole; `str()` lists them
    all, one a line.
    """

    def __init__(self, stack: str, problems: Iterable[Problem]) -> None:
        self.stack = stack
        self.problems: list[Problem] = list(problems)
        super().__init__(stack, self.problems)

    def __str__(self) -> str:
        count = len(self.problems)
        head = f"The settings of stack {self.stack} have {'a problem' if count == 1 else f'{count} problems'}"
        return "\n".join([f"{head}; nothing was created:", *(f"  {problem}" for problem in self.problems)])
