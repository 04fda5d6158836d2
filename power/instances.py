"""OpenStack's instances, stopped by Nova before their computes go down, and started again when these are back.

Which ones ran is remembered by Nova itself, as a tag of each: it is set before the instance is stopped and taken off
when it runs again, so that an interruption at any moment loses none, and an instance that its user had stopped stays
stopped. Only those that are ACTIVE are stopped; a paused or suspended one is left to its compute's shutdown.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from manifests import client_job
from operations import jobs
from operations.cluster import Cluster, NotYetError, at
from power.lab import Lab
from readiness import spec

NAME = "power"
TAG = "rhoso-lab-at-rest"

_LIMIT = 1800
"""Seconds for the Job, the getting of the image included."""

_PATIENCE = 900
"""Seconds in which the script waits for what it has asked for."""

_VERSIONS = "openstackversions"

SCRIPT = r"""#!/bin/bash
# Exit codes: 0 done; 1 OpenStack refused something; 2 it did not come to be in time, and the message says what.
set -euo pipefail

say() {
    printf 'power: %s\n' "$*"
}

late() {
    local said="$*"
    say "$said"
    printf '%s\n' "${said:0:1000}" >"$MESSAGE"
    exit 2
}

# Repeats a command until it prints nothing. What it prints in the end, and stands for, is too late.
until_none() {
    local what=$1 left
    shift
    while :; do
        left=$("$@") || left="OpenStack refuses to say"
        [[ -n $left ]] || return 0
        ((SECONDS < PATIENCE)) || late "$what: ${left//$'\n'/, }"
        sleep 2
    done
}

running() {
    openstack server list --all-projects --status ACTIVE -f value -c ID
}

tagged() {
    openstack server list --all-projects --tags "$TAG" -f value -c ID -c Status
}

tagged_running() {
    openstack server list --all-projects --tags "$TAG" --status ACTIVE -f value -c ID
}

stop() {
    local id found
    found=$(running)
    for id in $found; do
        say "stopping $id"
        openstack server set --tag "$TAG" "$id"
        # One that is busy with something else is waited for like the others.
        openstack server stop "$id" || say "$id does not stop at once"
    done
    until_none "still running after $PATIENCE s" tagged_running
}

# The computes of which no nova-compute is up; services call them by their short or their full names.
down() {
    local compute host state found up
    # While OpenStack is coming up itself, none is.
    found=$(openstack compute service list --service nova-compute -f value -c Host -c State) || found=
    for compute in $COMPUTES; do
        up=
        while read -r host state; do
            [[ $host != "$compute" && $host != "$compute".* ]] || [[ $state != up ]] || up=yes
        done <<<"$found"
        [[ -n $up ]] || printf '%s\n' "$compute"
    done
}

# Starts what is off, takes the tag from what runs, and prints what does not run yet.
waking() {
    local id status found
    found=$(tagged) || return 1
    while read -r id status; do
        case $status in
            "") ;;
            ACTIVE) openstack server unset --tag "$TAG" "$id" || printf '%s keeps its tag\n' "$id" ;;
            SHUTOFF)
                openstack server start "$id" || true
                printf '%s is %s\n' "$id" "$status"
                ;;
            *) printf '%s is %s\n' "$id" "$status" ;;
        esac
    done <<<"$found"
}

start() {
    until_none "nova-compute is not up after $PATIENCE s on" down
    until_none "does not run after $PATIENCE s" waking
}

case $TASK in
    stop) stop ;;
    start) start ;;
    *) exit 1 ;;
esac
"""


def rest(cluster: Cluster, lab: Lab) -> None:
    """Stop what runs. Raises TerminalFailureError or OutOfTimeError."""
    _run(cluster, lab, "stop", (), "instances to stop")


def wake(cluster: Cluster, lab: Lab, computes: Collection[str]) -> None:
    """Wait for nova-compute on these computes, then start what ran before. Raises as `rest`."""
    _run(cluster, lab, "start", computes, "nova-compute on every compute, and the instances that ran")


def _run(cluster: Cluster, lab: Lab, task: str, computes: Collection[str], what: str) -> None:
    assert lab.plane is not None
    namespace, _ = lab.plane
    scripts: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": NAME, "namespace": namespace},
        "data": {"power.sh": SCRIPT},
    }
    environment = {
        "TASK": task,
        "COMPUTES": " ".join(sorted(computes)),
        "TAG": TAG,
        "PATIENCE": str(_PATIENCE),
        "MESSAGE": "/dev/termination-log",
        # Tags came with this version of Nova's API.
        "OS_COMPUTE_API_VERSION": "2.26",
    }
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        # One name for both: what an interrupted stop has left must not run again beside a start.
        "metadata": {"name": NAME, "namespace": namespace, "labels": {"app": NAME}},
        "spec": client_job.spec(client_job.Run(NAME, "power.sh", _LIMIT, 30), _client(cluster, namespace), environment),
    }
    path = spec.path("v1", "configmaps", NAME, namespace)
    cluster.apply(path, scripts)
    jobs.run(cluster, what, job)
    cluster.delete(f"ConfigMap {NAME}", path)


def _client(cluster: Cluster, namespace: str) -> str:
    """The container image with OpenStack's command line."""
    listing = spec.path("core.openstack.org/v1beta1", _VERSIONS, None, namespace)

    def look() -> str:
        for version in (cluster.look(listing) or {}).get("items") or []:
            image = at(version, "status.containerImages.openstackClientImage")
            if image:
                return str(image)
        raise NotYetError("OpenStackVersion names no openstackClientImage yet")

    return cluster.until("the image of OpenStack's client", look)
