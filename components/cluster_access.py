"""What every layer inside the cluster is told: how the API is reached, and how long it may be waited for."""

from __future__ import annotations

from dataclasses import dataclass

from pulumi import Output

from settings.timeouts import Timeouts


@dataclass(frozen=True)
class ClusterAccess:
    """``kubeconfig`` is secret text; the limits of ``timeouts`` are in seconds."""

    kubeconfig: Output[str]
    timeouts: Timeouts
