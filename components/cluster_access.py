"""What every layer inside the cluster is told: how the API is reached, and how long it may be waited for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml
from pulumi import Output, Resource

from readiness import spec
from settings.timeouts import Timeouts


@dataclass(frozen=True)
class ClusterAccess:
    """``kubeconfig`` is secret text; the limits of ``timeouts`` are in seconds. ``is_shared``: the cluster has another
    owner and outlives the stack; ``after`` then comes before the first change in it."""

    kubeconfig: Output[str]
    timeouts: Timeouts
    is_shared: bool = False
    after: Sequence[Resource] = ()


@lru_cache(maxsize=4)  # every gate and step asks for the same one, and its certificates are long to parse
def api_of(kubeconfig: str) -> Mapping[str, Any]:
    """How a step reaches the API, of a kubeconfig's text. The result is secret, and not to be changed."""
    return spec.api_from_kubeconfig(yaml.safe_load(kubeconfig))
