"""The smoke test: a Job that boots an instance, which pings the external gateway and says so on its console.

That takes every part of a working OpenStack, from Keystone to a compute's bridge; and every compute must have come up,
not only the one that the instance is on. The Job itself couldn't ping: pods
have no leg on the external network (traps.md 33). It is a plain Job with the image of the ``openstackclient`` pod,
which OpenStackVersion names in ``status.containerImages.openstackClientImage``, so it needs no right in the cluster;
cloud and password come from what Keystone's operator writes for that pod (keystone-operator, reconcileCloudConfig).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from manifests import client_job
from manifests.os_net_config import PHYSICAL_NETWORK
from network import Bounds, Plan
from settings import Settings

NAME = "smoke-test"

_DIGITS = 10
_OTHER_WORK = 600
"""Seconds for everything but the two waits: getting the image, making and removing things."""

_GRACE = 300
"""Seconds in which a Job that is ended must have removed what it made."""

_OVERLAY = "192.0.2.0/24"
"""The instance's own network, which only it is on. Kept for documentation (RFC 5737), so no lab has it."""

# Every object has the one name, so that a later run finds what a killed one left. No ID is taken from
# `server create --wait`, which writes its progress to the same stream.
SCRIPT = r"""#!/bin/bash
# Exit codes: 0 the gateway answered the instance; 1 OpenStack refused something; 2 the instance did not start;
# 3 the instance got no answer, or said nothing in time; 4 all was well, but something could not be removed;
# 5 a compute did not come up in time.
set -euo pipefail

name=rhoso-lab-smoke-test

say() {
    printf 'smoke test: %s\n' "$*"
}

fail() {
    say "$2"
    printf '%s\n' "$2" >"$MESSAGE"
    exit "$1"
}

# Of lines "HOST STATE" the hosts that are up, by the first label of their names: Nova has the full ones.
up() {
    local host state
    while read -r host state; do
        [[ $state != up ]] || printf ' %s ' "${host%%.*}"
    done
}

# A compute is of use once its service has registered and the scheduler has found its hypervisor.
wait_for_computes() {
    local services hypervisors compute missing told='' deadline=$((SECONDS + TIMEOUT))
    while :; do
        services=$(openstack compute service list --service nova-compute -f value -c Host -c State | up) || services=
        hypervisors=$(openstack hypervisor list -f value -c "Hypervisor Hostname" -c State | up) || hypervisors=
        missing=
        for compute in $COMPUTES; do
            if [[ $services != *" $compute "* ]]; then
                missing+="${missing:+, }$compute (its nova-compute is not up)"
            elif [[ $hypervisors != *" $compute "* ]]; then
                missing+="${missing:+, }$compute (no hypervisor yet)"
            fi
        done
        [[ -n $missing ]] || return 0
        ((SECONDS < deadline)) || fail 5 "not up after $TIMEOUT s: $missing"
        [[ $missing == "$told" ]] || say "waiting up to $TIMEOUT s for $missing"
        told=$missing
        sleep "$POLL"
    done
}

# IDs of the objects of a kind that have a name.
named() {
    local id found
    openstack "$1" list -f value -c ID -c Name | while read -r id found; do
        [[ $found != "$2" ]] || printf '%s\n' "$id"
    done
}

# Remove the objects of a kind that have a name; further options go to the removal.
remove() {
    local id ids
    ids=$(named "$1" "$2") || return 1
    for id in $ids; do
        openstack "$1" delete "${@:3}" "$id" || return 1
    done
}

clean_up() {
    local left=0 router subnet
    remove server "$name" --wait || left=1
    for router in $(named router "$name"); do
        for subnet in $(named subnet "$name"); do
            # It may never have been added; if it still is, the router's removal says so.
            openstack router remove subnet "$router" "$subnet" 2>/dev/null || true
        done
    done
    remove router "$name" || left=1
    remove network "$name" || left=1
    remove network "$name-external" || left=1
    remove flavor "$name" || left=1
    remove image "$name" || left=1
    return "$left"
}

# shellcheck disable=SC2317 # It is the trap that calls it.
finish() {
    local status=$?
    trap - EXIT
    say "removing what was made"
    if ! clean_up && ((status == 0)); then
        say "something could not be removed"
        status=4
    fi
    exit "$status"
}

say "removing what an earlier run left"
clean_up
trap finish EXIT
trap 'exit 143' TERM INT

say "getting the image from $IMAGE_URL"
python3 -c 'import sys, urllib.request; urllib.request.urlretrieve(*sys.argv[1:])' "$IMAGE_URL" image
sha256sum --check --quiet <<<"$IMAGE_SHA256  image" || fail 1 "$IMAGE_URL has not the checksum $IMAGE_SHA256"
openstack image create --disk-format qcow2 --container-format bare --file image "$name" >/dev/null
openstack flavor create --vcpus 1 --ram 512 --disk 1 "$name" >/dev/null

# A physical network carries one flat network; if somebody made it already, it is used as it is.
external=$(openstack network list -f value -c ID --external --provider-physical-network "$PHYSICAL_NETWORK")
external=${external%%$'\n'*}
if [[ -z $external ]]; then
    external=$(openstack network create -f value -c id --external --provider-network-type flat \
        --provider-physical-network "$PHYSICAL_NETWORK" "$name-external")
    openstack subnet create --network "$external" --subnet-range "$EXTERNAL_CIDR" --gateway "$EXTERNAL_GATEWAY" \
        --allocation-pool "start=$EXTERNAL_FIRST,end=$EXTERNAL_LAST" --no-dhcp "$name-external" >/dev/null
fi

openstack network create "$name" >/dev/null
openstack subnet create --network "$name" --subnet-range "$OVERLAY_CIDR" "$name" >/dev/null
openstack router create "$name" >/dev/null
openstack router set --external-gateway "$external" "$name"
openstack router add subnet "$name" "$name"

wait_for_computes

say "starting an instance"
if ! openstack server create --wait --image "$name" --flavor "$name" --network "$name" \
    --user-data "$SCRIPTS/instance.sh" "$name" >/dev/null; then
    fail 2 "the instance did not start: $(openstack server show -f value -c status -c fault "$name" || true)"
fi

say "waiting up to $TIMEOUT s for what it says"
console=
deadline=$((SECONDS + TIMEOUT))
while ((SECONDS < deadline)); do
    console=$(openstack console log show "$name") || console=
    case $console in
        *"smoke test passed"*)
            say "$EXTERNAL_GATEWAY answered the instance"
            exit 0
            ;;
        *"smoke test failed"*)
            fail 3 "the instance got no answer from $EXTERNAL_GATEWAY"
            ;;
    esac
    sleep "$POLL"
done
say "the end of its console:"
tail -c 4000 <<<"$console"
fail 3 "the instance said nothing in $TIMEOUT s"
"""

INSTANCE = """\
verdict=failed
tries=0
while [ "$tries" -lt 60 ]; do
    if ping -c 1 -W 2 "$gateway" >/dev/null 2>&1; then
        verdict=passed
        break
    fi
    tries=$((tries + 1))
    sleep 1
done
echo "smoke test $verdict" >/dev/console
"""


@dataclass(frozen=True, slots=True)
class Guest:
    """What the instance boots: a qcow2 image of at most 1 GB that runs a script given as user data, such as CirrOS.

    ``url`` is read by a pod; ``sha256`` are the hex digits of its checksum.
    """

    url: str
    sha256: str


def render(
    settings: Settings, plan: Plan, client: str, guest: Guest, *, after: str = "", timeout: int = 600
) -> list[dict[str, Any]]:
    """The script as ConfigMap, and the Job that runs it once.

    ``client`` is the container image with the command line. ``after`` is what is tested, the deployment's name say:
    another one gives another Job. ``timeout`` is how long the computes may take to come up, and then the instance to
    its verdict, in seconds.
    """
    namespace = settings.openstack.namespace
    scripts = {"smoke-test.sh": SCRIPT, "instance.sh": f"#!/bin/sh\ngateway={_neighbour(plan)}\n{INSTANCE}"}
    run = client_job.Run(NAME, "smoke-test.sh", limit=2 * timeout + _OTHER_WORK, grace=_GRACE)
    spec = client_job.spec(run, client, _environment(plan, guest, timeout, run.scripts))
    canonical = json.dumps([scripts, spec, after], sort_keys=True, separators=(",", ":"))
    name = f"{NAME}-{hashlib.sha256(canonical.encode()).hexdigest()[:_DIGITS]}"
    return [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": NAME, "namespace": namespace},
            "data": scripts,
        },
        {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"name": name, "namespace": namespace, "labels": {"app": NAME}},
            "spec": spec,
        },
    ]


def timeout_within(limit: int) -> int:
    """The ``timeout`` with which a Job lasts no longer than ``limit``; both in seconds."""
    return max(60, (limit - _OTHER_WORK) // 2)


def pool(plan: Plan) -> Bounds:
    """The addresses of the external network that OpenStack may give out: the 50 before those of the computes.

    The settings keep gateways below them (settings/rules/ranges.py).
    """
    first, _ = plan.openstack["external"].subnets[0].allocation[0]
    return first - 50, first - 1


def _neighbour(plan: Plan) -> str:
    """What the instance pings outside: the gateway or, where nothing leads out, the KVM host."""
    [wire] = plan.networks["external"].subnets
    if wire.gateway is None and wire.host is None:
        raise ValueError("on the external network is nobody that an instance could ping; set networks.external.gateway")
    return str(wire.gateway or wire.host)


def _environment(plan: Plan, guest: Guest, timeout: int, scripts: str) -> dict[str, str]:
    first, last = pool(plan)
    return {
        "SCRIPTS": scripts,
        "MESSAGE": "/dev/termination-log",
        "IMAGE_URL": guest.url,
        "IMAGE_SHA256": guest.sha256,
        "PHYSICAL_NETWORK": PHYSICAL_NETWORK,
        "EXTERNAL_CIDR": str(plan.openstack["external"].cidr),
        "EXTERNAL_GATEWAY": _neighbour(plan),
        "EXTERNAL_FIRST": str(first),
        "EXTERNAL_LAST": str(last),
        "OVERLAY_CIDR": _OVERLAY,
        "COMPUTES": " ".join(node.name for node in plan.computes),
        "TIMEOUT": str(timeout),
        "POLL": "5",
    }
