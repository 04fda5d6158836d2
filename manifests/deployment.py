"""``OpenStackDataPlaneDeployment``: one run of Ansible over a node set. Fields and rules: rhoso.md, S10.

A deployment never runs twice and its spec can't be changed, so its name holds a hash of all that it would bring to the
computes: whatever changes there makes a new deployment, and nothing else does.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

API_VERSION = "dataplane.openstack.org/v1beta1"
CRD = "openstackdataplanedeployments.dataplane.openstack.org"
KIND = "OpenStackDataPlaneDeployment"

_DIGITS = 10
"""40 bits of hash. The operators join the name with a service's and the node set's to a job's name, of 63 characters
at most (openstack-operator pkg/dataplane/util/ansible_execution.go)."""


def render(
    node_set: Mapping[str, Any],
    fingerprints: Mapping[str, str],
    services: Sequence[str] | None = None,
    written: str = "",
) -> dict[str, Any]:
    """A deployment of a rendered node set.

    ``fingerprints`` tell of what its spec only names: `data_plane_secrets.fingerprints`. ``services`` are deployed
    instead of the node set's own; None deploys those. ``written`` tells one writing of the node set from another: who
    goes back to an earlier spec wants it deployed again.
    """
    name, namespace = node_set["metadata"]["name"], node_set["metadata"]["namespace"]
    spec: dict[str, Any] = {
        "nodeSets": [name],
        # Only nodes with a NIC on the control plane can reach the computes; masters beside workers have none.
        "ansibleJobNodeSelector": {"node-role.kubernetes.io/worker": ""},
        "deploymentRequeueTime": 15,
    }
    if services is not None:
        spec["servicesOverride"] = list(services)
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {"name": f"{name}-{digest(node_set['spec'], fingerprints, spec, written)}", "namespace": namespace},
        "spec": spec,
    }


def digest(
    node_set: Mapping[str, Any], fingerprints: Mapping[str, str], deployment: Mapping[str, Any], written: str = ""
) -> str:
    """Hex digits that stand for the specs of a node set and of its deployment, and the Secrets behind them."""
    told = [node_set, dict(fingerprints), deployment, *([written] if written else [])]
    canonical = json.dumps(told, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:_DIGITS]
