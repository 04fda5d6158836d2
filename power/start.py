"""A lab brought back: masters, the API, the nodes as they ask for certificates, computes, instances."""

from __future__ import annotations

from typing import TextIO

from operations.cluster import Cluster
from power import instances, nodes
from power.errors import PowerError
from power.lab import COMPUTE, MASTER, WORKER, Lab
from power.limits import Limits
from power.machines import Machines, Say
from readiness import spec
from readiness.errors import GateError


def start(lab: Lab, say: Say, out: TextIO, limits: Limits) -> None:
    """Raises PowerError with what did not come back."""
    machines = Machines(lab, say)
    machines.start(lab.of(MASTER))
    if lab.api is None:
        machines.start([*lab.of(WORKER), *lab.of(COMPUTE)])
        say("no cluster is recorded, so there is none to wait for")
        return
    cluster = nodes.Heard(lab.api, limits.api, out, limits.pause)
    try:
        if lab.owns_cluster:
            _let_in(cluster, machines, lab, limits)
        machines.start(lab.of(COMPUTE))
        if lab.plane is not None:
            _openstack(cluster, lab, say, limits)
    except GateError as error:
        raise PowerError(
            f"The lab is not all back: {error}\nWhat is up stays up. To go on: make start STACK={lab.stack}"
        ) from error


def _let_in(cluster: nodes.Heard, machines: Machines, lab: Lab, limits: Limits) -> None:
    """The masters first: what runs there has to sign the workers' certificates."""
    nodes.answers(cluster)
    masters = {one.name for one in lab.of(MASTER)}
    for role, wanted in ((MASTER, {n: ip for n, ip in lab.nodes.items() if n in masters}), (WORKER, lab.nodes)):
        machines.start(lab.of(role))
        cluster.restart_clock(limits.nodes)
        nodes.let_in(cluster, wanted)
        cluster.say(f"Ready: {' '.join(sorted(wanted))}")
    nodes.uncordon(cluster, lab.nodes)


def _openstack(cluster: Cluster, lab: Lab, say: Say, limits: Limits) -> None:
    assert lab.plane is not None
    namespace, name = lab.plane
    say(f"waiting for OpenStackControlPlane {name}")
    cluster.restart_clock(limits.openstack)
    cluster.wait("OpenStack's control plane", spec.control_plane(name, namespace, False))
    if computes := lab.of(COMPUTE):
        say("starting the instances that ran")
        cluster.restart_clock(limits.instances)
        instances.wake(cluster, lab, [one.name for one in computes])
