"""docs/changes.md: a row for each setting, with what the engine planned for its sample change. Written and read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rehearsal.host import CHECKOUT
from rehearsal.samples import Sample
from settings import catalogue
from settings.schema import MEANING

FILE = CHECKOUT / "docs" / "changes.md"
COLUMNS = ("setting", "class", "change", "what the engine plans")
REFUSED, NOTHING = "**refused**", "nothing"
LONGEST = 60
"""Characters of a value that is shown."""

_ROW = re.compile(r"\| `(?P<path>[^`]+)` \| (?P<kind>\w+) \| (?P<change>.*?) \| (?P<plan>.*) \|")


@dataclass(frozen=True, slots=True)
class Row:
    """One setting: its change class, its sample change, and the plan; the texts are Markdown."""

    path: str
    kind: str
    change: str
    plan: str

    def __str__(self) -> str:
        return f"| `{self.path}` | {self.kind} | {self.change} | {self.plan} |"


def change(path: str, old: object, sample: Sample) -> str:
    """What is shown of a change: values of secrets and of what may hide one are not."""
    setting = catalogue()[path]
    hidden = setting.secret or not (setting.shown or setting.section)
    shown = "another" if hidden else f"{_value(old)} → {_value(sample.value)}"
    with_ = ", ".join(f"`{other}`" for other in sample.along if other != path)
    return f"{shown}, with {with_}" if with_ else shown


def _value(value: object) -> str:
    if value is None or value == []:
        return "not set"
    text = value if isinstance(value, str) else json.dumps(value)
    text = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
    return f"`{escaped(text)}`"


def escaped(text: str) -> str:
    """Text that ends neither a cell nor a line."""
    return " ".join(text.replace("|", "\\|").split())


def read(file: Path = FILE) -> dict[str, Row]:
    """The rows of a table that was written, by path; none where there is no file."""
    found = _ROW.finditer(file.read_text(encoding="utf-8")) if file.exists() else ()
    return {row["path"]: Row(row["path"], row["kind"], row["change"], row["plan"]) for row in found}


def figures(file: Path = FILE) -> str:
    """What the document that was written says of the run it is of."""
    found = (
        re.search(r"^Last run of the whole: .*$", file.read_text(encoding="utf-8"), re.MULTILINE)
        if file.exists()
        else None
    )
    return found[0] if found else "Last run of the whole: none."


def text(rows: Mapping[str, Row], figures_: str) -> str:
    """The whole document, with the settings in the catalogue's order and a table for each section."""
    return "\n".join((_HEAD.format(figures=figures_, classes=_classes()), *_tables(rows)))


def _tables(rows: Mapping[str, Row]) -> Iterator[str]:
    before = ""
    for path in (path for path in catalogue() if path in rows):
        section = path.partition(".")[0]
        title = f"`{section}`" if "." in path else "The whole lab"
        if title != before:
            yield f"\n## {title}\n\n| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}"
            before = title
        yield str(rows[path])
    yield ""


def _classes() -> str:
    return "\n".join(f"- `{kind}`: {meaning}" for kind, meaning in MEANING.items())


_HEAD = """\
# What each change of a setting does to a lab that is installed

Written by `make changes`, never by hand: the smallest lab with all stages is brought up in a rehearsal, then each
setting is changed by itself, and the engine is asked what it would do (`pulumi preview`).

{figures}

{classes}

**refused** is the preview's own answer, before anything is touched; what belongs to `rebuild` is done by a higher
`generation` and by nothing else. Otherwise the operations are listed by the resources' types and names, components left
out; **nothing** means that no resource changes, for example because the setting is about what happens later. A
`Command` is a step or a gate that would run again. `Blueprint` is the record of the settings and the plan."""
