"""The ways in which a text is written down by the programs of a lab: as it is, escaped for JSON, in base64."""

from __future__ import annotations

import base64
import json

_TRIPLE = 3


def forms(text: str) -> set[bytes]:
    """Every form as bytes, none empty. Base64 is looked for wherever it begins within a longer text, so what depends on
    the neighbours is cut off at both ends."""
    plain = text.encode()
    escaped = {json.dumps(text, ensure_ascii=ascii)[1:-1] for ascii in (True, False)}
    # A document in a document, such as a step's standard input in the state.
    escaped |= {json.dumps(once)[1:-1] for once in escaped}
    # Go escapes these three as well (encoding/json, HTMLEscape).
    escaped |= {one.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026") for one in {text, *escaped}}
    return {plain, *(one.encode() for one in escaped), *_base64(plain)} - {b""}


def _base64(plain: bytes) -> set[bytes]:
    found: set[bytes] = set()
    for before in range(_TRIPLE):
        whole = base64.b64encode(bytes(before) + plain)
        # The first characters hold bits of what stands before, and the last of what stands behind.
        first = (before * 8 + 5) // 6
        last = (before + len(plain)) * 8 // 6
        core = whole[first:last]
        found |= {core, core.replace(b"+", b"-").replace(b"/", b"_")}
    return found
