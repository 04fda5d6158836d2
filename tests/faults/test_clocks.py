"""The machines' clocks as the rehearsed installation looks at them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from rehearsal import clocks


@contextmanager
def machines(ahead: Mapping[str, float]) -> Iterator[int]:
    """One for each address, its clock so many minutes ahead; the port at which all of them answer."""

    class Machine(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(200)
            self.end_headers()

        def date_time_string(self, timestamp: float | None = None) -> str:
            address, _ = self.connection.getsockname()[:2]
            return super().date_time_string(time.time() + ahead[address] * 60)

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("0.0.0.0", 0), Machine)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("ahead", "uneven"),
    [
        ((0, 0, 0), False),
        ((0, 45, 0), True),
        ((0, 0, -45), True),
        ((-3, 0, 3), True),
        ((-1, 0, 3), False),
        ((45, 45, 45), False),
    ],
)
def test_clocks_are_compared_with_each_other(ahead: tuple[float, ...], uneven: bool) -> None:
    known = {f"127.0.0.{20 + number}": minutes for number, minutes in enumerate(ahead)}
    with machines(known) as port:
        assert clocks.uneven(known, port) is uneven


def test_who_does_not_answer_has_no_clock() -> None:
    with machines({"127.0.0.20": 0}) as port:
        pass
    assert not clocks.uneven(["127.0.0.20"], port)
