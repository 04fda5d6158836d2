"""Fetches what one round of judging needs with as few requests as possible.

Objects that share a list (ten NNCPs, six CRDs) are read by one GET of that list, so that a gate over dozens of objects
asks the API server only a handful of times a round. What a judge asks for beyond that (a failed Job's pods, the
ClusterServiceVersion that a Subscription names) is fetched when it asks, once a round. A trial is the only request that
is no GET, and it is a dry run.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable
from typing import Any

from .client import Client, RefusedError
from .errors import NotReachableError
from .model import AtPath, Check, Members
from .verdict import Found, Object, Trial

LAST_LOOK = 2.0  # seconds that a request gets even at the deadline, so that the last report is a true one
DRY_RUN = "dryRun=All"
ABOUT_THE_OBJECT = (400, 403, 409, 422)  # HTTP statuses of validation, admission, and of a name that is taken
NOT_SERVED = "not found: its kind is not served yet, or its namespace is not there"


def gather(client: Client, checks: Iterable[Check], deadline: float) -> Found:
    """Access to the cluster for one round; ``deadline`` on the monotonic clock bounds every request, by LAST_LOOK."""
    single = {check.path for check in checks if isinstance(check, AtPath) and not isinstance(check, Members)}
    siblings = Counter(_parent(path) for path in single)
    fetched: dict[str, dict[str, Any] | None] = {}
    tried: dict[tuple[str, str], Trial] = {}

    def patience() -> float:
        return max(deadline - time.monotonic(), LAST_LOOK)

    def get(path: str) -> dict[str, Any] | None:
        if path not in fetched:
            fetched[path] = client.get(path, patience())
        return fetched[path]

    def all_of(path: str) -> list[Object] | None:
        answer = get(path)
        return None if answer is None else list(answer.get("items") or ())

    def one(path: str) -> Object | None:
        parent, _, name = path.rpartition("/")
        if siblings[parent] > 1 or parent in fetched:
            return next((item for item in all_of(parent) or () if item["metadata"]["name"] == name), None)
        return get(path)

    def trial(path: str, manifest: Object) -> Trial:
        offer = (path, json.dumps(manifest, sort_keys=True))
        if offer not in tried:
            tried[offer] = _tried(client, path, manifest, patience())
        return tried[offer]

    return Found(one=one, all=all_of, trial=trial)


def _tried(client: Client, path: str, manifest: Object, timeout: float) -> Trial:
    """Offer the object; raises what is wrong with the request instead of with the object or with the way to it."""
    try:
        answer = client.request("POST", f"{path}?{DRY_RUN}", manifest, timeout)
    except NotReachableError as error:
        return Trial(False, str(error))
    except RefusedError as error:
        # Whoever may not make such objects is turned away before any webhook is asked [apiserver: authorization].
        unauthorized = error.status == 403 and "is forbidden: User " in error.said
        if unauthorized or error.status not in ABOUT_THE_OBJECT:
            raise
        return Trial(True, error.said)
    return Trial(False, NOT_SERVED) if answer is None else Trial(True)


def _parent(path: str) -> str:
    return path.rpartition("/")[0]
