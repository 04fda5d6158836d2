"""Talking to a node's guest: what it is, and changing its network (rehearsal/guest/system/cgi)."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from rehearsal.cluster.hosts import PORT

from .world import World

ANSWER_SECONDS = 10.0
APPLY_SECONDS = 120.0  # for an emulated guest on a busy machine
BUSY_PAUSE = 0.5
LARGEST_ANSWER = 65536  # bytes

_TURNS: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)  # by address: a guest takes one plan at a time


class GuestAwayError(OSError):
    """The node's machine does not answer as one of this installation."""


class GuestRefusesError(Exception):
    """The machine could not do what was asked, and changed nothing; the message is its own."""


class Guest:
    """The machine of one node. Raises GuestAwayError when the installation has no such machine."""

    def __init__(self, node: str, world: World) -> None:
        addresses = [host.ip for host in world.hosts if host.hostname == node]
        if not addresses or world.directory is None:
            raise GuestAwayError(f"no machine of this installation is called {node}")
        self._node, self._ip, self._installation = node, addresses[0], world.directory.name

    def answer(self) -> dict[str, Any]:
        """What it says of itself. Raises GuestAwayError."""
        return self._checked(*self._request("GET", "/", b"", ANSWER_SECONDS))

    def apply(self, plan: str) -> dict[str, Any]:
        """Do all of the plan (lines of rehearsal/guest/system/lib/nics.sh) or nothing; what it says of itself then.

        Raises GuestAwayError or GuestRefusesError.
        """
        with _TURNS[self._ip]:
            deadline = time.monotonic() + APPLY_SECONDS
            while True:
                path = f"/cgi-bin/network?{self._installation}"
                status, body = self._request("POST", path, plan.encode(), APPLY_SECONDS)
                if status != 409 or time.monotonic() > deadline:
                    break
                time.sleep(BUSY_PAUSE)  # a request of this stand-in's predecessor is still being worked on
        if status == 422:
            raise GuestRefusesError(body.decode(errors="replace").strip())
        return self._checked(status, body)

    def _request(self, method: str, path: str, body: bytes, timeout: float) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(self._ip, PORT, timeout=timeout)
        try:
            connection.request(method, path, body or None)
            response = connection.getresponse()
            return response.status, response.read(LARGEST_ANSWER)
        except (OSError, http.client.HTTPException) as error:
            raise GuestAwayError(f"{self._node} does not answer at {self._ip}:{PORT}: {error}") from error
        finally:
            connection.close()

    def _checked(self, status: int, body: bytes) -> dict[str, Any]:
        try:
            answer = json.loads(body) if status == 200 else None
        except ValueError:
            answer = None
        if not isinstance(answer, Mapping):
            said = body[:200].decode(errors="replace").strip()
            raise GuestAwayError(f"{self._node} answers at {self._ip}:{PORT} with {status} ({said or 'nothing'})")
        if answer.get("id") != self._installation:
            raise GuestAwayError(f"{self._ip} runs another installation ({answer.get('id') or 'none'})")
        return dict(answer)
