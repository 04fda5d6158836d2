"""OpenStackControlPlane: its conditions over time, what it leaves for others, what its webhook refuses."""

from __future__ import annotations

import base64
import copy
from collections.abc import Callable
from typing import Any

import pytest

from rehearsal.operators import control_plane
from rehearsal.operators.control_plane_services import SERVICES, condition_type
from rehearsal.operators.standin import Unmet, View
from rehearsal.operators.world import World
from tests.rehearsal_operators.openstack_lab import DNSMASQ, NAMESPACE, PLANE, SECRET, VERSION, Lab, lab

Change = Callable[[dict[str, Any]], Any]
STAND_IN = control_plane.STANDINS[0]


def up(lab: Lab) -> set[str]:
    return {kind for kind, entry in lab.conditions(PLANE).items() if entry["status"] == "True"}


def test_services_come_up_in_the_order_in_which_they_wait_for_each_other() -> None:
    made = lab()
    made.round()  # the operator of operators first: without it there is no version
    order: list[str] = []
    for _ in range(12):
        made.round()
        order += sorted(up(made) - set(order))
    names = [service.part for service in SERVICES if condition_type(service.part) in order]
    assert len(names) == 15, "not every service of the lab came up"
    for service in SERVICES:
        for other in service.after:
            if service.part in names:
                assert order.index(condition_type(other)) < order.index(condition_type(service.part))
    assert order[-1] == "Ready"


def test_the_first_word_is_that_nothing_was_started() -> None:
    made = lab()
    view = View(made.get(PLANE), "working")
    conditions = STAND_IN.status(view, made.world())["conditions"]
    assert {(entry["status"], entry["reason"]) for entry in conditions} == {("Unknown", "Init")}
    assert conditions[0]["type"] == "Ready"
    assert "OpenStackControlPlane RabbitMQ not started" in [entry["message"] for entry in conditions]


def test_ready_in_upstreams_words() -> None:
    made = lab().settle()
    conditions = made.get(PLANE)["status"]["conditions"]
    assert (conditions[0]["type"], conditions[0]["reason"], conditions[0]["message"]) == (
        "Ready",
        "Ready",
        "Setup complete",
    )
    assert [entry["type"] for entry in conditions[1:]] == sorted(entry["type"] for entry in conditions[1:])
    messages = {entry["type"]: entry["message"] for entry in conditions}
    assert messages["OpenStackControlPlaneDNSReadyCondition"] == "OpenStackControlPlane DNS completed"
    assert messages["OpenStackControlPlaneExposeNovaReady"] == "OpenStackControlPlane nova service exposed"
    assert messages["TopologyReady"] == "Topology config create completed"
    assert "OpenStackControlPlaneHeatReady" not in messages, "a service that is off has no condition"
    status = made.get(PLANE)["status"]
    assert status["deployedVersion"] == status["deployedOVNVersion"] == "18.0.7"
    assert status["observedGeneration"] == made.get(PLANE)["metadata"]["generation"]
    assert status["tls"]["caBundleSecretName"] == "combined-ca-bundle"


def test_while_it_works_it_is_not_ready() -> None:
    made = lab()
    made.phases["OpenStackControlPlane"] = "working"
    made.settle()
    assert made.message() == "OpenStackControlPlane Client in progress"
    assert "deployedVersion" not in made.get(PLANE)["status"]
    made.phases.clear()
    assert made.settle().is_ready()


def test_a_change_is_work_and_leaves_up_what_is_up() -> None:
    made = lab().settle()
    before = up(made)
    made.phases["OpenStackControlPlane"] = "working"
    spec = copy.deepcopy(made.get(PLANE)["spec"])
    spec["heat"] = {"enabled": True, "template": {"secret": "osp-secret"}}
    made.put({**made.get(PLANE), "spec": spec})
    made.round()
    status = made.get(PLANE)["status"]
    assert status["observedGeneration"] == 2
    assert status["deployedVersion"] == "18.0.7"
    assert before - up(made) == {"Ready", "OpenStackControlPlaneClientReady"}
    assert made.message("OpenStackControlPlaneHeatReady") == "OpenStackControlPlane Heat in progress"
    made.phases.clear()
    assert made.settle().is_ready()
    assert "OpenStackControlPlaneHeatReady" in up(made)


@pytest.mark.parametrize(
    ("problem", "part"), [("Nova: no space left", "Nova"), ("no space left", "Client"), ("CA of ours: bad", "Client")]
)
def test_a_failure_is_an_error_of_one_part(problem: str, part: str) -> None:
    made = lab().settle()
    conditions = STAND_IN.status(View(made.get(PLANE), "failed", problem=problem), made.world())["conditions"]
    wrong = [entry for entry in conditions if entry["reason"] == "Error"]
    text = problem.removeprefix("Nova: ")
    assert [entry["type"] for entry in wrong] == ["Ready", condition_type(part)]
    assert wrong[0]["message"] == f"OpenStackControlPlane {part} error occured {text}"
    assert wrong[0]["severity"] == "Warning"


def test_a_need_that_was_made_up_is_told_too() -> None:
    made = lab().settle()
    view = View(made.get(PLANE), "waiting", (Unmet("Cinder: the moon is full"), Unmet("nobody knows why")))
    conditions = {entry["type"]: entry for entry in STAND_IN.status(view, made.world())["conditions"]}
    cinder, client = conditions["OpenStackControlPlaneCinderReady"], conditions["OpenStackControlPlaneClientReady"]
    assert cinder["message"] == "OpenStackControlPlane Cinder in progress: the moon is full"
    assert client["message"] == "OpenStackControlPlane Client in progress: nobody knows why"


def test_without_its_name_server_it_is_not_ready() -> None:
    made = lab()
    made.phases["DNSMasq"] = "working"
    assert made.settle().message() == "OpenStackControlPlane DNS in progress"
    made.phases.clear()
    assert made.settle().is_ready()


def test_without_a_version_nothing_is_deployed() -> None:
    made = lab()
    made.phases["OpenStack"] = "working"  # so there is no version to begin with
    made.settle()
    assert VERSION not in made.objects
    assert not made.is_ready()
    made.phases.clear()
    assert made.settle().is_ready()


PRODUCTS = [
    ("Secret", "combined-ca-bundle", "tls-ca-bundle.pem"),
    ("Secret", "rootca-internal", "ca.crt"),
    ("Secret", "openstack-config-secret", "secure.yaml"),
    ("ConfigMap", "openstack-config", "clouds.yaml"),
    ("ConfigMap", "ovncontroller-config", "ovsdb-config"),
    ("Secret", "nova-cell1-compute-config", "01-nova.conf"),
    ("Secret", "nova-metadata-neutron-config", "05-nova-metadata.conf"),
    ("Secret", "neutron-ovn-metadata-agent-neutron-config", "10-neutron-metadata.conf"),
    ("Secret", "ceilometer-compute-config-data", "ceilometer.conf"),
    ("Secret", "swift-conf", "swift.conf"),
]


@pytest.mark.parametrize(("kind", "name", "key"), PRODUCTS)
def test_what_others_read_is_there(kind: str, name: str, key: str) -> None:
    made = lab()
    made.round()
    assert (kind, name, NAMESPACE) not in made.objects
    made.settle()
    assert key in made.get((kind, name, NAMESPACE))["data"]


def test_passwords_reach_computes_and_clients() -> None:
    def told(made: Lab, name: str, key: str) -> str:
        return base64.b64decode(made.get(("Secret", name, NAMESPACE))["data"][key]).decode()

    made = lab().settle()
    inputs = STAND_IN.inputs(made.get(PLANE), made.world())
    assert "password = value of NovaPassword" in told(made, "nova-cell1-compute-config", "01-nova.conf")
    assert "password: value of AdminPassword" in told(made, "openstack-config-secret", "secure.yaml")

    made.get(SECRET)["data"]["NovaPassword"] = base64.b64encode(b"new").decode()
    assert STAND_IN.inputs(made.get(PLANE), made.world()) != inputs, "a new password is no work"
    made.settle()
    assert "password = new" in told(made, "nova-cell1-compute-config", "01-nova.conf")


def test_a_password_that_nobody_reads_is_no_work() -> None:
    made = lab().settle()
    inputs = STAND_IN.inputs(made.get(PLANE), made.world())
    made.get(SECRET)["data"]["IronicPassword"] = base64.b64encode(b"new").decode()
    assert STAND_IN.inputs(made.get(PLANE), made.world()) == inputs


def test_services_that_are_off_leave_nothing() -> None:
    made = lab()
    made.spec("telemetry")["enabled"] = False
    made.spec("swift")["enabled"] = False
    made.spec("ovn", "template", "ovnDBCluster", "ovndbcluster-sb").pop("networkAttachment")
    made.settle()
    assert made.is_ready()
    for kind, name in [
        ("Secret", "ceilometer-compute-config-data"),
        ("Secret", "swift-conf"),
        ("ConfigMap", "ovncontroller-config"),
    ]:
        assert (kind, name, NAMESPACE) not in made.objects


def test_the_name_server_is_the_one_of_the_spec() -> None:
    made = lab().settle()
    spec = made.get(DNSMASQ)["spec"]
    assert spec["options"] == made.spec("dns", "template")["options"]
    assert spec["topologyRef"] == {"name": "spread"}
    status = made.get(DNSMASQ)["status"]
    assert status["dnsAddresses"] == ["192.168.131.80"]
    assert status["readyCount"] == 2
    assert made.is_ready(DNSMASQ)


def test_the_name_server_waits_for_its_address() -> None:
    made = lab().settle()
    made.drop("IPAddressPool.metallb.io", "ctlplane", "metallb-system")
    made.settle()
    conditions = made.conditions(DNSMASQ)
    assert "IPAddressPool ctlplane is missing" in conditions["CreateServiceReady"]["message"]
    assert conditions["DeploymentReady"]["status"] == "Unknown"
    assert conditions["Ready"]["message"] == conditions["CreateServiceReady"]["message"]
    assert made.get(DNSMASQ)["status"]["dnsAddresses"] == ["192.168.131.80"], "a Service keeps its address"


def off(name: str) -> Change:
    return lambda spec: spec[name].update(enabled=False)


def at(*path: str, **changes: Any) -> Change:
    def change(spec: dict[str, Any]) -> None:
        found = spec
        for key in path:
            found = found[key]
        found.update(changes)

    return change


REFUSED: list[tuple[Change, str]] = [
    (off("memcached"), "spec.keystone.enabled: Invalid value: true: Keystone requires these services to be enabled: "),
    (off("glance"), "Nova requires these services to be enabled: Galera, Memcached, RabbitMQ, Keystone, Glance, "),
    (off("rabbitmq"), "spec.telemetry.template.ceilometer.enabled: Invalid value: true: Telemetry.Ceilometer requires"),
    (at("telemetry", "template", autoscaling={"enabled": True}), "Telemetry.Autoscaling requires these services"),
    (at("glance", "template", customServiceConfig=""), "split cannot be used in combination with File"),
    (at("glance", "template", "glanceAPIs", "default", type="single"), "single can only be used in combination with"),
    (at("glance", "template", keystoneEndpoint="other"), "KeystoneEndpoint is assigned to an invalid GlanceAPI"),
    (lambda spec: spec["nova"]["template"]["cellTemplates"].pop("cell0"), "cell0 specification is missing"),
    (at("nova", "template", "cellTemplates", cell2={"cellMessageBusInstance": "rabbitmq-cell1"}), "with cell: cell1"),
    (
        at("nova", "template", "cellTemplates", "cell1", metadataServiceTemplate={"enabled": True}),
        "should be false as metadata is enabled on the top level too",
    ),
    (at("galera", "templates", Main={}), 'spec.galera.templates: Invalid value: "Main"'),
    (at("rabbitmq", "templates", **{"b" * 53: {}}), "label of at most 52 characters"),
    (at("keystone", "template", "override", service={"admin": {}}), "invalid endpoint type: admin"),
    (at("topologyRef", namespace="other"), "Customizing namespace field is not supported"),
]


@pytest.mark.parametrize(("change", "reason"), REFUSED)
def test_the_webhook_refuses(change: Change, reason: str) -> None:
    obj = copy.deepcopy(lab().get(PLANE))
    assert STAND_IN.refuses("CREATE", obj, None, World()) is None
    change(obj["spec"])
    assert reason in (STAND_IN.refuses("CREATE", obj, None, World()) or "")
    assert reason in (STAND_IN.refuses("UPDATE", obj, obj, World()) or "")
    assert STAND_IN.refuses("DELETE", obj, obj, World()) is None


def test_there_is_one_control_plane_in_a_namespace() -> None:
    made = lab()
    other = copy.deepcopy(made.get(PLANE))
    other["metadata"]["name"] = "other"
    assert "Only one OpenStackControlPlane" in (STAND_IN.refuses("CREATE", other, None, made.world()) or "")
    assert STAND_IN.refuses("CREATE", made.get(PLANE), None, made.world()) is None
    other["metadata"]["namespace"] = "elsewhere"
    assert STAND_IN.refuses("CREATE", other, None, made.world()) is None


def test_some_things_cannot_be_changed_back() -> None:
    old = lab().get(PLANE)
    new = copy.deepcopy(old)
    new["spec"]["swift"]["template"]["swiftStorage"]["replicas"] = 2
    assert "SwiftStorage does not support scale-in" in (STAND_IN.refuses("UPDATE", new, old, World()) or "")
    assert STAND_IN.refuses("UPDATE", old, new, World()) is None
    new = copy.deepcopy(old)
    new["spec"]["glance"]["template"].update(customServiceConfig="")
    new["spec"]["glance"]["template"]["glanceAPIs"]["default"].update(type="single")
    assert "layout (type) cannot be modified" in (STAND_IN.refuses("UPDATE", new, old, World()) or "")
