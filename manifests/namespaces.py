"""Namespaces of RHOSO: all carry the same two labels (rhoso.md, S1 and S5)."""

from __future__ import annotations

from typing import Any


def render(name: str, *, monitored: bool = False) -> dict[str, Any]:
    """A Namespace whose pods may be privileged; ``monitored`` lets the cluster's Prometheus look into it."""
    labels = {
        "pod-security.kubernetes.io/enforce": "privileged",
        "security.openshift.io/scc.podSecurityLabelSync": "false",
    }
    if monitored:
        labels["openshift.io/cluster-monitoring"] = "true"
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
