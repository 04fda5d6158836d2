"""Step ``read``: values that only the running cluster knows, such as the image of its OpenStack client."""

from __future__ import annotations

from typing import Any

from operations.cluster import Cluster, NotYetError, at
from operations.document import Keys


def run(keys: Keys, cluster: Cluster) -> dict[str, Any]:
    """Input: ``fields`` {key: {path, field}} with a REST path and a field ("status.containerImages.x"). Output: the
    value of each by its key, once it is there and not empty."""
    wanted = keys.parts("fields")
    keys.done()
    return {key: _value(cluster, one) for key, one in wanted.items()}


def _value(cluster: Cluster, wanted: Keys) -> Any:
    path, field = wanted.text("path"), wanted.text("field")
    wanted.done()

    def look() -> Any:
        obj = cluster.look(path)
        if obj is None:
            raise NotYetError("not found")
        value = at(obj, field)
        if value is None or value in ("", [], {}):
            raise NotYetError(f"{field} is not set")
        return value

    return cluster.until(path, look)
