"""Each need of OpenStackControlPlane, left out alone: its service's own condition names it, and nothing else is held
up but what waits for that service; put back, all is ready."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rehearsal.operators import control_plane_needs
from rehearsal.operators.control_plane_services import condition_type
from rehearsal.operators.world import World
from tests.rehearsal_operators.openstack_lab import NAMESPACE, PLANE, SECRET, Lab, csv, lab, sentences

Spoil = Callable[[Lab], Any]
NAD = "NetworkAttachmentDefinition.k8s.cni.cncf.io"
POOL, ADVERTISEMENT = "IPAddressPool.metallb.io", "L2Advertisement.metallb.io"
STATE = "NodeNetworkState.nmstate.io"
MACHINE_CONFIG = "MachineConfig.machineconfiguration.openshift.io"


def without_key(key: str) -> Spoil:
    return lambda lab: lab.get(SECRET)["data"].pop(key)


def with_value(key: str, text: str) -> Spoil:
    return lambda lab: lab.get(SECRET)["data"].update({key: base64.b64encode(text.encode()).decode()})


def without(*key: str) -> Spoil:
    return lambda lab: lab.drop(*key)


def section(*path: str, **changes: Any) -> Spoil:
    """Changes a mapping of the spec."""
    return lambda lab: lab.spec(*path).update(changes)


def annotated(*path: str, **changes: str) -> Spoil:
    """Changes annotations of a load balancer; "_" in a name stands for "-"."""
    named = {f"metallb.universe.tf/{key.replace('_', '-')}": value for key, value in changes.items()}
    return lambda lab: lab.spec(*path, "metadata", "annotations").update(named)


def interfaces(worker: str, change: Callable[[dict[str, dict[str, Any]]], Any]) -> Spoil:
    """Changes what a node tells of its interfaces."""

    def spoil(lab: Lab) -> None:
        state = lab.get((STATE, worker, None))["status"]["currentState"]
        by_name = {entry["name"]: entry for entry in state["interfaces"]}
        change(by_name)
        state["interfaces"] = list(by_name.values())

    return spoil


def everywhere(name: str) -> Spoil:
    """No node has the interface."""

    def spoil(lab: Lab) -> None:
        for number in range(10):
            interfaces(f"worker-{number}", lambda found: found.pop(name))(lab)

    return spoil


def disks(*workers: str) -> Spoil:
    """Only these have one."""

    def spoil(lab: Lab) -> None:
        cluster = lab.get(("LVMCluster.lvm.topolvm.io", "lvmcluster", "openshift-lvm-storage"))
        nodes = [{"node": name, "status": "Ready"} for name in workers]
        cluster["status"]["deviceClassStatuses"][0]["nodeStatus"] = nodes

    return spoil


def master_of(name: str, master: str) -> Spoil:
    def spoil(lab: Lab) -> None:
        spec = lab.get((NAD, name, NAMESPACE))["spec"]
        spec["config"] = json.dumps({**json.loads(spec["config"]), "master": master})

    return spoil


KEYSTONE = ("keystone", "template", "override", "service", "internal")
BUS = ("rabbitmq", "templates", "rabbitmq", "override", "service")
DNS = ("dns", "template", "override", "service")
CERT_MANAGER = "ClusterServiceVersion.operators.coreos.com", "cert-manager-operator.v1.15.0", "openstack-operators"

NEEDS: list[tuple[str, Spoil, str, str]] = [
    ("osp-secret", without(*SECRET), "KeystoneAPI", "Secret osp-secret is missing"),
    ("admin password", without_key("AdminPassword"), "KeystoneAPI", "Secret osp-secret has no key AdminPassword"),
    ("root password", without_key("DbRootPassword"), "MariaDB", "Secret osp-secret has no key DbRootPassword"),
    ("Glance's password", without_key("GlancePassword"), "Glance", "Secret osp-secret has no key GlancePassword"),
    ("Placement's", without_key("PlacementPassword"), "PlacementAPI", "has no key PlacementPassword"),
    ("Cinder's", without_key("CinderPassword"), "Cinder", "has no key CinderPassword"),
    ("Neutron's", without_key("NeutronPassword"), "Neutron", "has no key NeutronPassword"),
    ("Nova's", without_key("NovaPassword"), "Nova", "has no key NovaPassword"),
    ("metadata secret", without_key("MetadataSecret"), "Nova", "has no key MetadataSecret"),
    ("Swift's", without_key("SwiftPassword"), "Swift", "has no key SwiftPassword"),
    ("Ceilometer's", without_key("CeilometerPassword"), "Telemetry", "has no key CeilometerPassword"),
    ("Barbican's", without_key("BarbicanPassword"), "Barbican", "has no key BarbicanPassword"),
    ("Barbican's key", without_key("BarbicanSimpleCryptoKEK"), "Barbican", "has no key BarbicanSimpleCryptoKEK"),
    (
        "key of 32 bytes",
        with_value("BarbicanSimpleCryptoKEK", "c2hvcnQ="),
        "Barbican",
        "32 bytes in base64, it holds 5",
    ),
    ("a value", with_value("NovaPassword", ""), "Nova", "key NovaPassword: it is empty"),
    (
        "storage class",
        without("StorageClass.storage.k8s.io", "lvms-local-storage"),
        "MariaDB",
        "StorageClass lvms-local-storage is missing",
    ),
    ("disks", disks("worker-0", "worker-1"), "MariaDB", "3 pods need a node each with StorageClass lvms-local-storage"),
    ("topology", without("Topology.topology.openstack.org", "spread", NAMESPACE), "Topology", '"spread" not found'),
    ("cert-manager", without(*CERT_MANAGER), "CA", "cert-manager is not installed"),
    ("CA bundle", section("tls", caBundleSecretName="mine"), "CA", "Secret mine of tls.caBundleSecretName is missing"),
    ("NAD", without(NAD, "storage", NAMESPACE), "Glance", "NetworkAttachmentDefinition storage is missing"),
    ("NAD of OVN", without(NAD, "tenant", NAMESPACE), "OVN", "NetworkAttachmentDefinition tenant is missing"),
    (
        "VLAN on a node",
        interfaces("worker-3", lambda found: found.pop("internalapi")),
        "Neutron",
        "NetworkAttachmentDefinition internalapi: worker-3 has no interface internalapi that is up",
    ),
    (
        "VLAN that is up",
        interfaces("worker-4", lambda found: found["storage"].update(state="down")),
        "Swift",
        "worker-4 has no interface storage that is up",
    ),
    (
        "address on the VLAN",
        interfaces("worker-5", lambda found: found["internalapi"]["ipv4"].update(address=[])),
        "OVN",
        "interface internalapi of worker-5 has no address in 172.17.0.0/24",
    ),
    ("the node's word", without(STATE, "worker-6"), "Neutron", "NodeNetworkState worker-6 is not there yet"),
    ("right master", master_of("ctlplane", "enp2s0"), "Nova", "worker-0 has no interface enp2s0 that is up"),
    (
        "nicMappings left out",
        section("ovn", "template", "ovnController", nicMappings={"datacentre": "ens4"}),
        "OVN",
        "ovn-controller has moved ens4 into its pod",
    ),
    (
        "MetalLB",
        without("MetalLB.metallb.io", "metallb", "metallb-system"),
        "RabbitMQ",
        "MetalLB is not available, so nobody gives its Service an address",
    ),
    (
        "pool",
        without(POOL, "internalapi", "metallb-system"),
        "KeystoneAPI",
        "IPAddressPool internalapi is missing in namespace metallb-system",
    ),
    (
        "address in the pool",
        annotated(*KEYSTONE, loadBalancerIPs="172.17.0.79"),
        "KeystoneAPI",
        "172.17.0.79 is not in IPAddressPool internalapi (172.17.0.80-172.17.0.90)",
    ),
    (
        "a bus its own address",
        annotated("rabbitmq", "templates", "rabbitmq-cell1", "override", "service", loadBalancerIPs="172.17.0.85"),
        "RabbitMQ",
        "172.17.0.85 is taken by rabbitmq.templates.rabbitmq.override.service",
    ),
    (
        "one sharing key",
        annotated(*KEYSTONE, allow_shared_ip="other"),
        "PlacementAPI",
        "172.17.0.80 is taken by keystone.template.override.service.internal",
    ),
    (
        "advertisement",
        without(ADVERTISEMENT, "ctlplane", "metallb-system"),
        "DNS",
        "no L2Advertisement announces IPAddressPool ctlplane",
    ),
    (
        "advertised interface",
        lambda lab: lab.get((ADVERTISEMENT, "ctlplane", "metallb-system"))["spec"].update(interfaces=["eno1"]),
        "DNS",
        "L2Advertisement ctlplane announces on eno1, which no node has",
    ),
    (
        "node of Cinder",
        section("cinder", "template", "cinderVolumes", "lvm", nodeSelector={"kubernetes.io/hostname": "worker-99"}),
        "Cinder",
        "no node that takes pods has kubernetes.io/hostname=worker-99",
    ),
    (
        "iSCSI",
        without(MACHINE_CONFIG, "99-worker-iscsid"),
        "Cinder",
        "cinder.template.cinderVolumes.lvm: worker-0 runs no iscsid.service; a MachineConfig of its role must enable",
    ),
    (
        "database",
        section("glance", "template", databaseInstance="other"),
        "Glance",
        "glance.template.databaseInstance: there is no other in galera.templates",
    ),
    (
        "cell's bus",
        section("nova", "template", "cellTemplates", "cell1", cellMessageBusInstance="rabbitmq-cell2"),
        "Nova",
        "there is no rabbitmq-cell2 in rabbitmq.templates",
    ),
    (
        "INI",
        section("neutron", "template", customServiceConfig="[DEFAULT]\ndebug"),
        "Neutron",
        "neutron.template.customServiceConfig: line 2 is not of the form option = value",
    ),
    (
        "INI's section",
        section("keystone", "template", customServiceConfig="debug = true\n"),
        "KeystoneAPI",
        "line 1 stands before any [section]",
    ),
    (
        "Python of Horizon",
        section("horizon", "template", customServiceConfig="[DEFAULT]\nDEBUG = = True"),
        "Horizon",
        "horizon.template.customServiceConfig: line 2 is not Python",
    ),
    (
        "observability operator",
        section("telemetry", "template", "metricStorage", enabled=True),
        "Telemetry",
        "metricStorage needs the Cluster Observability Operator",
    ),
]


def test_the_golden_lab_lacks_nothing() -> None:
    made = lab()
    assert sentences(control_plane_needs.unmet(made.get(PLANE), made.world())) == ""
    assert made.settle().is_ready()


@pytest.mark.parametrize(("spoil", "part", "sentence"), [row[1:] for row in NEEDS], ids=[row[0] for row in NEEDS])
def test_a_need_that_is_not_met_is_named_by_its_service(spoil: Spoil, part: str, sentence: str) -> None:
    made = lab()
    spoil(made)
    made.settle()
    assert not made.is_ready()
    condition = made.conditions(PLANE)[condition_type(part)]
    assert condition["status"] == "False"
    assert sentence in condition["message"]
    assert ":" in made.message() or "error occur" in made.message(), "Ready says nothing of it"


def test_mended_it_becomes_ready() -> None:
    made = lab()
    gone = made.get((NAD, "storage", NAMESPACE))
    made.drop(NAD, "storage", NAMESPACE)
    assert "storage is missing" in made.settle().message()
    made.put(gone)
    assert made.settle().is_ready()


def test_a_need_of_one_service_holds_up_only_what_waits_for_it() -> None:
    made = lab()
    without_key("GlancePassword")(made)
    made.settle()
    up = {kind for kind, entry in made.conditions(PLANE).items() if entry["status"] == "True"}
    down = set(made.conditions(PLANE)) - up
    assert down == {
        "Ready",
        "OpenStackControlPlaneGlanceReady",
        "OpenStackControlPlaneExposeGlanceReady",
        "OpenStackControlPlaneNovaReady",
        "OpenStackControlPlaneExposeNovaReady",
        "OpenStackControlPlaneClientReady",
    }


def test_services_that_are_off_need_nothing() -> None:
    made = lab()
    for key in ("HeatAuthEncryptionKey", "ManilaPassword", "OctaviaPassword", "DesignatePassword", "IronicPassword"):
        without_key(key)(made)
    assert made.settle().is_ready()

    made.put({**made.get(PLANE), "spec": {**made.get(PLANE)["spec"], "heat": {"enabled": True, "template": {}}}})
    assert not made.settle().is_ready()
    assert "has no key HeatAuthEncryptionKey" in made.message("OpenStackControlPlaneHeatReady")
    with_value("HeatAuthEncryptionKey", "x" * 31)(made)
    assert "16, 24, 32 characters, it has 31" in made.settle().message("OpenStackControlPlaneHeatReady")
    with_value("HeatAuthEncryptionKey", "x" * 32)(made)
    assert made.settle().is_ready()


def test_metrics_come_with_the_observability_operator() -> None:
    made = lab()
    made.put(csv("observability", "1.0.0"))
    section("telemetry", "template", "metricStorage", enabled=True)(made)
    assert made.settle().is_ready()


def test_other_storage_is_on_no_node_in_particular() -> None:
    made = lab()
    disks()(made)
    made.get(("StorageClass.storage.k8s.io", "lvms-local-storage", None))["provisioner"] = "nfs.csi.k8s.io"
    assert made.settle().is_ready()


def test_what_the_installation_brought_counts(tmp_path: Path) -> None:
    made = lab()
    config = made.get((MACHINE_CONFIG, "99-worker-iscsid", None))
    made.drop(MACHINE_CONFIG, "99-worker-iscsid")
    world = World(made.objects.values(), directory=tmp_path)
    assert "runs no iscsid.service" in sentences(control_plane_needs.unmet(made.get(PLANE), world))
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "iscsid.json").write_text(json.dumps(config))
    assert sentences(control_plane_needs.unmet(made.get(PLANE), world)) == ""
    config["metadata"]["labels"]["machineconfiguration.openshift.io/role"] = "master"
    (tmp_path / "manifests" / "iscsid.json").write_text(json.dumps(config))
    assert "runs no iscsid.service" in sentences(control_plane_needs.unmet(made.get(PLANE), world))


def test_nfs_needs_nothing_of_the_node() -> None:
    made = lab()
    made.drop(MACHINE_CONFIG, "99-worker-iscsid")
    nfs = "[nfs]\nvolume_driver = cinder.volume.drivers.nfs.NfsDriver\n"
    section("cinder", "template", "cinderVolumes", "lvm", customServiceConfig=nfs)(made)
    assert made.settle().is_ready()


def test_an_address_is_not_shared_by_services_on_one_port() -> None:
    made = lab()
    override = made.spec("keystone", "template", "override", "service")
    override["public"] = override["internal"]
    assert "both listen on port 5000" in made.settle().message("OpenStackControlPlaneKeystoneAPIReady")


def test_a_node_that_takes_no_pods_needs_no_network() -> None:
    made = lab()
    interfaces("worker-9", lambda found: found.pop("storage"))(made)
    made.get(("Node", "worker-9", None))["spec"]["unschedulable"] = True
    assert made.settle().is_ready()


def test_every_node_lost_its_network() -> None:
    made = lab()
    everywhere("ens4")(made)
    assert "announces on ens4, which no node has" in made.settle().message(condition_type("DNS"))
