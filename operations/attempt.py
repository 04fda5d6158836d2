"""Step ``attempt``: waits for something that runs once, and makes it run again if an earlier run saw it fail."""

from __future__ import annotations

from typing import Any

from operations import attempts
from operations.cluster import Cluster
from operations.document import Keys


def run(keys: Keys, cluster: Cluster) -> dict[str, Any]:
    """Input: ``what`` (for messages), ``object`` (the whole manifest of an OpenStackDataPlaneDeployment, a batch/v1 Job
    or a Tempest that was applied already), ``collection`` (the REST path of its list). Output: ``name`` of the attempt
    that succeeded, and ``attempt``, its number from 1."""
    what, manifest, collection = keys.text("what"), keys.object("object"), keys.text("collection")
    keys.done()
    done = attempts.finish(cluster, what, collection, manifest)
    return {"name": done.name, "attempt": done.number}
