"""OpenShift's own objects at the end of an installation, and what the install manifests made of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from .install import Install

VERSION = "4.18.0"
MANIFESTS = "manifests"  # in clusters/<id>: install manifests as the installer's stand-in kept them, one JSON file each


def own_objects(install: Install) -> list[dict[str, Any]]:
    """What OpenShift's own operators have made by the end of an installation, and the install manifests.

    The Network of cluster-network-operator is one of both: the installer merges a manifest of it into its own. Raises
    ValueError for a manifest that is not JSON.
    """
    objects = [_network(), _CATALOG, _GLOBAL_GROUP, _network_available(), _version(install.id)]
    by_identity = {_identity(obj): obj for obj in objects}
    for path in sorted(install.file(MANIFESTS).glob("*.json")):
        try:
            manifest = json.loads(path.read_text())
        except ValueError as error:
            raise ValueError(f"{path} is not JSON: {error}") from error
        known = by_identity.get(_identity(manifest), {})
        by_identity[_identity(manifest)] = _merged(known, manifest)
    return [_merged(obj, {}) for obj in by_identity.values()]


def _network() -> dict[str, Any]:
    """As the installer writes it without any wish: forwarding is restricted."""
    return {
        "apiVersion": "operator.openshift.io/v1",
        "kind": "Network",
        "metadata": {"name": "cluster"},
        "spec": {
            "managementState": "Managed",
            "clusterNetwork": [{"cidr": "10.128.0.0/14", "hostPrefix": 23}],
            "serviceNetwork": ["172.30.0.0/16"],
            "defaultNetwork": {
                "type": "OVNKubernetes",
                "ovnKubernetesConfig": {"gatewayConfig": {"ipForwarding": "Restricted", "routingViaHost": False}},
            },
        },
    }


def _network_available() -> dict[str, Any]:
    """cluster-network-operator's report: nothing is being rolled out."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    states = {"Available": "True", "Progressing": "False", "Degraded": "False", "Upgradeable": "True"}
    return {
        "apiVersion": "config.openshift.io/v1",
        "kind": "ClusterOperator",
        "metadata": {"name": "network"},
        "status": {
            "conditions": [
                {"type": kind, "status": status, "reason": "AsExpected", "message": "", "lastTransitionTime": now}
                for kind, status in states.items()
            ]
        },
    }


def _version(identity: str) -> dict[str, Any]:
    """cluster-version-operator's report: installed, and nothing else is wanted."""
    release = {"version": VERSION, "image": f"quay.io/openshift-release-dev/ocp-release:{VERSION}-x86_64"}
    return {
        "apiVersion": "config.openshift.io/v1",
        "kind": "ClusterVersion",
        "metadata": {"name": "version"},
        "spec": {"channel": "stable-4.18", "clusterID": identity},
        "status": {"desired": release, "history": [{**release, "state": "Completed", "verified": True}]},
    }


_CATALOG = {
    "apiVersion": "operators.coreos.com/v1alpha1",
    "kind": "CatalogSource",
    "metadata": {"name": "redhat-operators", "namespace": "openshift-marketplace"},
    "spec": {
        "sourceType": "grpc",
        "displayName": "Red Hat Operators",
        "publisher": "Red Hat",
        "image": "registry.redhat.io/redhat/redhat-operator-index:v4.18",
    },
}
# Namespace openshift-operators is meant for operators that watch all namespaces.
_GLOBAL_GROUP = {
    "apiVersion": "operators.coreos.com/v1",
    "kind": "OperatorGroup",
    "metadata": {"name": "global-operators", "namespace": "openshift-operators"},
    "spec": {"upgradeStrategy": "Default"},
}


def _identity(obj: Mapping[str, Any]) -> tuple[str, str, str, str]:
    metadata = obj["metadata"]
    return obj["apiVersion"], obj["kind"], metadata.get("namespace") or "", metadata["name"]


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Mappings merged, everything else of ``over`` instead."""
    merged = dict(base)
    for key, value in over.items():
        known = merged.get(key)
        merged[key] = _merged(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return merged
