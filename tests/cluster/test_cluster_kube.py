"""The small client, against a server that closes kept connections as kube-apiserver does."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from rehearsal.cluster.kube import Kube


class Connection:
    """Stands for the client's connection: each request takes the next of what the server does."""

    def __init__(self, *does: Exception | bytes) -> None:
        self._does: Iterator[Exception | bytes] = iter(does)
        self.sock: object | None = None
        self.requests: list[str] = []

    def request(self, method: str, *_: object) -> None:
        self.sock = self.sock or object()
        self.requests.append(method)

    def getresponse(self) -> Any:
        done = next(self._does)
        if isinstance(done, Exception):
            raise done

        headers = http.client.HTTPMessage()
        headers["Content-Type"] = "application/json"
        return SimpleNamespace(status=200, headers=headers, read=lambda: done)

    def close(self) -> None:
        self.sock = None


def client(*does: Exception | bytes) -> tuple[Kube, Connection]:
    kube = Kube("https://192.0.2.1:6443", ssl.create_default_context())
    connection = Connection(*does)
    kube._connection = connection  # type: ignore[assignment]
    return kube, connection


CLOSED = http.client.RemoteDisconnected("Remote end closed connection without response")


def test_a_kept_connection_that_was_closed_is_made_anew() -> None:
    kube, connection = client(b"{}", CLOSED, b'{"a": 1}')
    kube.request("GET", "/")
    assert kube.request("GET", "/") == {"a": 1}
    assert connection.requests == ["GET"] * 3


def test_a_creation_is_not_sent_twice() -> None:
    kube, connection = client(b"{}", CLOSED)
    kube.request("GET", "/")
    with pytest.raises(OSError, match="closed connection"):
        kube.request("POST", "/", {})
    assert connection.requests == ["GET", "POST"]


def test_a_server_that_closes_a_new_connection_is_not_asked_again() -> None:
    kube, connection = client(CLOSED)
    with pytest.raises(OSError, match="closed connection"):
        kube.request("GET", "/")
    assert connection.requests == ["GET"]
