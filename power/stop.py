"""A lab put to rest: instances, computes, workers, masters.

The masters go last and together: with the second of three etcd has no quorum, and nothing could be asked any more. A
cluster that does not answer is shut down all the same, in the same order, and it is said what could not be done before:
nodes that were not cordoned and instances that were not stopped are no reason to leave a dead lab running.
"""

from __future__ import annotations

from typing import TextIO

from operations.cluster import Cluster
from power import instances, nodes
from power.errors import PowerError
from power.lab import COMPUTE, MASTER, WORKER, Lab
from power.limits import Limits
from power.machines import Machines, Say
from readiness.errors import ConfigurationError, GateError, OutOfTimeError


def stop(lab: Lab, say: Say, out: TextIO, limits: Limits, *, without_instances: bool = False) -> None:
    """Raises PowerError. ``without_instances``: Nova is not asked to stop them, their computes' shutdown ends them."""
    machines = Machines(lab, say)
    cluster = _cluster(lab, machines, say, out, limits)
    if cluster is not None and lab.plane is not None and machines.on(lab.of(COMPUTE)) and not without_instances:
        _rest(cluster, lab, say, limits)
    _down(machines, lab, COMPUTE, limits)
    if not lab.owns_cluster:
        say("the cluster is not this stack's, and stays up")
        return
    if cluster is not None:
        cluster.restart_clock(limits.cordon)
        try:
            nodes.warn(cluster)
            nodes.cordon(cluster, lab.nodes)
        except GateError as error:
            say(f"the nodes were not all cordoned: {error}")
    _down(machines, lab, WORKER, limits)
    _down(machines, lab, MASTER, limits)


def _cluster(lab: Lab, machines: Machines, say: Say, out: TextIO, limits: Limits) -> Cluster | None:
    """The cluster, if there is one that answers and anything to ask of it."""
    if lab.api is None or not (lab.owns_cluster or lab.plane):
        return None
    if lab.owns_cluster and not machines.on(lab.of(MASTER)):
        say("the masters are off already")
        return None
    cluster = Cluster(lab.api, limits.cordon, out, limits.pause)
    try:
        nodes.answers(cluster)
    except (OutOfTimeError, ConfigurationError) as error:
        say(f"{error}\nSo no instance is stopped by Nova and no node is cordoned; the machines are shut down in order.")
        return None
    return cluster


def _rest(cluster: Cluster, lab: Lab, say: Say, limits: Limits) -> None:
    say("stopping instances")
    cluster.restart_clock(limits.instances)
    try:
        instances.rest(cluster, lab)
    except GateError as error:
        raise PowerError(
            f"The instances were not all stopped, so nothing was shut down: {error}\nMend that, and again; or leave it "
            f"to the computes' shutdown to end them: make stop STACK={lab.stack} WITHOUT_INSTANCES=1"
        ) from error


def _down(machines: Machines, lab: Lab, role: str, limits: Limits) -> None:
    if group := lab.of(role):
        machines.shut_down(group, limits.shutdown)
