"""The JSON document: what the program builds is what the gate reads, and mistakes in it are named."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest

from readiness import model, reader, spec
from readiness.errors import ConfigurationError

API = spec.api("https://192.168.130.5:6443", "CA", "CERT", "KEY", tls_server_name="api.lab.example.com")


def test_everything_that_spec_can_build_is_read_back_as_the_same_thing() -> None:
    failing = [spec.failure("Degraded", "True")]
    checks = [
        spec.exists("a", "/a"),
        spec.has_condition("b", "/b", spec.condition("Ready", "False", failing, observed_generation=False)),
        spec.field("c", "/c", "status.phase", "Succeeded", ["Failed"], "status.message"),
        spec.members("Node", "/d", ["x", "y"]),
        spec.crd("netconfigs.network.openstack.org"),
        spec.nodes(["m"]),
        spec.csv("sub", "ns", "x.v1", grace=5),
        spec.csv("sub", "ns"),
        spec.endpoints("webhook", "ns"),
        spec.pods("speakers", "ns", {"component": "speaker"}, 10),
        spec.job("smoke", "ns"),
        spec.policies(["worker-0"]),
        spec.interfaces("worker-0", {"enp2s0": "52:be:ef:00:00:0a"}),
        spec.lvm_cluster("lab", "ns"),
        spec.data_plane_deployment("edpm-1", "ns"),
        spec.no_running_deployment("ns"),
        spec.control_plane("plane", "ns", update_follows=True),
        spec.control_plane("plane", "ns", update_follows=False),
        spec.accepts("IPAddressPools", "/e", {"kind": "IPAddressPool"}),
        spec.release("/f", "v1beta1", "fr2", {"fr2": ["spec.a.*.b"], "fr3": []}),
    ]
    document = reader.read(spec.document("layer", API, checks, 600))
    crd_path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/netconfigs.network.openstack.org"
    assert document.wait == (
        model.Exists("a", "/a"),
        model.ObjectCondition(
            "b", "/b", model.Condition("Ready", "False", (model.Failure("Degraded", "True"),), False)
        ),
        model.Field("c", "/c", "status.phase", "Succeeded", ("Failed",), "status.message"),
        model.Members("Node", "/d", ("x", "y")),
        model.ObjectCondition("CRD netconfigs.network.openstack.org", crd_path, model.Condition("Established")),
        model.Members("Node", "/api/v1/nodes", ("m",), model.Condition("Ready")),
        model.Csv("Subscription sub", "ns", "sub", "x.v1", 5),
        model.Csv("Subscription sub", "ns", "sub", None, 60),
        model.Endpoints("Service webhook", "ns", "webhook"),
        model.Pods("speakers", "ns", {"component": "speaker"}, 10),
        model.Job("Job smoke", "ns", "smoke"),
        model.Policies("NNCP", ("worker-0",), 15),
        model.Interfaces("NICs of worker-0", "worker-0", {"enp2s0": "52:be:ef:00:00:0a"}),
        model.LvmCluster("LVMCluster lab", "ns", "lab", 60),
        model.DataPlaneDeployment("OpenStackDataPlaneDeployment edpm-1", "ns", "edpm-1"),
        model.NoRunningDeployment("OpenStackDataPlaneDeployments", "ns"),
        model.ControlPlane("OpenStackControlPlane plane", "ns", "plane", True),
        model.ControlPlane("OpenStackControlPlane plane", "ns", "plane", False),
        model.Accepts("IPAddressPools", "/e", {"kind": "IPAddressPool"}),
        model.Release("openstack.release fr2", "/f", "v1beta1", "fr2", {"fr2": ("spec.a.*.b",), "fr3": ()}),
    )
    assert (document.what, document.timeout) == ("layer", 600)
    assert document.api == model.Api(
        "https://192.168.130.5:6443", "CA", "CERT", "KEY", tls_server_name="api.lab.example.com"
    )


def test_paths_follow_the_rest_scheme() -> None:
    assert spec.path("v1", "nodes", "master-0") == "/api/v1/nodes/master-0"
    assert spec.path("v1", "secrets", namespace="openstack") == "/api/v1/namespaces/openstack/secrets"
    assert spec.path("apps/v1", "deployments", "d", "ns") == "/apis/apps/v1/namespaces/ns/deployments/d"


def test_access_is_taken_from_the_current_context_of_a_kubeconfig() -> None:
    def data(text: str) -> str:
        return base64.b64encode(text.encode()).decode()

    kubeconfig: dict[str, Any] = {
        "current-context": "admin",
        "contexts": [
            {"name": "other", "context": {"cluster": "?", "user": "?"}},
            {"name": "admin", "context": {"cluster": "lab", "user": "system:admin"}},
        ],
        "clusters": [
            {
                "name": "lab",
                "cluster": {
                    "server": "https://192.168.130.5:6443",
                    "tls-server-name": "api.lab.example.com",
                    "certificate-authority-data": data("CA"),
                },
            }
        ],
        "users": [
            {
                "name": "system:admin",
                "user": {"client-certificate-data": data("CERT"), "client-key-data": data("KEY")},
            }
        ],
    }
    assert spec.api_from_kubeconfig(kubeconfig) == API
    del kubeconfig["clusters"][0]["cluster"]["certificate-authority-data"]
    assert spec.api_from_kubeconfig(kubeconfig) == {**API, "ca": None}


@pytest.mark.parametrize(
    ("broken", "complaint"),
    [
        ({"what": 7}, "document.what must be text"),
        ({"timeout": "600"}, "document.timeout must be a number"),
        ({"wait": []}, "'wait' is empty"),
        ({"retries": 3}, "document has unknown keys: retries"),
        ({"api": {**API, "server": "http://x"}}, "api.server must start with https://"),
        ({"api": {**API, "key": None}}, "api.cert and api.key go together"),
        ({"wait": [{"kind": "magic", "name": "a", "path": "/a"}]}, "wait[0].kind is none of"),
        ({"wait": [{"kind": "exists", "name": "a"}]}, "wait[0] lacks 'path'"),
        ({"wait": [{**spec.pods("a", "ns", {"b": "c"}, 1), "count": 1.5}]}, "wait[0].count must be a whole number"),
        ({"wait": [spec.pods("a", "ns", {}, 1)]}, "wait[0].selector is empty"),
        ({"wait": [{**spec.interfaces("w", {"a": "b"}), "macs": {"a": 7}}]}, "wait[0].macs must be an object of texts"),
        (
            {"wait": [{**spec.control_plane("a", "ns", True), "update_follows": 1}]},
            "wait[0].update_follows must be true or false",
        ),
        ({"wait": [{**spec.accepts("a", "/a", {}), "manifest": "kind: A"}]}, "wait[0].manifest must be an object"),
        ({"wait": [spec.accepts("a", "/a?x", {})]}, "wait[0].path must be a path without a query"),
        ({"wait": [spec.accepts("a", "/a#x", {})]}, "wait[0].path must be a path without a query"),
        (
            {"wait": [{"kind": "condition", "name": "a", "path": "/a", "condition": {"type": "Ready"}}]},
            "wait[0].condition lacks 'status'",
        ),
    ],
)
def test_a_mistake_in_the_document_is_named(broken: dict[str, Any], complaint: str) -> None:
    document = {**spec.document("layer", API, [spec.exists("a", "/a")], 600), **broken}
    with pytest.raises(ConfigurationError, match=re.escape(complaint)):
        reader.read(document)
