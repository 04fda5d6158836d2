"""What can be waited for, as typed values read from the JSON document.

Reading is strict: an unknown key or kind is a mistake of the program that wrote the document, and waiting for it until
the deadline would hide that. Messages name keys, never values: the document carries a private key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .errors import ConfigurationError


@dataclass(frozen=True)
class Failure:
    """A condition that means "this will not become ready any more"; ``reason`` None matches every reason."""

    type: str
    status: str
    reason: str | None = None


@dataclass(frozen=True)
class Condition:
    """An entry of ``status.conditions`` that must have ``status``.

    ``observed_generation``: also require that the controller has seen the newest ``spec``, wherever the object or the
    condition says which generation it has seen.
    """

    type: str
    status: str = "True"
    failed_when: tuple[Failure, ...] = ()
    observed_generation: bool = True


@dataclass(frozen=True)
class Check:
    """Something to wait for at a REST ``path``; ``name`` is what messages call it."""

    name: str
    path: str


@dataclass(frozen=True)
class Exists(Check):
    """The object at ``path`` is there and not being deleted."""


@dataclass(frozen=True)
class ObjectCondition(Check):
    """The object at ``path`` has ``condition``."""

    condition: Condition


@dataclass(frozen=True)
class Field(Check):
    """``field`` ("status.phase") of the object at ``path`` equals ``equals``; a value in ``failed`` is the end.

    ``message``: the field that explains the state ("status.message"), quoted while waiting and on failure.
    """

    field: str
    equals: str
    failed: tuple[str, ...] = ()
    message: str | None = None


@dataclass(frozen=True)
class Members(Check):
    """The list at ``path`` holds exactly the objects ``names``, each with ``condition`` (None: existence is enough)."""

    names: tuple[str, ...]
    condition: Condition | None = None


@dataclass(frozen=True)
class Api:
    """How to reach the API server. PEM texts, not paths; ``repr`` shows the server only."""

    server: str
    ca: str
    cert: str | None = None
    key: str | None = None
    token: str | None = None
    tls_server_name: str | None = None

    def __repr__(self) -> str:
        return f"Api({self.server})"


@dataclass(frozen=True)
class Document:
    """One gate: ``what`` names the layer in messages, ``timeout`` is in seconds."""

    what: str
    timeout: float
    api: Api
    wait: tuple[Check, ...]


def read(document: object) -> Document:
    """Turn the parsed JSON into a :class:`Document`; raises ConfigurationError naming the key that is wrong."""
    top = _Keys("document", document)
    what = top.text("what")
    timeout = top.number("timeout")
    api = _api(top.take("api"))
    checks = tuple(_check(f"wait[{i}]", item) for i, item in enumerate(top.items("wait")))
    top.done()
    if not checks:
        raise ConfigurationError("readiness document: 'wait' is empty, there is nothing to wait for")
    return Document(what, timeout, api, checks)


def _api(value: object) -> Api:
    keys = _Keys("api", value)
    api = Api(
        server=keys.text("server"),
        ca=keys.text("ca"),
        cert=keys.optional_text("cert"),
        key=keys.optional_text("key"),
        token=keys.optional_text("token"),
        tls_server_name=keys.optional_text("tls_server_name"),
    )
    keys.done()
    if not api.server.startswith("https://"):
        raise ConfigurationError("readiness document: api.server must start with https://")
    if api.token is not None and not (api.token.isascii() and api.token.isprintable() and " " not in api.token):
        raise ConfigurationError("readiness document: api.token holds characters that no token has")
    if (api.cert is None) != (api.key is None):
        raise ConfigurationError("readiness document: api.cert and api.key go together")
    return api


def _check(where: str, value: object) -> Check:
    keys = _Keys(where, value)
    kind, name, path = keys.text("kind"), keys.text("name"), keys.text("path")
    check: Check
    if kind == "exists":
        check = Exists(name, path)
    elif kind == "condition":
        check = ObjectCondition(name, path, _condition(f"{where}.condition", keys.take("condition")))
    elif kind == "field":
        check = Field(
            name, path, keys.text("field"), keys.text("equals"), keys.texts("failed"), keys.optional_text("message")
        )
    elif kind == "members":
        condition = keys.take("condition", None)
        check = Members(
            name, path, keys.texts("names"), None if condition is None else _condition(f"{where}.condition", condition)
        )
    else:
        raise ConfigurationError(f"readiness document: {where}.kind is none of exists, condition, field, members")
    keys.done()
    return check


def _condition(where: str, value: object) -> Condition:
    keys = _Keys(where, value)
    failures = []
    for i, item in enumerate(keys.items("failed_when")):
        failure = _Keys(f"{where}.failed_when[{i}]", item)
        failures.append(Failure(failure.text("type"), failure.text("status"), failure.optional_text("reason")))
        failure.done()
    condition = Condition(
        keys.text("type"), keys.text("status"), tuple(failures), keys.take("observed_generation", True) is True
    )
    keys.done()
    return condition


_MISSING: Any = object()


class _Keys:
    """Takes typed keys out of one JSON object and complains about those that nobody took."""

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

    def _typed(self, key: str, value: Any, kind: Any, called: str) -> Any:
        if not isinstance(value, kind) or isinstance(value, bool):
            raise ConfigurationError(f"readiness document: {self.where}.{key} must be {called}")
        return value

    def text(self, key: str) -> str:
        return str(self._typed(key, self.take(key), str, "text"))

    def optional_text(self, key: str) -> str | None:
        value = self.take(key, None)
        return None if value is None else str(self._typed(key, value, str, "text"))

    def number(self, key: str) -> float:
        return float(self._typed(key, self.take(key), (int, float), "a number"))

    def items(self, key: str) -> list[Any]:
        return list(self._typed(key, self.take(key, []), list, "a list"))

    def texts(self, key: str) -> tuple[str, ...]:
        return tuple(str(self._typed(key, item, str, "a list of texts")) for item in self.items(key))

    def done(self) -> None:
        if self.left:
            unknown = ", ".join(sorted(self.left))
            raise ConfigurationError(f"readiness document: {self.where} has unknown keys: {unknown}")
