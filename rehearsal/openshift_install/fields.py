"""Strict reading of a document: every complaint names the field path and the value, like the API machinery's errors.

A `Document` collects complaints instead of stopping at the first, because the real tool reports all of them at once.
Unknown keys are complaints: agent-config and NMState are decoded strictly by the real tools. For install-config the
real one warns and reads the document again without them (openshift/installer pkg/asset/installconfig).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

REQUIRED = "Required value"
INVALID = "Invalid value"
UNSUPPORTED = "Unsupported value"
FORBIDDEN = "Forbidden"
DUPLICATE = "Duplicate value"
TOO_MANY = "Too many"

_ESCAPES = dict(zip('\a\b\f\n\r\t\v\\"', (rf"\{letter}" for letter in 'abfnrtv\\"'), strict=True))


@dataclass
class Document:
    """Complaints (`problems`) and remarks (`warnings`) about one document; an unknown key is either, by `strict`."""

    strict: bool = True
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def refuse(self, path: str, kind: str, message: str = "", value: object = None) -> None:
        """Add a complaint, e.g. `metadata.name: Invalid value: "x": message`."""
        shown = "" if value is None else f": {_shown(value)}"
        self.problems.append(f"{path}: {kind}{shown}" + (f": {message}" if message else ""))

    def warn(self, message: str) -> None:
        """Add a remark that does not stop anything."""
        self.warnings.append(message)

    def mapping(self, value: object, path: str, known: Collection[str]) -> Mapping[str, Any]:
        """Return `value` when it is a mapping, {} otherwise; complain about that and about keys not in `known`."""
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            self.refuse(path or "document", INVALID, "must be a mapping", value)
            return {}
        for key in value:
            if key not in known:
                where = f"{path}.{key}" if path else str(key)
                if self.strict:
                    self.refuse(where, INVALID, f'unknown field "{key}"')
                else:
                    self.warn(f'{where}: failed to parse first occurrence of unknown field "{key}"')
        return value

    def items(self, value: object, path: str) -> Iterator[tuple[str, Any]]:
        """Yield (path, item) of a list; an absent list is empty."""
        if value is None:
            return
        if not isinstance(value, list):
            self.refuse(path, INVALID, "must be a list", value)
            return
        for number, item in enumerate(value):
            yield f"{path}[{number}]", item

    def text(self, value: object, path: str, *, required: bool = True) -> str:
        """Return `value` when it is a non-empty string; complain and return "" otherwise."""
        if value is None or value == "":
            if required:
                self.refuse(path, REQUIRED)
            return ""
        if not isinstance(value, str):
            self.refuse(path, INVALID, f"must be a string, got {type(value).__name__}", value)
            return ""
        return value

    def integer(self, value: object, path: str, *, default: int) -> int:
        """Return `value` when it is a whole number, `default` when absent; complain and return `default` otherwise."""
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int):
            self.refuse(path, INVALID, "must be an integer", value)
            return default
        return value

    def one_of(self, value: object, path: str, allowed: Collection[str]) -> None:
        """Complain unless `value` is in `allowed`."""
        if value not in allowed:
            choices = ", ".join(f'"{choice}"' for choice in sorted(allowed))
            self.refuse(path, UNSUPPORTED, f"supported values: {choices}", value)


def _shown(value: object) -> str:
    return f'"{"".join(map(_escaped, value))}"' if isinstance(value, str) else str(value)


def _escaped(character: str) -> str:
    """Return `character` as Go's %q writes it."""
    if character in _ESCAPES:
        return _ESCAPES[character]
    code = ord(character)
    if character.isprintable():
        return character
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
