"""REST paths of the Kubernetes API: where an object is, and where a list of objects is."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote


def path(api_version: str, plural: str, name: str | None = None, namespace: str | None = None) -> str:
    """The REST path of an object, or of its list without ``name``: ("v1", "nodes") → /api/v1/nodes."""
    parts = ["/apis" if "/" in api_version else "/api", api_version]
    if namespace is not None:
        parts += ["namespaces", namespace]
    parts.append(plural)
    if name is not None:
        parts.append(name)
    return "/".join(parts)


def labelled(listing: str, labels: Mapping[str, str]) -> str:
    """The path of the part of a list that has all the labels."""
    selector = ",".join(f"{key}={value}" for key, value in sorted(labels.items()))
    return f"{listing}?labelSelector={quote(selector, safe='')}"
