"""Bringing custom resource definitions, as an operator's installation does."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

from rehearsal.cluster.kube import Kube, KubeError

from .world import World

ESTABLISHED_SECONDS = 120.0  # each costs the API server some tenths of a CPU second, and machines boot beside it
_PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_EXISTS = 409


def define(crds: Iterable[Mapping[str, Any]], world: World) -> None:
    """Create those that are not served yet and wait until all are. For ``act``: it takes seconds.

    Created and not applied: managed fields of a schema that large are dear. Nobody owns them: definitions outlive their
    operator. Raises KubeError, OSError, and TimeoutError after ESTABLISHED_SECONDS.
    """
    missing = [crd for crd in crds if not world.serves(crd["metadata"]["name"])]
    if not missing:
        return
    kube = world.kube()
    for crd in missing:
        try:
            kube.request("POST", _PATH, crd)
        except KubeError as error:
            if error.status != _EXISTS:
                raise
    deadline = time.monotonic() + ESTABLISHED_SECONDS
    waiting = [crd["metadata"]["name"] for crd in missing]
    while waiting := [name for name in waiting if not _is_established(kube, name)]:
        if time.monotonic() > deadline:
            raise TimeoutError(f"not established after {ESTABLISHED_SECONDS:.0f} s: {', '.join(waiting)}")
        time.sleep(0.3)


def _is_established(kube: Kube, name: str) -> bool:
    told = (kube.request("GET", f"{_PATH}/{name}").get("status") or {}).get("conditions") or ()
    return any(entry["type"] == "Established" and entry["status"] == "True" for entry in told)
