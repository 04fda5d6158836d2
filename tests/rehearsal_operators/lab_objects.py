"""The objects of a lab with two computes, as they are in the cluster once its control plane is Ready.

The lab's own documents come from the program's renderers; the rest is what other operators would have made.
"""

from __future__ import annotations

import base64
import copy
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from manifests import attachments, control_plane, data_plane_secrets, deployment, net_config, node_set, osp_secret
from manifests.credentials import Credentials
from rehearsal.operators.jobs import CLIENT_IMAGE
from rehearsal.operators.world import World, kind_of
from tests.lab import SECRET, plan, settings

NAMESPACE = "openstack"
VERSION = "18.0.7"
CLIENT = "registry.example.com/client:1"
TIMES = "2026-01-01T00:00:00Z"

Object = dict[str, Any]


def secret(name: str, **data: str) -> Object:
    """A Secret as the API server has it."""
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": NAMESPACE}, "data": encoded}


def config_map(name: str, **data: str) -> Object:
    """A ConfigMap."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": NAMESPACE}, "data": data}


def served(obj: Mapping[str, Any]) -> Object:
    """A rendered object as the API server has it."""
    made: Object = copy.deepcopy(dict(obj))
    if given := made.pop("stringData", None):
        made["data"] = {key: base64.b64encode(value.encode()).decode() for key, value in given.items()}
    made["metadata"] |= {"uid": made["metadata"]["name"], "generation": 1, "creationTimestamp": TIMES}
    return made


def true(*kinds: str) -> list[Object]:
    """Conditions that are True."""
    return [{"type": kind, "status": "True", "reason": "Ready", "message": ""} for kind in kinds]


def computes() -> Object:
    """The lab's node set."""
    return served(node_set.render(settings(), plan()))


def run() -> Object:
    """The lab's deployment."""
    return served(deployment.render(computes(), {}))


def objects() -> list[Object]:
    """Everything that the data plane needs."""
    credentials = Credentials(SECRET)
    # The release whose definitions the rehearsal's API server has.
    plane = served(control_plane.render(settings(openstack={"release": "fr2"}), plan()))
    plane["status"] = {"conditions": true("Ready"), "deployedVersion": VERSION}
    release = {
        "apiVersion": "core.openstack.org/v1beta1",
        "kind": "OpenStackVersion",
        "metadata": {"name": plane["metadata"]["name"], "namespace": NAMESPACE},
        "spec": {"targetVersion": VERSION},
        "status": {
            "deployedVersion": VERSION,
            "containerImages": {CLIENT_IMAGE: CLIENT, "ovnControllerImage": "registry.example.com/ovn:1"},
        },
    }
    masq = {
        "apiVersion": "network.openstack.org/v1beta1",
        "kind": "DNSMasq",
        "metadata": {"name": "dns", "namespace": NAMESPACE},
        "status": {"conditions": true("Ready"), "dnsAddresses": ["192.168.131.80"]},
    }
    worker = {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": "worker-0", "labels": {"node-role.kubernetes.io/worker": ""}},
    }
    left_by_operators = (
        *("combined-ca-bundle", "nova-cell1-compute-config", "nova-metadata-neutron-config"),
        *("neutron-ovn-metadata-agent-neutron-config", "ceilometer-compute-config-data"),
    )
    password = "secret-of-admin"
    auth = "clouds: {default: {auth: {auth_url: 'https://keystone', username: admin}}}"
    return [
        *(served(item) for item in data_plane_secrets.render(settings(), credentials)),
        *(served(item) for item in attachments.render(plan(), NAMESPACE)),
        served(net_config.render(plan(), NAMESPACE)),
        *(plane, release, masq, worker),
        *(secret(name, **{"tls-ca-bundle.pem": "x"}) for name in left_by_operators),
        config_map("ovncontroller-config", config="x"),
        secret(osp_secret.NAME, AdminPassword=password),
        config_map("openstack-config", **{"clouds.yaml": auth}),
        secret(
            "openstack-config-secret",
            **{"secure.yaml": "clouds: {default: {auth: {password: " + password + "}}}"},
        ),
    ]


def world(*more: Object, without: Iterable[str] = (), directory: Path | None = None) -> World:
    """A world with all of it, and ``more`` in its place or besides; ``without``: "Kind/name" of what is missing."""
    kept = {_key(item): item for item in [*objects(), *more]}
    unknown = set(without) - kept.keys()
    assert not unknown, f"not there anyway: {unknown}"
    return World([item for key, item in kept.items() if key not in set(without)], directory=directory)


def _key(obj: Mapping[str, Any]) -> str:
    return f"{kind_of(obj).partition('.')[0]}/{obj['metadata']['name']}"
