"""What makes the operators work once they are installed: one object each (rhoso.md, S2 to S4)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from manifests.operators import NAMESPACE
from settings.openstack import LVMS_CLASS

_DEVICE_CLASS = LVMS_CLASS.removeprefix("lvms-")
_DATA_DISK = "/dev/vdb"
"""The data disk is every machine's second virtio disk. LVMS knows it by this path on all nodes alike; the disk has no
serial by which it could be found (agent-installer.md §3.4)."""


def nmstate() -> dict[str, Any]:
    """The one NMState; it is cluster-wide and needs no settings."""
    return {"apiVersion": "nmstate.io/v1", "kind": "NMState", "metadata": {"name": "nmstate"}, "spec": {}}


def metallb() -> dict[str, Any]:
    """MetalLB with its speakers on the nodes that OpenStack runs on: only those have the NIC to announce on."""
    return {
        "apiVersion": "metallb.io/v1beta1",
        "kind": "MetalLB",
        "metadata": {"name": "metallb", "namespace": "metallb-system"},
        "spec": {"nodeSelector": {"node-role.kubernetes.io/worker": ""}},
    }


def lvm_cluster() -> dict[str, Any]:
    """The one LVMCluster: a thin pool on each node's data disk, and the default StorageClass from it."""
    return {
        "apiVersion": "lvm.topolvm.io/v1alpha1",
        "kind": "LVMCluster",
        "metadata": {"name": "lvmcluster", "namespace": "openshift-lvm-storage"},
        "spec": {
            "storage": {
                "deviceClasses": [
                    {
                        "name": _DEVICE_CLASS,
                        "default": True,
                        "fstype": "xfs",
                        "deviceSelector": {"paths": [_DATA_DISK]},
                        "nodeSelector": {
                            "nodeSelectorTerms": [
                                {"matchExpressions": [{"key": "node-role.kubernetes.io/worker", "operator": "Exists"}]}
                            ]
                        },
                        "thinPoolConfig": {"name": "thin-pool", "sizePercent": 90, "overprovisionRatio": 10},
                    }
                ]
            }
        },
    }


def openstack() -> dict[str, Any]:
    """The OpenStack object that brings all other kinds (FR2 and later); FR2's takes no settings."""
    return {
        "apiVersion": "operator.openstack.org/v1beta1",
        "kind": "OpenStack",
        "metadata": {"name": "openstack", "namespace": NAMESPACE},
        "spec": {},
    }


def render(keys: Collection[str]) -> list[dict[str, Any]]:
    """Those of some operators, by their keys; none waits for another."""
    made = {"nmstate": nmstate, "metallb": metallb, "lvms": lvm_cluster, "openstack": openstack}
    return [make() for key, make in made.items() if key in keys]
