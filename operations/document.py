"""Strict reading of a step's document, as ``readiness`` reads its own, with the few more types that steps need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from readiness import keys
from readiness.errors import ConfigurationError


class Keys(keys.Keys):
    """The keys of one JSON object; messages name keys, never values."""

    def flag(self, key: str) -> bool:
        """True or false."""
        value = self.take(key)
        if not isinstance(value, bool):
            raise ConfigurationError(f"{self.where}.{key} must be true or false")
        return value

    def number_or(self, key: str, default: float) -> float:
        """A number that may be left out."""
        return self.number(key) if key in self.left else default

    def object(self, key: str) -> dict[str, Any]:
        """A JSON object, whatever is in it."""
        return dict(self._typed(key, self.take(key), Mapping, "an object"))

    def addresses(self, key: str) -> dict[str, str]:
        """Texts by name; there may be none."""
        return {name: str(self._typed(key, text, str, "an object of texts")) for name, text in self.object(key).items()}

    def objects(self, key: str) -> list[dict[str, Any]]:
        """A list of JSON objects, whatever is in them."""
        return [dict(self._typed(key, item, Mapping, "a list of objects")) for item in self.items(key)]

    def parts(self, key: str) -> dict[str, Keys]:
        """Objects by name, each to be read strictly."""
        return {name: Keys(f"{self.where}.{key}.{name}", value) for name, value in self.object(key).items()}

    def part(self, key: str) -> Keys:
        """One object to be read strictly."""
        return Keys(f"{self.where}.{key}", self.take(key))
