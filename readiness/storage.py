"""Judges an LVMCluster: ready when every node that it selects has its volume groups (rhoso.md §S3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .model import LvmCluster
from .paths import path
from .verdict import Found, Object, Verdict, conditions, has, own_words, status, there

NAMED = 2  # nodes in trouble that one line names


def lvm_cluster(check: LvmCluster, found: Found) -> list[Verdict]:
    """One verdict. "Failed" is not the end at once: the operator looks again, and a disk may have come late."""
    where = path("lvm.topolvm.io/v1alpha1", "lvmclusters", check.cluster, check.namespace)
    cluster = there(check.name, found.one(where))
    if isinstance(cluster, Verdict):
        return [cluster]
    said = status(cluster)
    state = said.get("state")
    if said.get("ready") is True and state == "Ready":
        return [Verdict(check.name, True)]
    message = f"state is {state or 'not set'}"
    troubles = list(_volume_groups(said)) or [
        own_words(entry) for entry in conditions(said).values() if not has(entry, "True")
    ]
    if troubles:
        message += ": " + "; ".join(troubles[:NAMED])
    if len(troubles) > NAMED:
        message += f" (and {len(troubles) - NAMED} more)"
    return [Verdict(check.name, False, message, failed=state == "Failed", grace=check.grace)]


def _volume_groups(said: Object) -> Iterator[str]:
    """Every volume group that is not ready, with its node and the reason."""
    classes: list[dict[str, Any]] = said.get("deviceClassStatuses") or []
    for device_class in classes:
        for node in device_class.get("nodeStatus") or []:
            if node.get("status") != "Ready":
                told = f"{device_class.get('name')} on {node.get('node')} is {node.get('status') or 'not set'}"
                yield f"{told} ({node['reason']})" if node.get("reason") else told
