"""The whole program's registrations for the seed lab, seen by a recording engine."""

from __future__ import annotations

import base64
import json

import pulumi
import pytest

from manifests import render
from manifests.credentials import Credentials
from settings import parse
from tests.components.engine import Engine, is_secret, run_program, unwrapped
from tests.lab import plan, raw

NICS = {"master": 1, "worker": 2, "compute": 3}
SEE_WHAT_THEY_DID = {
    *("cluster-image", "departures-left", "data-plane-members"),
    *(f"worker-{number}-medium" for number in range(10)),
}
"""Steps that go on from, or remove, what they did before. None of them puts out a secret."""
NOT_MADE = ("s12-verification",)
"""What is only made when it is asked for."""


@pytest.fixture(scope="module")
def lab() -> Engine:
    return run_program("lab", raw())


def test_the_seed_lab_is_fifteen_machines_with_one_two_and_three_nics(lab: Engine) -> None:
    domains = lab.of("libvirt:index/domain:Domain")
    assert len(domains) == 15
    for name, domain in domains.items():
        assert len(domain["networkInterfaces"]) == NICS[name.split("-")[0]], name


def test_every_nic_has_its_planned_mac_on_its_planned_network(lab: Engine) -> None:
    domains = lab.of("libvirt:index/domain:Domain")
    for node in plan().nodes:
        attached = [(nic["mac"], nic["networkId"]) for nic in domains[node.name]["networkInterfaces"]]
        assert attached == [(nic.mac, f"networks-{nic.network}-id") for nic in node.nics]


def test_no_nic_carries_what_would_be_a_lease(lab: Engine) -> None:
    for domain in lab.of("libvirt:index/domain:Domain").values():
        for nic in domain["networkInterfaces"]:
            assert not {"addresses", "hostname", "waitForLease"} & set(nic), "the provider then always sees a change"


def test_three_networks_and_none_of_them_leases(lab: Engine) -> None:
    networks = lab.of("libvirt:index/network:Network")
    assert len(networks) == 3
    assert [network["dhcp"] for network in networks.values()] == [{"enabled": False}] * 3


def test_machines_have_the_sizes_of_the_settings_and_workers_a_second_disk(lab: Engine) -> None:
    domains, volumes = lab.of("libvirt:index/domain:Domain"), lab.of("libvirt:index/volume:Volume")
    assert domains["master-0"]["memory"] == 24576
    assert domains["compute-1"]["memory"] == 32768
    assert volumes["worker-9-data"]["size"] == 100 * 10**9
    assert "master-0-data" not in volumes
    assert domains["worker-0"]["cpu"] == {"mode": "host-passthrough"}


def test_the_cluster_boots_the_iso_and_the_computes_never_do(lab: Engine) -> None:
    domains = lab.of("libvirt:index/domain:Domain")
    for node in plan().cluster_nodes:
        assert domains[node.name]["disks"][-1] == {"file": "cluster-iso-id"}
        assert domains[node.name]["bootDevices"] == [{"devs": ["hd", "cdrom"]}]
    for node in plan().computes:
        assert domains[node.name]["disks"][1:] == [{"file": f"{node.name}-seed-id"}]


def test_the_iso_volume_is_declared_as_what_it_reads_back_as(lab: Engine) -> None:
    volumes = lab.of("libvirt:index/volume:Volume")
    assert {volumes[name]["format"] for name in ("cluster-iso", "compute-0-seed", "compute-1-seed")} == {"iso"}


def test_consoles_are_vnc_on_localhost(lab: Engine) -> None:
    for domain in lab.of("libvirt:index/domain:Domain").values():
        assert (domain["graphics"]["type"], domain["graphics"]["listenAddress"]) == ("vnc", "127.0.0.1")


def test_every_machine_has_a_stylesheet_of_its_own_with_the_hosts_cache_mode(lab: Engine) -> None:
    hosts = {"main": {"uri": "qemu:///system", "diskCache": "unsafe"}}
    for engine, cache in ((lab, "none"), (run_program("lab", raw(hosts=hosts, through="machines")), "unsafe")):
        for node in plan().nodes:
            sheet = engine.of("libvirt:index/domain:Domain")[node.name]["xml"]["xslt"]
            assert f"/lab-{node.name}-serial0.log" in sheet
            assert f'<xsl:attribute name="cache">{cache}</xsl:attribute>' in sheet


def test_no_command_holds_a_path_of_the_client_or_hands_secrets_on(lab: Engine) -> None:
    commands = lab.of("command:local:Command")
    assert commands
    for name, inputs in commands.items():
        assert inputs["create"].startswith("python3 -m "), name
        assert not {"dir", "environment", "interpreter"} & set(inputs), name
        assert inputs["addPreviousOutputInEnv"] is (name in SEE_WHAT_THEY_DID), name
    assert commands["openshift-credentials"]["logging"] == "none"


def test_a_kubeconfig_that_is_read_again_would_replace_nothing(lab: Engine) -> None:
    [provider] = lab.of("pulumi:providers:kubernetes").values()
    assert provider["clusterIdentifier"] == "lab-1"
    assert json.loads(provider["enableSecretMutable"].lower()) is True
    assert json.loads(provider["enableConfigMapMutable"].lower()) is True


def test_net_config_and_osp_secret_live_in_the_openstack_namespace(lab: Engine) -> None:
    config = lab.of("kubernetes:network.openstack.org/v1beta1:NetConfig")["openstack-networking-netconfig"]
    secret = lab.of("kubernetes:core/v1:Secret")["openstack-osp-secret"]
    assert config["metadata"]["namespace"] == secret["metadata"]["namespace"] == "openstack"


def test_every_object_that_make_render_shows_is_made_as_it_is_shown(lab: Engine) -> None:
    settings, planned = parse("lab", raw()), plan()
    shown = render.objects(settings, planned, Credentials(settings.secret.get_secret_value()))
    made = {
        (inputs["kind"], inputs["metadata"]["name"], inputs["metadata"].get("namespace")): inputs
        for (kind, _), inputs in lab.resources.items()
        if kind.startswith("kubernetes:") and "metadata" in inputs
    }
    for path, item in shown.items():
        if path.startswith(NOT_MADE):
            continue
        inputs = made[item["kind"], item["metadata"]["name"], item["metadata"].get("namespace")]
        assert inputs["apiVersion"] == item["apiVersion"], path
        if item["kind"] not in {"Secret", "Namespace", "ConfigMap"}:
            assert inputs["spec"] == item["spec"], path


def test_every_wait_has_the_limit_of_the_settings() -> None:
    limits = dict.fromkeys(("operators", "storage", "policies", "controlPlane", "nodeSet"), 0)
    engine = run_program("lab", raw(timeouts={name: 100 + n for n, name in enumerate(limits)}))
    commands = engine.of("command:local:Command")
    found = {
        name: json.loads(unwrapped(commands[name]["stdin"]))["timeout"]
        for name in (
            *(
                "openstack-operator-installed",
                "lvms-operator-ready",
                "openstack-networking-policies",
                "control-plane-ready",
            ),
            "data-plane-set-up",
        )
    }
    assert list(found.values()) == [100, 101, 102, 103, 104]


def test_a_pinned_version_is_approved_and_later_followed() -> None:
    free, pinned = run_program("lab", raw()), run_program("lab", raw(openstack={"version": "1.0.7"}))
    steps = {"openstack-operator-approval", "minor-update-done"}
    assert not steps & set(free.of("command:local:Command"))
    commands = pinned.of("command:local:Command")
    approval = json.loads(unwrapped(commands["openstack-operator-approval"]["stdin"]))
    assert approval["csv"] == "openstack-operator.v1.0.7"
    assert (approval["namespace"], approval["subscription"]) == ("openstack-operators", "openstack-operator")
    assert commands["minor-update-done"]["triggers"] == ["update", "1.0.7", "True"]


def test_a_lab_without_computes_has_no_data_plane_and_nothing_to_verify() -> None:
    kinds = {
        kind.rpartition(":")[2] for kind, _ in run_program("lab", raw(topology={"computes": {"count": 0}})).resources
    }
    assert "OpenStackControlPlane" in kinds
    assert not {"OpenStackDataPlane", "OpenStackDataPlaneNodeSet", "Verification"} & kinds


def test_the_computes_key_goes_to_the_step_that_retires_them_and_is_a_secret(lab: Engine) -> None:
    told = lab.of("command:local:Command")["data-plane-members"]["stdin"]
    assert is_secret(told)
    document = json.loads(unwrapped(told))
    assert document["members"] == {node.name: str(node.ip) for node in plan().computes}
    members = " ".join(f"{name}={address}" for name, address in document["members"].items())
    create = lab.of("command:local:Command")["data-plane-members"]["create"]
    assert create == f"python3 -m operations members {members}"
    assert document["ssh"]["key"].startswith("-----BEGIN EC PRIVATE KEY-----")


def test_tempest_runs_only_when_it_is_asked_for(lab: Engine) -> None:
    kind = "kubernetes:test.openstack.org/v1beta1:Tempest"
    assert not lab.of(kind)
    assert len(run_program("lab", raw(verification={"tempest": True})).of(kind)) == 1


def test_another_generation_is_another_cluster_to_the_provider() -> None:
    engine = run_program("lab", raw(generation=4))
    [provider] = engine.of("pulumi:providers:kubernetes").values()
    assert provider["clusterIdentifier"] == "lab-4"


def test_bad_settings_register_nothing_and_say_everything() -> None:
    bad = raw(networks={"ctlplane": {"cidr": "192.168.130.0/24"}}, colour="red")
    engine = Engine()
    with pytest.raises(pulumi.RunError) as caught:
        run_program("lab", bad, engine)
    assert "colour" in str(caught.value)
    assert "networks.ctlplane.cidr" in str(caught.value)
    assert engine.resources == {}


def test_published_secrets_build_nothing_unless_that_is_allowed() -> None:
    auths = {"registry.example.com": {"auth": base64.b64encode(b"sample:0123").decode()}}
    samples = raw(secret="sample-" + "0" * 32, openshift={"pullSecret": json.dumps({"auths": auths})})
    engine = Engine()
    with pytest.raises(
        pulumi.RunError, match=r"(?s)secret: is the published sample.*openshift\.pullSecret: is the pub"
    ):
        run_program("lab", samples, engine)
    assert engine.resources == {}
    assert run_program("lab", samples | {"allowSampleSecret": "true"}).resources


def test_a_compact_lab_gives_its_masters_the_workers_nics_and_disk() -> None:
    compact = run_program("lab", raw(topology={"workers": {"count": 0}, "computes": {"count": 1}}))
    domains, volumes = compact.of("libvirt:index/domain:Domain"), compact.of("libvirt:index/volume:Volume")
    assert sorted(domains) == ["compute-0", "master-0", "master-1", "master-2"]
    assert [nic["networkId"] for nic in domains["master-0"]["networkInterfaces"]] == [
        "networks-ocp-id",
        "networks-osp-id",
    ]
    assert domains["master-0"]["memory"] == 65536
    assert volumes["master-2-data"]["size"] == 100 * 10**9


LAYERS = [
    *("KvmNetworks", "ClusterMachines", "OpenShiftCluster", "OpenStackControlPlane", "OpenStackDataPlane"),
    "Verification",
]


@pytest.mark.parametrize(
    ("through", "count"),
    [("networks", 1), ("machines", 2), ("openshift", 3), ("openstack", 4), ("dataplane", 5), ("verified", 6)],
)
def test_a_lab_goes_as_far_as_it_is_told(through: str, count: int) -> None:
    kinds = {kind.rpartition(":")[2] for kind, _ in run_program("lab", raw(through=through)).resources}
    assert [layer for layer in LAYERS if layer in kinds] == LAYERS[:count]
    assert ("Computes" in kinds) is (count > 1)


def test_an_existing_bridge_gets_no_addresses_and_no_names() -> None:
    machine = {"mode": "bridge", "bridge": "br0", "gateway": "192.168.130.1", "dns": ["192.0.2.53"]}
    engine = run_program("lab", raw(networks={"machine": machine}, through="networks"))
    assert engine.of("libvirt:index/network:Network")["networks-ocp"] == {
        **{"name": "lab-ocp", "bridge": "br0", "mode": "bridge", "autostart": True}
    }


def test_the_computes_image_comes_from_the_hosts_image_cache() -> None:
    hosts = {"main": {"uri": "qemu:///system", "imageCache": "/srv/images"}}
    engine = run_program("lab", raw(hosts=hosts, compute={"image": "rhel-9.4.qcow2"}))
    assert engine.of("libvirt:index/volume:Volume")["computes-image"]["source"] == "/srv/images/rhel-9.4.qcow2"
