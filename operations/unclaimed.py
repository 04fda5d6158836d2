"""Step ``unclaimed``: what a layer is about to make is not there yet.

In a cluster that somebody else owns too, the engine would take an object of that name for its own: change it to what
it wants, and delete it with the stack.
"""

from __future__ import annotations

from typing import Any

from operations.cluster import Cluster
from operations.document import Keys
from readiness.errors import TerminalFailureError


def run(keys: Keys, cluster: Cluster) -> dict[str, Any]:
    """Input: ``objects`` {what: REST path}. Output: ``unclaimed``, how many were looked for."""
    objects = keys.addresses("objects")
    keys.done()
    there = sorted(what for what, path in objects.items() if cluster.get(path) is not None)
    if there:
        raise TerminalFailureError(
            f"{', '.join(there)}: there already, and not this stack's, which would change it and delete it on destroy. "
            "Remove it, or use a cluster without it."
        )
    return {"unclaimed": len(objects)}
