"""What every layer inside the cluster is told: how the API is reached, and how long it may be waited for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pulumi import Output, Resource

from settings.timeouts import Timeouts


@dataclass(frozen=True)
class ClusterAccess:
    """``kubeconfig`` is secret text; the limits of ``timeouts`` are in seconds. ``is_shared``: the cluster has another
    owner and outlives the stack; ``after`` then comes before the first change in it."""

    kubeconfig: Output[str]
    timeouts: Timeouts
    is_shared: bool = False
    after: Sequence[Resource] = ()
