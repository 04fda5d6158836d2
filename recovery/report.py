"""What was found and done, as the table that is printed at the end."""

from __future__ import annotations

from dataclasses import dataclass, field

_TITLES = ("WHAT", "WHICH", "DONE")


@dataclass
class Report:
    """Rows (what, which, what was done); ``dry`` says that nothing is done, only told."""

    dry: bool = False
    rows: list[tuple[str, str, str]] = field(default_factory=list)
    failures: int = 0

    def did(self, what: str, which: str, done: str) -> None:
        """One thing that is settled; in a dry run, that would be."""
        self.rows.append((what, which, f"would be {done}" if self.dry else done))

    def left(self, what: str, which: str, why: str) -> None:
        """One thing that looks like a leftover, and the reason why it stays."""
        self.rows.append((what, which, f"left: {why}"))

    def failed(self, what: str, which: str, why: str) -> None:
        """One thing that had to go and did not."""
        self.failures += 1
        self.left(what, which, why)

    def text(self) -> str:
        """The table, with a last newline; a sentence when it has no row."""
        if not self.rows:
            return "Nothing to recover: no lock, no pending operation, nothing left behind.\n"
        rows = [_TITLES, *self.rows]
        widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
        return "".join(f"  {what:{widths[0]}}  {which:{widths[1]}}  {done}\n" for what, which, done in rows)
