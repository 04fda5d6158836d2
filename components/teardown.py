"""What is done when a layer goes: for a cluster that outlives the stack, and its owner's other work in it.

A cluster of the stack's own goes as a whole, and nothing here is made for it (``deleted_with``). What the engine knows
how to delete it deletes itself, each object after all that depends on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi_command as command
from pulumi import Output, Resource, ResourceOptions

from components.cluster_access import ClusterAccess, api_of
from components.operation import OperationArgs, operation
from components.outputs import secret
from readiness import spec


def undone(
    name: str,
    steps: tuple[str, str],
    document: Mapping[str, Any],
    timeout: int,
    cluster: ClusterAccess,
    parent: Resource,
    after: Sequence[Resource],
) -> command.local.Command:
    """A step of ``operations`` and the one that undoes it; ``timeout`` (seconds) holds for each.

    Unlike with other steps the document is compared: its removal must have the kubeconfig of today. The first step may
    run at any time.
    """
    do, undo = steps
    told = cluster.kubeconfig.apply(lambda text: {**document, "timeout": timeout, "api": api_of(text)})
    return command.local.Command(
        name,
        create=f"python3 -m operations {do}",
        update=f"python3 -m operations {do}",
        delete=f"python3 -m operations {undo}",
        stdin=secret(Output.json_dumps(told)),
        add_previous_output_in_env=False,
        logging=command.local.Logging.STDERR,
        opts=ResourceOptions(parent=parent, depends_on=[*cluster.after, *after]),
    )


def teardown(
    name: str,
    document: Mapping[str, Any],
    timeout: int,
    cluster: ClusterAccess,
    parent: Resource,
    after: Sequence[Resource],
) -> list[Resource]:
    """Does ``document`` (operations/teardown.py) once all that depends on it is gone, and before ``after`` goes."""
    if not cluster.is_shared:
        return []
    return [undone(name, ("hold", "teardown"), document, timeout, cluster, parent, after)]


def unclaimed(
    name: str, manifests: Sequence[Mapping[str, Any]], cluster: ClusterAccess, parent: Resource
) -> list[Resource]:
    """Refuses to go on where an object of these names is there already, and somebody else's."""
    if not cluster.is_shared:
        return []
    step = OperationArgs("unclaimed", {"objects": named(manifests)}, cluster.timeouts.api, cluster.kubeconfig)
    return [operation(name, step, parent, cluster.after)]


def named(manifests: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """What each object is called in messages, and its REST path."""
    return {f"{item['kind']} {item['metadata']['name']}": _path(item) for item in manifests}


def _path(manifest: Mapping[str, Any]) -> str:
    metadata = manifest["metadata"]
    plural = f"{manifest['kind'].lower()}s"
    return spec.path(manifest["apiVersion"], plural, metadata["name"], metadata.get("namespace"))
