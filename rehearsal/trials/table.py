"""docs/faults.md: what was done to a lab, what it came to, and how long it took until all was as before. Written and
read: a series that is tried anew replaces its own part only."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from rehearsal.changetable import escaped
from rehearsal.host import CHECKOUT
from rehearsal.trials.trial import Row

FILE = CHECKOUT / "docs" / "faults.md"
TITLES: Mapping[str, str] = MappingProxyType(
    {
        "up": "The engine killed, from nothing to the whole lab",
        "cluster": "Faults of a lab that stands",
        "destroy": "The engine killed, from the whole lab to nothing",
        "machines": "Faults of the host and its machines, from nothing to OpenShift and back",
    }
)
"""Series, in the order in which they are tried: each begins with what the one before has left."""
_CELL = r"((?:[^|\\]|\\.)*)"
_ROW = re.compile(rf"\| \d+ \| {_CELL} \| {_CELL} \| {_CELL} \| (\d+|-) \| {_CELL} \|")
_FIGURES = re.compile(r"\d+ of \d+ recovered, in (\d+) minutes\.")
_NONE = "nothing"
_HEAD = """\
# Faults

Written by `make faults`, from the smallest lab in a rehearsal on the real engine: three masters, a worker, a compute.
After every fault the state has to be whole, with nothing pending, locked or twice in it; machines, networks, pools,
volumes and files have to be exactly those of the state; and no process may be left that serves a run. Seconds are from
the fault, or from when it was over, until the lab was as asked for; for a kill, until the next run had come further
than the killed one. Rows may be of different runs.

{recovered} of {all} faults recovered.
"""
_PART = """
## {title}

{recovered} of {all} recovered, in {minutes} minutes.

| | fault | what was seen | what was done then | seconds | left wrong |
|---|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Part:
    """The rows of one series, and how many minutes they took together."""

    rows: Sequence[Row]
    minutes: int


def text(parts: Mapping[str, Part]) -> str:
    """The whole document."""
    rows = [row for part in parts.values() for row in part.rows]
    told = [_HEAD.format(recovered=sum(row.recovered for row in rows), all=len(rows))]
    numbers = itertools.count(1)
    for series in filter(parts.__contains__, TITLES):
        part = parts[series]
        recovered = sum(row.recovered for row in part.rows)
        told.append(_PART.format(title=TITLES[series], recovered=recovered, all=len(part.rows), minutes=part.minutes))
        told += [_line(next(numbers), row) for row in part.rows]
    return "".join(told)


def read(file: Path = FILE) -> dict[str, Part]:
    """The parts of a table that was written; none where there is no file."""
    document = file.read_text(encoding="utf-8") if file.exists() else ""
    found = {}
    for series, title in TITLES.items():
        part = document.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
        if figures := _FIGURES.search(part):
            found[series] = Part([_row(*match.groups()) for match in _ROW.finditer(part)], int(figures[1]))
    return found


def _line(number: int, row: Row) -> str:
    seconds = "-" if row.seconds is None else f"{row.seconds:.0f}"
    cells = (str(number), row.fault, row.seen, row.remedy, seconds, "; ".join(row.wrong) or _NONE)
    return f"| {' | '.join(escaped(cell) for cell in cells)} |\n"


def _row(fault: str, seen: str, remedy: str, seconds: str, wrong: str) -> Row:
    fault, seen, remedy, wrong = (cell.replace(r"\|", "|") for cell in (fault, seen, remedy, wrong))
    lasted = None if seconds == "-" else float(seconds)
    return Row(fault, seen, remedy, lasted, () if wrong == _NONE else tuple(wrong.split("; ")))
