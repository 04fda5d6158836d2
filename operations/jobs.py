"""A Job as a step of a step: run anew, waited for, and removed when it has done well."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from operations.cluster import Cluster, NotYetError
from readiness import spec
from readiness.paths import labelled

_JOBS = "batch/v1"


def run(cluster: Cluster, what: str, job: Mapping[str, Any]) -> None:
    """Run ``job`` to its end; one of that name from an earlier run is removed first.

    A failed Job stays, so that its log can be read. Raises TerminalFailureError with what its pod said last, and
    whatever else a gate raises.
    """
    name, namespace = job["metadata"]["name"], job["metadata"]["namespace"]
    path = spec.path(_JOBS, "jobs", name, namespace)
    pods = labelled(spec.path("v1", "pods", None, namespace), {"job-name": name})

    def gone() -> None:
        if cluster.look(path) is not None:
            raise NotYetError("is being removed")
        # Its pod outlives it, and what it does when it is told to end must not meet the next one.
        if (cluster.look(pods) or {}).get("items"):
            raise NotYetError("has a pod that is still ending")

    if cluster.get(path) is not None:
        cluster.delete(f"Job {name}", path)
        cluster.until(f"Job {name} of an earlier run", gone)
    cluster.create(spec.path(_JOBS, "jobs", None, namespace), job)
    cluster.wait(what, spec.job(name, namespace))
    cluster.delete(f"Job {name}", path)
