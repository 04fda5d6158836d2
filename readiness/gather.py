"""Fetches what one round of judging needs with as few requests as possible.

Objects that share a list (ten NNCPs, six CSVs of a namespace) are read by one GET of that list, so that a gate over
dozens of objects asks the API server only a handful of times per round.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from typing import Any

from .client import Client
from .judge import Found, Object
from .model import Check, Members

LAST_LOOK = 2.0  # seconds that a request gets even at the deadline, so that the last report is a true one


def gather(client: Client, checks: Iterable[Check], deadline: float) -> Found:
    """Fetch everything the checks look at; ``deadline`` on the monotonic clock bounds every request, by LAST_LOOK.

    Raises NotReachableError or ConfigurationError as :meth:`Client.get` does.
    """
    checks = list(checks)
    listed = {check.path for check in checks if isinstance(check, Members)}
    single = [check.path for check in checks if not isinstance(check, Members)]
    shared = Counter(_parent(path) for path in set(single))
    lists = {
        path: _items(_get(client, path, deadline))
        for path in sorted(listed | {parent for parent, count in shared.items() if count > 1})
    }
    objects: dict[str, Object | None] = {}
    for path in single:
        parent, _, name = path.rpartition("/")
        if parent in lists:
            objects[path] = next((item for item in lists[parent] or () if item["metadata"]["name"] == name), None)
        elif path not in objects:
            objects[path] = _get(client, path, deadline)
    return Found(one=objects.__getitem__, all=lists.__getitem__)


def _get(client: Client, path: str, deadline: float) -> dict[str, Any] | None:
    return client.get(path, max(deadline - time.monotonic(), LAST_LOOK))


def _items(answer: dict[str, Any] | None) -> list[Object] | None:
    return None if answer is None else list(answer.get("items") or ())


def _parent(path: str) -> str:
    return path.rpartition("/")[0]
