"""The operators of OpenStack on a real API server: from their Subscriptions to a control plane of another version.

The server checks what they write against upstream's definitions, and asks their webhooks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from rehearsal.cluster.kube import KubeError
from tests.api.examples import rendered
from tests.rehearsal_operators.openstack_lab import lab
from tests.rehearsal_operators.server import Cluster

pytestmark = pytest.mark.rehearsal

OLM, CORE, NETWORK = "operators.coreos.com/v1alpha1", "core.openstack.org/v1beta1", "network.openstack.org/v1beta1"
OPERATORS, OPENSTACK, NAME = "openstack-operators", "openstack", "openstack-control-plane"
PATIENCE = 180.0  # seconds; some thirty definitions are taken up meanwhile
INIT = {
    "apiVersion": "operator.openstack.org/v1beta1",
    "kind": "OpenStack",
    "metadata": {"name": "openstack", "namespace": OPERATORS},
    "spec": {},
}


def merge(cluster: Cluster, obj: Mapping[str, Any], spec: Mapping[str, Any]) -> None:
    """Change the spec as somebody else than the stand-ins. Raises KubeError."""
    metadata = obj["metadata"]
    path = cluster.kube.resource_of(obj["apiVersion"], obj["kind"]).path(metadata.get("namespace"), metadata["name"])
    cluster.kube.request("PATCH", path, {"spec": spec}, "application/merge-patch+json")


def subscribed(namespace: str, package: str, **spec: str) -> Iterator[dict[str, Any]]:
    yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
    metadata = {"name": package, "namespace": namespace}
    yield {"apiVersion": "operators.coreos.com/v1", "kind": "OperatorGroup", "metadata": metadata, "spec": {}}
    wanted = {"name": package, "source": "redhat-operators", "sourceNamespace": "openshift-marketplace", **spec}
    yield {"apiVersion": OLM, "kind": "Subscription", "metadata": metadata, "spec": wanted}


def approve(cluster: Cluster, csv: str) -> None:
    """Install exactly this version of OpenStack's operator."""

    def plan() -> dict[str, Any] | None:
        plans = cluster.kube.request("GET", f"/apis/{OLM}/namespaces/{OPERATORS}/installplans")["items"]
        return next((item for item in plans if item["spec"]["clusterServiceVersionNames"] == [csv]), None)

    found = cluster.eventually(f"a plan for {csv}", plan, PATIENCE)
    merge(cluster, {"apiVersion": OLM, "kind": "InstallPlan", **found}, {"approved": True})

    def succeeded() -> bool:
        made = cluster.get(OLM, "ClusterServiceVersion", csv, OPERATORS) or {}
        return bool((made.get("status") or {}).get("phase") == "Succeeded")

    cluster.eventually(f"{csv} succeeded", succeeded, PATIENCE)


def ready(cluster: Cluster, api_version: str, kind: str, name: str, namespace: str) -> dict[str, Any] | None:
    """The object once it is Ready for what it was last asked for."""
    found = cluster.get(api_version, kind, name, namespace)
    if found is None or cluster.condition(found, "Ready").get("status") != "True":
        return None
    return found if found["status"]["observedGeneration"] == found["metadata"]["generation"] else None


def plain(value: Any) -> Any:
    """Without load balancers, for which there is no MetalLB here."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if key != "override"}
    return value


def control_plane() -> dict[str, Any]:
    """The lab's, as far as a cluster without guests and FR2's definitions can have it."""
    [made] = [item for item in rendered("lab", "fr2") if item["kind"] == "OpenStackControlPlane"]
    spec = plain(made["spec"])
    spec["cinder"]["template"].pop("cinderVolumes")  # the nodes were installed without iSCSI
    return {"apiVersion": CORE, "kind": made["kind"], "metadata": {"name": NAME, "namespace": OPENSTACK}, "spec": spec}


def surroundings() -> Iterator[dict[str, Any]]:
    """What the control plane needs but for its Secret; networks that need nothing of a node."""
    yield {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": "lvms-local-storage"},
        "provisioner": "nfs.example.com",
    }
    metadata = {"name": "spread", "namespace": OPENSTACK}
    yield {"apiVersion": "topology.openstack.org/v1beta1", "kind": "Topology", "metadata": metadata, "spec": {}}
    for name in ("ctlplane", "internalapi", "storage", "tenant"):
        yield {
            "apiVersion": "k8s.cni.cncf.io/v1",
            "kind": "NetworkAttachmentDefinition",
            "metadata": {"name": name, "namespace": OPENSTACK},
            "spec": {"config": json.dumps({"name": name, "type": "bridge"})},
        }


def secret() -> dict[str, Any]:
    made = lab().get(("Secret", "osp-secret", OPENSTACK))
    metadata = {"name": "osp-secret", "namespace": OPENSTACK}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": made["data"]}


def test_from_subscriptions_to_another_version(cluster: Cluster) -> None:
    cluster.apply(*subscribed("cert-manager-operator", "openshift-cert-manager-operator", channel="stable-v1"))
    pinned = {"installPlanApproval": "Manual", "startingCSV": "openstack-operator.v1.0.7"}
    cluster.apply(*subscribed(OPERATORS, "openstack-operator", channel="stable-v1.0", **pinned))
    approve(cluster, "openstack-operator.v1.0.7")

    # The init object brings the kinds.
    assert (
        cluster.get("apiextensions.k8s.io/v1", "CustomResourceDefinition", "netconfigs.network.openstack.org") is None
    )
    cluster.apply(INIT)
    where = INIT["apiVersion"], "OpenStack", "openstack", OPERATORS
    init = cluster.eventually("initialised", lambda: ready(cluster, *map(str, where)), PATIENCE)
    assert init["status"]["containerImage"].endswith(":1.0.7")
    for name in ("openstack-operator", "openstack-baremetal-operator", "infra-operator"):
        endpoints = cluster.get("v1", "Endpoints", f"{name}-webhook-service", OPERATORS)
        assert endpoints is not None
        assert endpoints["subsets"][0]["addresses"]

    # Its webhooks are asked.
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": OPENSTACK}}, *surroundings())
    wrong = control_plane()
    wrong["spec"]["memcached"]["enabled"] = False
    with pytest.raises(KubeError, match="Keystone requires these services to be enabled: Galera, Memcached, RabbitMQ"):
        cluster.apply(wrong)
    network = {"name": "ctlplane", "dnsDomain": "lab", "subnets": []}
    config = {"apiVersion": NETWORK, "kind": "NetConfig", "metadata": {"name": "netconfig", "namespace": OPENSTACK}}
    with pytest.raises(KubeError, match="DNSDoman name lab is not valid"):
        cluster.apply({**config, "spec": {"networks": [network]}})

    # Without its Secret it says so; with it, it is ready.
    cluster.apply(control_plane())

    def plane() -> dict[str, Any] | None:
        return cluster.get(CORE, "OpenStackControlPlane", NAME, OPENSTACK)

    def message(kind: str) -> str:
        return str(cluster.condition(plane(), kind).get("message"))

    cluster.eventually(
        "told what is missing",
        lambda: "Secret osp-secret is missing" in message("OpenStackControlPlaneKeystoneAPIReady"),
        PATIENCE,
    )
    assert cluster.condition(plane(), "Ready")["status"] == "False"
    cluster.apply(secret())

    def deployed(version: str) -> dict[str, Any] | None:
        found = ready(cluster, CORE, "OpenStackControlPlane", NAME, OPENSTACK)
        return found if found and found["status"].get("deployedVersion") == version else None

    cluster.eventually("deployed", lambda: deployed("18.0.7"), PATIENCE)
    for name in ("nova-cell1-compute-config", "combined-ca-bundle", "openstack-config-secret"):
        assert cluster.get("v1", "Secret", name, OPENSTACK) is not None
    assert ready(cluster, NETWORK, "DNSMasq", "dns", OPENSTACK) is not None

    def version() -> dict[str, Any]:
        return cluster.get(CORE, "OpenStackVersion", NAME, OPENSTACK) or {}

    cluster.eventually(
        "the version is known", lambda: (version().get("status") or {}).get("deployedVersion") == "18.0.7", PATIENCE
    )
    with pytest.raises(KubeError, match="must be in the list of current or previous available versions"):
        merge(cluster, version(), {"targetVersion": "18.0.16"})

    # Another version of the operator offers another version of OpenStack, which it then is.
    approve(cluster, "openstack-operator.v1.0.16")
    cluster.eventually("offered", lambda: cluster.condition(version(), "MinorUpdateAvailable"), PATIENCE)
    assert version()["spec"] == {"targetVersion": "18.0.7"}
    merge(cluster, version(), {"targetVersion": version()["status"]["availableVersion"]})
    cluster.eventually("updated", lambda: deployed("18.0.16"), PATIENCE)
    cluster.eventually("told", lambda: version()["status"].get("deployedVersion") == "18.0.16", PATIENCE)

    # Its own things go with it.
    cluster.delete(CORE, "OpenStackControlPlane", NAME, OPENSTACK)
    cluster.eventually("gone", lambda: plane() is None, PATIENCE)
    cluster.eventually("its version too", lambda: not version(), PATIENCE)
    cluster.eventually("and DNS", lambda: cluster.get(NETWORK, "DNSMasq", "dns", OPENSTACK) is None, PATIENCE)
    mine = ("OpenStack", "DNSMasq", "NetConfig")
    trouble = [line for line in cluster.log.splitlines() if "refused:" in line or "defect" in line]
    assert not [line for line in trouble if any(kind in line for kind in mine)], "\n".join(trouble)
