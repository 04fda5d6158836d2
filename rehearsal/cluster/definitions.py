"""Definitions of OpenShift's own kinds that no Go module of the engine brings, as small as they can be.

Names, scope and the fields that are used here are openshift/api's (config/v1, machineconfiguration/v1) and
metal3-io/baremetal-operator's; everything else in them is accepted unread.
"""

from __future__ import annotations

from typing import Any


def minimal(
    group: str, kind: str, plural: str, version: str = "v1", *, namespaced: bool = False, status: bool = True
) -> dict[str, Any]:
    """A CustomResourceDefinition that takes any ``spec`` and ``status``."""
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    properties = {"spec": anything, **({"status": anything} if status else {})}
    entry: dict[str, Any] = {
        "name": version,
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": {"type": "object", "properties": properties}},
    }
    if status:
        entry["subresources"] = {"status": {}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "names": {"kind": kind, "listKind": f"{kind}List", "plural": plural, "singular": kind.lower()},
            "scope": "Namespaced" if namespaced else "Cluster",
            "versions": [entry],
        },
    }


OPENSHIFT = (
    minimal("config.openshift.io", "ClusterOperator", "clusteroperators"),
    minimal("config.openshift.io", "ClusterVersion", "clusterversions"),
    minimal("machineconfiguration.openshift.io", "MachineConfig", "machineconfigs", status=False),
    # The baremetal capability's: openstack-baremetal-operator does not come up without it.
    minimal("metal3.io", "BareMetalHost", "baremetalhosts", "v1alpha1", namespaced=True),
)
