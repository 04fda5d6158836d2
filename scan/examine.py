"""Goes through all places once, and says what was looked at and what was found."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from scan.places import Kind, Place
from scan.processes import Process
from scan.searching import Searcher
from scan.stack import ANY_KEY

_WIDER = 0o077


@dataclass(frozen=True)
class Finding:
    """A secret, by its label, that is at a place where it must not be."""

    kind: Kind
    where: str
    label: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.label} in clear.\n    -> {self.remedy}"


@dataclass
class Examination:
    """Counts by kind of place: ``things`` are files or processes; ``unread`` could not be read, so nothing is known of
    them."""

    things: Counter[Kind] = field(default_factory=Counter)
    size: Counter[Kind] = field(default_factory=Counter)
    unread: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def files(self, places: Iterable[Place], searcher: Searcher) -> None:
        """Look through files."""
        for place in places:
            try:
                found, size = searcher.in_file(place.path)
                mode = place.mode
            except FileNotFoundError:
                continue  # gone since it was listed
            except OSError as error:
                self.unread.append(f"{place.path}: {error.strerror}")
                continue
            self._count(place.kind, size)
            if place.kind.private and not mode & _WIDER:
                continue
            where = f"{place.path}, mode {mode:04o}" if place.kind.private else str(place.path)
            remedy = place.kind.remedy
            if place.kind.private:
                remedy = remedy.replace("chmod 600", f"chmod 600 {shlex.quote(str(place.path))}")
            self._found(place.kind, where, found, remedy)

    def processes(self, running: Iterable[Process], searcher: Searcher) -> None:
        """Look through arguments."""
        for process in running:
            self._count(Kind.ARGUMENTS, len(process.arguments))
            found = searcher.in_bytes(process.arguments)
            self._found(Kind.ARGUMENTS, str(process), found, Kind.ARGUMENTS.remedy)

    def text(self, kind: Kind, where: str, text: str, searcher: Searcher) -> None:
        """Look through what is no file here, such as a state that another backend keeps."""
        data = text.encode()
        self._count(kind, len(data))
        self._found(kind, where, searcher.in_bytes(data), kind.remedy)

    def _count(self, kind: Kind, size: int) -> None:
        self.things[kind] += 1
        self.size[kind] += size

    def _found(self, kind: Kind, where: str, labels: set[str], remedy: str) -> None:
        wanted = sorted(label for label in labels if kind.any_key or label != ANY_KEY)
        self.findings += [Finding(kind, where, label, remedy) for label in wanted]
