"""``install-config.yaml``: what the cluster is. Fields and rules: agent-installer.md §1.1 and §1.4."""

from __future__ import annotations

from typing import Any

from network import Plan
from settings import Settings


def render(settings: Settings, plan: Plan, ssh_key: str) -> dict[str, Any]:
    """The document for platform ``baremetal`` with one API and one ingress VIP.

    ``ssh_key`` is the lab's own authorized_keys line; the settings' further keys follow it. The result holds the pull
    secret: treat it as secret.
    """
    compute: dict[str, Any] = {"name": "worker", "replicas": len(plan.workers)}
    return {
        "apiVersion": "v1",
        "baseDomain": plan.base_domain,
        "metadata": {"name": plan.cluster_name},
        "controlPlane": {"name": "master", "replicas": len(plan.masters)},
        "compute": [compute],
        "networking": {
            "networkType": "OVNKubernetes",
            "machineNetwork": [{"cidr": str(plan.networks["ocp"].cidr)}],
            "clusterNetwork": [{"cidr": "10.128.0.0/14", "hostPrefix": 23}],
            "serviceNetwork": ["172.30.0.0/16"],
        },
        "platform": {"baremetal": {"apiVIPs": [str(plan.api_vip)], "ingressVIPs": [str(plan.ingress_vip)]}},
        "pullSecret": settings.openshift.pull_secret.get_secret_value(),
        "sshKey": "\n".join((ssh_key, *settings.openshift.ssh_keys)),
    }
