"""Events of the engine, as `pulumi refresh --preview-only --json` streams them."""

from __future__ import annotations

import json
from typing import Any

MACHINE = "urn:pulumi:lab::rhoso-lab::rhoso:kvm:Machine$libvirt:index/domain:Domain::worker-0"
VOLUME = "urn:pulumi:lab::rhoso-lab::rhoso:kvm:Machine$libvirt:index/volume:Volume::worker-0-data"
PLANE = (
    "urn:pulumi:lab::rhoso-lab::rhoso:o:P$kubernetes:core.openstack.org/v1beta1:OpenStackControlPlane::control-plane"
)
SECRET = "urn:pulumi:lab::rhoso-lab::rhoso:o:N$kubernetes:core/v1:Secret::osp-secret"


def read(urn: str, op: str, old: Any, new: Any, *paths: str) -> str:
    """One resource that was read; ``paths`` are those of the detailed differences."""
    metadata = {"op": op, "urn": urn, "old": old, "new": new, "detailedDiff": {path: {} for path in paths} or None}
    return json.dumps({"sequence": 1, "resOutputsEvent": {"metadata": metadata, "planning": True}})


def error(message: str, urn: str = "") -> str:
    return json.dumps({"diagnosticEvent": {"urn": urn, "message": message, "severity": "error"}})
