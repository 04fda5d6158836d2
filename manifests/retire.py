"""Retiring computes: a Job with OpenStack's command line, run twice by step ``members`` of operations/.

First it takes the computes out of service, unless instances are on one of them; once their agents are stopped it
deletes their records (rhoso.md, §4.20). Where it gets its cloud and password from: client_job.py.
"""

from __future__ import annotations

from typing import Any

from manifests import client_job

NAME = "retire"

_LIMIT = 900
"""Seconds for one task, the getting of the image included."""

_GRACE = 120
"""Seconds in which a Job that is ended must have enabled again what it disabled."""

SCRIPT = r"""#!/bin/bash
# Exit codes: 0 done; 1 OpenStack refused something; 2 instances are there, so that the computes stay in service.
set -euo pipefail

say() {
    printf 'retire: %s\n' "$*"
}

# Of lines "ID HOST …" those of a compute, which services call by its short or by its full name.
of() {
    local id host rest
    while read -r id host rest; do
        [[ $host != "$1" && $host != "$1".* ]] || printf '%s %s %s\n' "$id" "$host" "$rest"
    done
}

services() {
    openstack compute service list --service nova-compute -f value -c ID -c Host -c Status | of "$1"
}

agents() {
    openstack network agent list -f value -c ID -c Host | of "$1"
}

disabled=()

# shellcheck disable=SC2317 # It is the trap that calls it.
enable_again() {
    local host
    trap - EXIT
    for host in "${disabled[@]}"; do
        openstack compute service set --enable "$host" nova-compute || say "$host stays disabled"
    done
}

# Nothing new is scheduled there once it is disabled, so that is done before looking for instances.
disable() {
    local compute id host status found instances occupied=
    trap enable_again EXIT
    trap 'exit 143' TERM INT
    for compute in $COMPUTES; do
        found=$(services "$compute")
        [[ -n $found ]] || say "$compute has no nova-compute"
        while read -r id host status; do
            [[ -n $id && $status != disabled ]] || continue
            say "disabling nova-compute on $host"
            disabled+=("$host")
            openstack compute service set --disable "$host" nova-compute
        done <<<"$found"
        while read -r id host _; do
            [[ -n $id ]] || continue
            instances=$(openstack server list --all-projects --host "$host" -f value -c ID -c Name)
            [[ -z $instances ]] || occupied+="${occupied:+; }$host: ${instances//$'\n'/, }"
        done <<<"$found"
    done
    if [[ -n $occupied ]]; then
        occupied="instances are there, and the computes stay in service; migrate or delete them: $occupied"
        say "$occupied"
        printf '%s\n' "${occupied:0:1000}" >"$MESSAGE"
        exit 2
    fi
    trap - EXIT
}

delete() {
    local compute id host found
    for compute in $COMPUTES; do
        found=$(agents "$compute")
        while read -r id host _; do
            [[ -n $id ]] || continue
            say "deleting a network agent of $host"
            openstack network agent delete "$id"
        done <<<"$found"
        found=$(services "$compute")
        while read -r id host _; do
            [[ -n $id ]] || continue
            say "deleting nova-compute of $host"
            openstack compute service delete "$id"
        done <<<"$found"
    done
}

case $TASK in
    disable) disable ;;
    delete) delete ;;
    *) exit 1 ;;
esac
"""


def render(namespace: str, client: str) -> list[dict[str, Any]]:
    """The script as ConfigMap, and the Job, which gets TASK, COMPUTES and its name's end from the step.

    ``client`` is the container image with the command line.
    """
    return [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": NAME, "namespace": namespace},
            "data": {"retire.sh": SCRIPT},
        },
        {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"name": NAME, "namespace": namespace, "labels": {"app": NAME}},
            "spec": client_job.spec(
                client_job.Run(NAME, "retire.sh", limit=_LIMIT, grace=_GRACE),
                client,
                {"MESSAGE": "/dev/termination-log"},
            ),
        },
    ]
