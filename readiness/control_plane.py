"""Judges an OpenStackControlPlane, which is not Ready while OpenStack is on its way to another version.

From a new ``targetVersion`` on, the operator sets its conditions back and goes on only with the data plane: a minor
update alternates between the two. Until the data plane has followed, it skips the rest ("Waiting on minor update to
proceed"). [openstack-operator: internal/controller/core/openstackcontrolplane_controller.go; rhoso.md §4.22]
"""

from __future__ import annotations

from .model import ControlPlane
from .paths import path
from .verdict import Found, Verdict, behind, conditions, has, own_words, stale, status, there

GROUP = "core.openstack.org/v1beta1"


def control_plane(check: ControlPlane, found: Found) -> list[Verdict]:
    """One verdict; where the update is a later step's business, one that is under way counts as ready, and is told."""
    plane = there(check.name, found.one(path(GROUP, "openstackcontrolplanes", check.control_plane, check.namespace)))
    if isinstance(plane, Verdict):
        return [plane]
    generation, ready = plane["metadata"].get("generation"), conditions(status(plane)).get("Ready")
    for said in (status(plane), ready or {}):
        if stale(generation, said):
            # The operator takes note of every generation, during an update too.
            return [Verdict(check.name, False, behind(generation, said))]
    if has(ready, "True"):
        return [Verdict(check.name, True)]
    words = own_words(ready) if ready else "no condition Ready yet"
    update = _update(check, found) if check.update_follows else ""
    return [Verdict(check.name, True, f"{update}; {words}") if update else Verdict(check.name, False, words)]


def _update(check: ControlPlane, found: Found) -> str:
    """The minor update that is under way, empty if none is: a first deployment is none."""
    version = found.one(path(GROUP, "openstackversions", check.control_plane, check.namespace)) or {}
    deployed, target = status(version).get("deployedVersion"), (version.get("spec") or {}).get("targetVersion")
    if not deployed or not target or deployed == target:
        return ""
    return f"an update is under way, from {deployed} to {target}"
