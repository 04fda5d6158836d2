"""The last look at a text before anybody sees it: what is known to be secret is taken out.

The engine masks what it knows as secret, and documents are rendered from stand-ins. This is for what slips past both,
such as a secret that a change writes into a place which is not one.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator

MASK = "[secret]"
LEAST = 6
"""Characters of a secret; what is shorter stands in any text by chance."""


class Masking:
    """Takes secrets, in the shapes in which they are written, out of texts.

    `public` is what everybody may read anyway: a password that stands there (a sample's, the stack's own name) is left,
    or nothing of the text could be understood.
    """

    def __init__(self, secrets: Iterable[str], public: str = "") -> None:
        parts = {part for secret in secrets for part in _parts(secret) if part not in public}
        shapes = {shape for part in parts for shape in _shapes(part)}
        longest_first = sorted((shape for shape in shapes if len(shape) >= LEAST), key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def masked(self, text: str) -> str:
        """The text with a mask in the place of each secret."""
        return self._pattern.sub(MASK, text) if self._pattern else text


def _parts(secret: str) -> Iterator[str]:
    """The whole; of a document or a text of several lines each value too, for a diff may show one alone."""
    yield secret.strip()
    try:
        document = json.loads(secret)
    except ValueError:
        document = None
    if isinstance(document, dict | list):
        yield from _values(document)
    elif "\n" in secret.strip():
        for line in secret.splitlines():
            # Headings of PEM texts and short keys of documents tell nothing.
            words = [word for word in line.split() if len(word) >= 2 * LEAST and "-----" not in word]
            yield from words


def _values(document: object) -> Iterator[str]:
    if isinstance(document, dict):
        document = list(document.values())
    if isinstance(document, list):
        for item in document:
            yield from _values(item)
    elif isinstance(document, str):
        yield document


def _shapes(part: str) -> Iterator[str]:
    """As it is, as JSON has it, and in base64 as Secrets have it."""
    yield part
    yield json.dumps(part)[1:-1]
    yield base64.b64encode(part.encode()).decode()
