"""Objects that run once and never again: when one has failed for good, another of the same spec must be made.

OpenStackDataPlaneDeployments and Jobs are such (rhoso.md, S10). The first has the name N; later ones are called N-2,
N-3 and so on, and are owned by the first, so that they go when it goes.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from operations.cluster import Cluster, Object, called
from readiness import spec
from readiness.errors import ConfigurationError, TerminalFailureError


def _tempest(name: str, namespace: str) -> dict[str, Any]:
    """Its conditions only say that it ended; its pods say how (rhoso.md, S12)."""
    return spec.ended_pods(f"Tempest {name}", namespace, {"instanceName": name})


_CHECKS = {
    "OpenStackDataPlaneDeployment": spec.data_plane_deployment,
    "Job": spec.job,
    "Tempest": _tempest,
}


@dataclass(frozen=True)
class Attempt:
    """``number`` counts from 1, which is the object of that very name."""

    name: str
    number: int


def last(cluster: Cluster, collection: str, name: str) -> tuple[Attempt, Object] | None:
    """The newest attempt of ``name`` in the list at ``collection``, and the first one as it is; None without any."""
    found = {}
    for item in cluster.items(collection):
        match = re.fullmatch(rf"{re.escape(name)}(?:-([1-9]\d*))?", item["metadata"]["name"])
        if match:
            found[int(match[1] or 1)] = item
    if 1 not in found:
        return None
    newest = max(found)
    return Attempt(found[newest]["metadata"]["name"], newest), found[1]


def finish(
    cluster: Cluster, what: str, collection: str, manifest: Mapping[str, Any], make_first: bool = False
) -> Attempt:
    """Wait for the newest attempt of ``manifest``; make the next one before, if that one had failed already.

    ``make_first``: where there is none at all, make the first. An attempt that fails meanwhile is the end of this run,
    not the beginning of another attempt: a person should see what is wrong before hours go by. Raises
    TerminalFailureError then, and what a gate raises.
    """
    name = manifest["metadata"]["name"]
    found = last(cluster, collection, name)
    if found is not None:
        attempt = _after_failure(cluster, collection, manifest, *found)
    elif make_first:
        cluster.create(collection, manifest)
        attempt = Attempt(name, 1)
    else:
        raise ConfigurationError(
            f"{called(manifest)} was made and is gone. Run pulumi refresh, so that the next pulumi up makes it again."
        )
    try:
        cluster.wait(what, check(manifest, attempt.name))
    except TerminalFailureError as error:
        following = f"{name}-{attempt.number + 1}"
        raise TerminalFailureError(f"{error}\nThe next pulumi up tries again, as {following}.") from error
    return attempt


def _after_failure(
    cluster: Cluster, collection: str, manifest: Mapping[str, Any], newest: Attempt, first: Object
) -> Attempt:
    """``newest``, or the one that is made because it has failed."""
    if not cluster.failed(check(manifest, newest.name)):
        return newest
    following = Attempt(f"{manifest['metadata']['name']}-{newest.number + 1}", newest.number + 1)
    cluster.say(f"{manifest['kind']} {newest.name} failed in an earlier run; trying again as {following.name}")
    cluster.create(collection, _again(manifest, following.name, first))
    return following


def check(manifest: Mapping[str, Any], name: str) -> dict[str, Any]:
    """What says that the attempt ``name`` is done, or has failed for good."""
    kind = manifest["kind"]
    if kind not in _CHECKS:
        raise ConfigurationError(f"operations: object.kind {kind} is none of {', '.join(sorted(_CHECKS))}")
    return _CHECKS[kind](name, manifest["metadata"]["namespace"])


def _again(manifest: Mapping[str, Any], name: str, first: Object) -> dict[str, Any]:
    again = copy.deepcopy(dict(manifest))
    again["metadata"]["name"] = name
    again["metadata"]["ownerReferences"] = [
        {
            "apiVersion": manifest["apiVersion"],
            "kind": manifest["kind"],
            "name": first["metadata"]["name"],
            "uid": first["metadata"]["uid"],
        }
    ]
    return again
