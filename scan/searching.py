"""Many texts at once in one pass: words of eight bytes tell which blocks are worth a look.

A text of 15 bytes or more holds, wherever it stands, eight bytes that begin at a multiple of eight. So a block is read
as numbers of eight bytes, and only if one of these occurs in a text that is looked for, that text is really searched:
about 100 MB a second, however many texts there are. The few shorter ones are searched one by one.
"""

from __future__ import annotations

import gzip
import sys
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from scan.forms import forms
from scan.secret import SHORTEST, Secret, pieces

_WORD = 8
_LONG = 2 * _WORD - 1
_BLOCK = 1 << 20
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


class Searcher:
    """Finds secrets in bytes. ``looked_for`` and ``left_out`` are labels, the latter of what is too short."""

    def __init__(self, secrets: Iterable[Secret]) -> None:
        self._labels: defaultdict[bytes, set[str]] = defaultdict(set)
        self.left_out: set[str] = set()
        self.looked_for: set[str] = set()
        for piece in (piece for secret in secrets for piece in pieces(secret)):
            if len(piece.value) < SHORTEST:
                self.left_out.add(piece.label)
                continue
            self.looked_for.add(piece.label)
            for form in forms(piece.value):
                self._labels[form].add(piece.label)
        self._short = [form for form in self._labels if len(form) < _LONG]
        self._words: defaultdict[int, set[bytes]] = defaultdict(set)
        for form in self._labels:
            for start in range(len(form) - _WORD + 1) if len(form) >= _LONG else ():
                self._words[int.from_bytes(form[start : start + _WORD], sys.byteorder)].add(form)
        self._overlap = max(map(len, self._labels), default=1) - 1
        self.forms = len(self._labels)

    def in_bytes(self, data: bytes) -> set[str]:
        """Labels of what occurs in one block."""
        words = memoryview(data)[: len(data) & ~(_WORD - 1)].cast("Q")
        worth = [form for form in self._short if form in data]
        if not self._words.keys().isdisjoint(words):
            candidates = set().union(*(self._words[word] for word in set(words) & self._words.keys()))
            worth += [form for form in candidates if form in data]
        return {label for form in worth for label in self._labels[form]}

    def in_blocks(self, blocks: Iterable[bytes]) -> tuple[set[str], int]:
        """Labels of what occurs in all blocks together, and their length in bytes."""
        found: set[str] = set()
        size, before = 0, b""
        for block in blocks:
            size += len(block)
            joined = before + block
            found |= self.in_bytes(joined)
            before = joined[-self._overlap :] if self._overlap else b""
        return found, size

    def in_file(self, path: Path) -> tuple[set[str], int]:
        """Labels of what occurs in a file, also in what gzip has packed there, and its size. Raises OSError, for what
        zstd has packed too: Pulumi can keep its state so, and nothing here can unpack it."""
        with path.open("rb") as file:
            begins = file.read(len(_ZSTD))
            if begins == _ZSTD:
                raise OSError(0, "packed by zstd, which can't be looked into; unset PULUMI_DIY_BACKEND_ZSTD")
            file.seek(0)
            found, size = self.in_blocks(iter(lambda: file.read(_BLOCK), b""))
            if begins.startswith(_GZIP):
                file.seek(0)
                found |= self.in_blocks(_unpacked(file))[0]
        return found, size


def _unpacked(file: BinaryIO) -> Iterator[bytes]:
    """What gzip has packed, as far as it can be read."""
    with gzip.GzipFile(fileobj=file) as packed, suppress(EOFError, zlib.error, gzip.BadGzipFile):
        while block := packed.read(_BLOCK):
            yield block
