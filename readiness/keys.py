"""Typed keys taken out of one JSON object; complains about a missing, a mistyped and an unknown one.

Messages name keys, never values: a document carries a private key.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .errors import ConfigurationError

_MISSING: Any = object()


class Keys:
    """The keys of ``value``; ``where`` is what messages call it: "wait[3].condition"."""

    def __init__(self, where: str, value: object) -> None:
        if not isinstance(value, Mapping):
            raise ConfigurationError(f"readiness document: {where} is not an object")
        self.where = where
        self.left = dict(value)

    def take(self, key: str, default: Any = _MISSING) -> Any:
        value = self.left.pop(key, default)
        if value is _MISSING:
            raise ConfigurationError(f"readiness document: {self.where} lacks '{key}'")
        return value

    def text(self, key: str) -> str:
        return str(self._typed(key, self.take(key), str, "text"))

    def optional_text(self, key: str) -> str | None:
        value = self.take(key, None)
        return None if value is None else str(self._typed(key, value, str, "text"))

    def number(self, key: str) -> float:
        return float(self._typed(key, self.take(key), (int, float), "a number"))

    def whole(self, key: str) -> int:
        return int(self._typed(key, self.take(key), int, "a whole number"))

    def flag(self, key: str) -> bool:
        value = self.take(key)
        if not isinstance(value, bool):
            raise ConfigurationError(f"readiness document: {self.where}.{key} must be true or false")
        return value

    def mapping(self, key: str) -> dict[str, Any]:
        """A JSON object, whatever is in it."""
        return dict(self._typed(key, self.take(key), Mapping, "an object"))

    def items(self, key: str) -> list[Any]:
        return list(self._typed(key, self.take(key, []), list, "a list"))

    def texts(self, key: str) -> tuple[str, ...]:
        return tuple(str(self._typed(key, item, str, "a list of texts")) for item in self.items(key))

    def named_texts(self, key: str) -> dict[str, str]:
        """A mapping of text to text that is not empty."""
        value = self._typed(key, self.take(key), Mapping, "an object")
        if not value:
            raise ConfigurationError(f"readiness document: {self.where}.{key} is empty")
        return {name: str(self._typed(key, text, str, "an object of texts")) for name, text in value.items()}

    def done(self) -> None:
        if self.left:
            unknown = ", ".join(sorted(self.left))
            raise ConfigurationError(f"readiness document: {self.where} has unknown keys: {unknown}")

    def _typed(self, key: str, value: Any, kind: Any, called: str) -> Any:
        if not isinstance(value, kind) or isinstance(value, bool):
            raise ConfigurationError(f"readiness document: {self.where}.{key} must be {called}")
        return value
