"""docs/faults.md: complete, and nothing in it is left wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from rehearsal.trials import kills, table
from rehearsal.trials.__main__ import SERIES
from rehearsal.trials.trial import LONGEST, Row, quoted

ROWS = [
    Row("a fault | with a bar", "seen\nin two lines", "`pulumi up`", 12.4),
    Row("another", "seen", "nothing", None, ("a domain is left", "and a lock")),
]


def test_a_table_that_is_written_is_read_back(tmp_path: Path) -> None:
    file = tmp_path / "faults.md"
    parts = {"machines": table.Part(ROWS, 5), "up": table.Part(ROWS[:1], 7)}
    file.write_text(table.text(parts))
    known = table.read(file)
    assert list(known) == ["up", "machines"], "in the order in which they are tried"
    assert (known["up"].minutes, known["machines"].minutes) == (7, 5)
    first, second = known["machines"].rows
    assert first == Row("a fault | with a bar", "seen in two lines", "`pulumi up`", 12.0)
    assert second == ROWS[1]
    assert "2 of 3 faults recovered." in file.read_text()
    assert table.text(known) == file.read_text()


@pytest.mark.parametrize(
    ("said", "words", "quote"),
    [
        ("first\nerror: disk  full\nlast", ("error:",), "error: disk full"),
        ("first\nRaise generation\nerror: x", ("Raise", "error:"), "Raise generation"),
        ("error: a line of progress\nDiagnostics:\n  x:\n   error: why", ("error:",), "error: why"),
        ("first\nlast\n\n", ("error:",), "last"),
        ("", ("error:",), ""),
    ],
)
def test_what_a_run_said_is_quoted_by_its_telling_line(said: str, words: tuple[str, ...], quote: str) -> None:
    assert quoted(said, *words) == quote


def test_a_long_line_is_cut() -> None:
    assert len(quoted("x" * 1000)) == LONGEST


def test_the_committed_table_has_all_series_and_forty_rows_and_nothing_was_left_wrong() -> None:
    parts = table.read()
    assert list(parts) == list(table.TITLES) == list(SERIES)
    rows = [row for part in parts.values() for row in part.rows]
    assert len(rows) >= 40
    assert [row for row in rows if not row.recovered] == []
    for command, times in (("up", kills.UP), ("destroy", kills.DESTROY)):
        assert sum(row.fault.startswith("SIGKILL of the engine") for row in parts[command].rows) == times
