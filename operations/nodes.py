"""Steps ``join`` and ``leave``: planned nodes are let into the installed cluster, workers no longer planned leave it.

``join`` runs when the machines are there and before anything in the cluster changes; ``leave`` when everything there
has become as small as planned, and before machines are deleted. Nothing is moved or deleted until all volumes on the
leaving nodes' disks are known to be given up: ``released`` names the nodes whose are.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping
from ipaddress import ip_address
from typing import Any

from operations import draining, volumes
from operations.cluster import Cluster
from operations.document import Keys
from operations.joining import NODES, Joining, is_ready
from operations.volumes import Local
from readiness.errors import ConfigurationError, TerminalFailureError

_BEFORE = "PULUMI_COMMAND_STDOUT"


def join(keys: Keys, cluster: Cluster) -> dict[str, Any]:
    """Input: ``nodes`` {name: address}, all nodes as planned. What the last run put out is in PULUMI_COMMAND_STDOUT.
    Output: ``nodes``."""
    nodes = keys.addresses("nodes")
    keys.done()
    if not nodes:
        raise ConfigurationError("step join: no node is planned")
    _check(nodes)
    before = _before()
    draining.keep(cluster, nodes)
    _join(cluster, nodes, {} if before is None else {name: ip for name, ip in nodes.items() if name not in before})
    return {"nodes": nodes}


def leave(keys: Keys, cluster: Cluster) -> dict[str, Any]:
    """Input: ``nodes`` {name: address}, all workers as planned; ``released``: names of those whose local volumes may be
    deleted when they leave. What the last run put out is in PULUMI_COMMAND_STDOUT; without it nobody leaves.
    Output: ``nodes``."""
    nodes = keys.addresses("nodes")
    released = keys.texts("released")
    keys.done()
    _check(nodes)
    gone = sorted(set(_before() or {}) - set(nodes))
    if not gone:
        cluster.say("no worker leaves")
        return {"nodes": nodes}
    if not nodes:
        raise ConfigurationError("step leave: no worker is planned; a cluster that has had some is not taken apart")
    draining.Leaving(cluster, gone).leave(_given_up(cluster, gone, released))
    return {"nodes": nodes}


def _check(nodes: Mapping[str, str]) -> None:
    for name, address in nodes.items():
        try:
            ip_address(address)
        except ValueError:
            raise ConfigurationError(f"{name} is planned at {address}, which is no address") from None


def _before() -> dict[str, str] | None:
    """Who was in when this step last ended well; None: it never has."""
    said = os.environ.get(_BEFORE, "").strip()
    if not said:
        return None
    try:
        return {str(name): str(address) for name, address in json.loads(said)["nodes"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ConfigurationError(f"{_BEFORE} is not what this step puts out") from None


def _given_up(cluster: Cluster, gone: Collection[str], released: Collection[str]) -> list[Local]:
    """The volumes on the leaving nodes. Raises TerminalFailureError for those that nobody has given up."""
    draining.refuse_masters(cluster, gone)
    found = volumes.local(cluster, gone)
    kept = [volume for volume in found if volume.node not in released]
    if not kept:
        return found
    names = sorted({volume.node for volume in kept})
    raise TerminalFailureError(
        f"{' and '.join(names)} can't leave yet: volumes lie on the disk there and would go with it\n"
        f"{volumes.told(kept)}\nA replica that has others gets its data back from them, one that has none loses it. "
        f"Nothing was changed. To give these volumes up, add {', '.join(names)} to topology.workers.released; to keep "
        "them, put topology.workers.count back. Then run pulumi up."
    )


def _join(cluster: Cluster, nodes: Mapping[str, str], new: Collection[str]) -> None:
    """Let in who isn't Ready; and of those that are, who came while an earlier run was interrupted."""
    there = {node["metadata"]["name"] for node in cluster.items(NODES) if is_ready(node)}
    registered = sorted(there & set(new))
    joining = {name: address for name, address in nodes.items() if name not in there or name in registered}
    if joining:
        Joining(cluster, joining, registered).wait()
        cluster.say(f"Ready: {' '.join(sorted(joining))}")
    else:
        cluster.say("every planned node is Ready")
