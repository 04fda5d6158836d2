"""Builders of the checks that know one kind of object well; imported through :mod:`readiness.spec`.

What "ready" means for each kind is in the module that judges it (``olm``, ``workloads``, ``admission``, ``nmstate``,
``storage``, ``release``, ``control_plane``, ``data_plane``). ``grace`` is in seconds: how long a failure that its
controller tries to mend must last to be the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

GRACE = 60.0
POLICY_GRACE = 15.0


def csv(subscription: str, namespace: str, csv: str | None = None, grace: float = GRACE) -> dict[str, Any]:
    """OLM has installed what the Subscription asks for, and that ClusterServiceVersion has Succeeded.

    ``csv`` pins one: "openstack-operator.v1.0.7" must be installed, whatever newer one waits for approval.
    """
    return {
        "kind": "csv",
        "name": f"Subscription {subscription}",
        "namespace": namespace,
        "subscription": subscription,
        "csv": csv,
        "grace": grace,
    }


def endpoints(service: str, namespace: str) -> dict[str, Any]:
    """The Service is there and has an address that is ready; whether a webhook answers there, ``accepts`` tells."""
    return {"kind": "endpoints", "name": f"Service {service}", "namespace": namespace, "service": service}


def accepts(name: str, path: str, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The API server would take an object like ``manifest``: every webhook on the way answers, whatever it says.

    ``path`` is that of the list ("/apis/metallb.io/v1beta1/namespaces/metallb-system/ipaddresspools"), ``name`` is for
    messages: "IPAddressPools". The object is offered in a dry run, and made by nobody.
    """
    return {"kind": "accepts", "name": name, "path": path, "manifest": dict(manifest)}


def pods(name: str, namespace: str, selector: Mapping[str, str], count: int) -> dict[str, Any]:
    """At least ``count`` pods with the labels ``selector``, and all of them Ready.

    ``name`` is for messages: "MetalLB's speakers". Pods that have ended or are on their way out don't count: their
    controller has made others, or will.
    """
    return {"kind": "pods", "name": name, "namespace": namespace, "selector": dict(selector), "count": count}


def ended_pods(name: str, namespace: str, selector: Mapping[str, str]) -> dict[str, Any]:
    """The pods with the labels ``selector`` have run to their end, and every one Succeeded; a failed one is the end.

    For kinds whose own conditions only say that their pods have ended (test-operator's Tempest).
    """
    return {"kind": "ended_pods", "name": name, "namespace": namespace, "selector": dict(selector)}


def policies(names: Iterable[str], grace: float = POLICY_GRACE) -> dict[str, Any]:
    """NodeNetworkConfigurationPolicies are configured on the nodes that they select."""
    return {"kind": "policies", "name": "NNCP", "names": list(names), "grace": grace}


def interfaces(node: str, macs: Mapping[str, str]) -> dict[str, Any]:
    """The node has each NIC under its planned name: ``macs`` maps the name of a NIC to its MAC, or to "" where that is
    not known: then nothing else may hang on the NIC."""
    return {"kind": "interfaces", "name": f"NICs of {node}", "node": node, "macs": dict(macs)}


def lvm_cluster(name: str, namespace: str, grace: float = GRACE) -> dict[str, Any]:
    """The LVMCluster has a volume group on every node that it selects."""
    return {
        "kind": "lvm_cluster",
        "name": f"LVMCluster {name}",
        "namespace": namespace,
        "cluster": name,
        "grace": grace,
    }


def control_plane(name: str, namespace: str, update_follows: bool) -> dict[str, Any]:
    """The OpenStackControlPlane is Ready.

    ``update_follows``: a later step goes on with a minor update that an earlier run has left under way, and judges it.
    The control plane cannot be Ready before, so that such an update (OpenStackVersion: a deployedVersion other than the
    targetVersion) counts as ready here; the result says so.
    """
    return {
        "kind": "control_plane",
        "name": f"OpenStackControlPlane {name}",
        "namespace": namespace,
        "control_plane": name,
        "update_follows": update_follows,
    }


def release(path: str, version: str, release: str, fields: Mapping[str, Iterable[str]]) -> dict[str, Any]:
    """The definition at ``path`` has the fields that are written for ``release``; ``fields`` by release, oldest first:
    "spec.nova.template.cellTemplates.*.messagingBus"."""
    return {
        "kind": "release",
        "name": f"openstack.release {release}",
        "path": path,
        "version": version,
        "release": release,
        "fields": {name: list(known) for name, known in fields.items()},
    }


def data_plane_deployment(name: str, namespace: str) -> dict[str, Any]:
    """The OpenStackDataPlaneDeployment has run every service on every node of its node sets."""
    return {
        "kind": "data_plane_deployment",
        "name": f"OpenStackDataPlaneDeployment {name}",
        "namespace": namespace,
        "deployment": name,
    }


def no_running_deployment(namespace: str) -> dict[str, Any]:
    """No OpenStackDataPlaneDeployment is running: all are deployed or have failed for good.

    Needed before a change of a NodeSet, which its webhook refuses while one runs (rhoso.md §4.2).
    """
    return {"kind": "no_running_deployment", "name": "OpenStackDataPlaneDeployments", "namespace": namespace}


def job(name: str, namespace: str) -> dict[str, Any]:
    """The batch/v1 Job is Complete."""
    return {"kind": "job", "name": f"Job {name}", "namespace": namespace, "job": name}
