"""``install-config.yaml``: what the cluster is. Fields and rules: agent-installer.md §1.1 and §1.4."""

from __future__ import annotations

from typing import Any

from network import Plan
from settings import OpenShift, Settings


def render(settings: Settings, plan: Plan, ssh_key: str) -> dict[str, Any]:
    """The document for platform ``baremetal`` with one API and one ingress VIP a family; for ``none`` if one master is
    the whole cluster, which the installer takes in no other way.

    ``ssh_key`` is the lab's own authorized_keys line; the settings' further keys follow it. The result holds the pull
    secret and perhaps a proxy's password: treat it as secret.
    """
    openshift = settings.openshift
    return {
        "apiVersion": "v1",
        "baseDomain": plan.base_domain,
        "metadata": {"name": plan.cluster_name},
        "controlPlane": {"name": "master", "replicas": len(plan.masters)},
        # Written out also when it is 0: the installer's default is 3.
        "compute": [{"name": "worker", "replicas": len(plan.workers)}],
        "networking": {
            "networkType": "OVNKubernetes",
            "machineNetwork": [{"cidr": str(subnet.cidr)} for subnet in plan.networks["ocp"].subnets],
            "clusterNetwork": [{"cidr": str(openshift.pod_network), "hostPrefix": openshift.pod_host_prefix}],
            "serviceNetwork": [str(openshift.service_network)],
        },
        "platform": _platform(plan),
        "pullSecret": openshift.registries,
        "sshKey": "\n".join((ssh_key, *openshift.ssh_keys)),
        **_proxy(openshift),
        **_mirrors(openshift),
        **_trust(openshift),
        **({"fips": True} if openshift.fips else {}),
        **_capabilities(openshift),
    }


def _platform(plan: Plan) -> dict[str, Any]:
    if plan.is_single_node:
        return {"none": {}}
    vips = {"apiVIPs": plan.api_vips, "ingressVIPs": plan.ingress_vips}
    return {"baremetal": {key: [str(vip) for vip in addresses] for key, addresses in vips.items()}}


def _proxy(openshift: OpenShift) -> dict[str, Any]:
    proxy = openshift.proxy
    section: dict[str, str] = {}
    if proxy.http is not None:
        section["httpProxy"] = proxy.http.get_secret_value()
    if proxy.https is not None:
        section["httpsProxy"] = proxy.https.get_secret_value()
    if proxy.no_proxy:
        # One text without spaces; the installer adds the machine network by itself.
        section["noProxy"] = ",".join(proxy.no_proxy)
    return {"proxy": section} if section else {}


def _mirrors(openshift: OpenShift) -> dict[str, Any]:
    sources = [{"source": mirror.source, "mirrors": list(mirror.mirrors)} for mirror in openshift.mirrors]
    return {"imageDigestSources": sources} if sources else {}


def _trust(openshift: OpenShift) -> dict[str, Any]:
    if openshift.trust_bundle is None:
        return {}
    behind_proxy = openshift.proxy.http is not None or openshift.proxy.https is not None
    # Without a proxy the installer's own default would leave the bundle unused, a mirror's authority with it.
    policy = openshift.trust_policy or ("Proxyonly" if behind_proxy else "Always")
    return {"additionalTrustBundle": openshift.trust_bundle, "additionalTrustBundlePolicy": policy}


def _capabilities(openshift: OpenShift) -> dict[str, Any]:
    capabilities = openshift.capabilities
    if capabilities.baseline == "vCurrent" and not capabilities.additional:
        return {}
    section: dict[str, Any] = {"baselineCapabilitySet": capabilities.baseline}
    if capabilities.additional:
        section["additionalEnabledCapabilities"] = list(capabilities.additional)
    return {"capabilities": section}
