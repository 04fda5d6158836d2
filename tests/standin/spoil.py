"""Spoils one place of a document, named by the path that the complaint shall name."""

from __future__ import annotations

import re
from typing import Any


class _Missing:
    """Not a value: the key is taken out. Named, so that tests are called the same in every worker."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: object = _Missing()
"""As a value: take the key away."""


def spoil(document: Any, path: str, value: object) -> Any:
    """Set `path` (`a.b[0].c`) of `document` to `value` in place and return the document."""
    steps = [int(step) if step.isdigit() else step for step in re.findall(r"[^.\[\]]+", path)]
    target = document
    for step in steps[:-1]:
        target = target[step]
    if value is MISSING:
        del target[steps[-1]]
    else:
        target[steps[-1]] = value
    return document
