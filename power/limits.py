"""How long each thing may take, in seconds: generous, for what is late is an error that a person has to look into."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """``shutdown``: one group of machines; ``cordon``: the API at rest's beginning; ``api``: from the masters' start to
    an API that answers; ``nodes``: until one group of nodes is Ready; ``openstack``: until the control plane is Ready;
    ``instances``: the Job that stops or starts them. ``pause`` is what lies between two looks at the cluster, at first.
    """

    shutdown: float = 900.0
    cordon: float = 60.0
    api: float = 1800.0
    nodes: float = 1800.0
    openstack: float = 2700.0
    instances: float = 2400.0
    pause: float = 1.0
