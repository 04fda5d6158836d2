"""What a good configuration becomes."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from settings import SAMPLE_SECRET_PREFIX, STAGES, Rotation, Settings, catalogue, parse, values
from settings.openstack import numbers
from settings.rotation import LABELS
from tests.lab import certificate

PULL_SECRET = '{"auths": {"registry.example.com": {"auth": "dXNlcjpwYXNz"}}}'


def smallest() -> dict[str, Any]:
    return {
        "domain": "example.com",
        "secret": "0123456789abcdef" * 2,
        "hosts": {"main": {"uri": "qemu:///system"}},
        "openshift": {"pullSecret": PULL_SECRET},
    }


def test_the_smallest_configuration_is_the_lab_of_the_design() -> None:
    settings = parse("lab", smallest())

    topology = settings.topology
    assert [topology.masters.count, topology.workers.count, topology.computes.count] == [3, 10, 2]
    assert [topology.masters.memory_mib, topology.workers.data_disk_gb, topology.computes.disk_gb] == [24576, 100, 100]
    roles = (topology.masters, topology.workers, topology.computes)
    assert sum(role.count * role.memory_mib for role in roles) == 376 * 1024, "the design says 376 GiB in all"


def test_a_cluster_is_called_like_its_stack_unless_it_has_a_name() -> None:
    assert parse("lab", smallest()).cluster_domain == "lab.example.com"
    assert parse("Lab_2", smallest() | {"name": "second"}).cluster_domain == "second.example.com"


def test_a_size_given_alone_leaves_the_role_its_other_sizes() -> None:
    settings = parse("lab", smallest() | {"topology": {"workers": {"count": 4}}, "networks": {"tenant": {"mtu": 1400}}})

    assert (settings.topology.workers.count, settings.topology.workers.data_disk_gb) == (4, 100)
    assert (settings.networks.tenant.mtu, settings.networks.tenant.vlan) == (1400, 22)


def test_values_as_pulumi_hands_them_over_are_understood() -> None:
    raw = smallest() | {"generation": "2", "allowSampleSecret": "true", "topology": '{"workers": {"count": "5"}}'}

    settings = parse("lab", raw)

    assert (settings.generation, settings.allow_sample_secret, settings.topology.workers.count) == (2, True, 5)


def test_what_was_given_is_not_changed() -> None:
    raw = smallest()
    before = json.dumps(raw)

    parse("lab", raw)

    assert json.dumps(raw) == before


def test_settings_cannot_be_changed_afterwards() -> None:
    settings = parse("lab", smallest())

    with pytest.raises(ValidationError):
        settings.topology.workers.count = 11  # type: ignore[misc]


def test_the_one_host_is_at_hand() -> None:
    settings = parse("lab", smallest())

    assert settings.host is settings.hosts["main"]
    assert settings.host_key == "main"


@pytest.mark.parametrize(
    ("uri", "remote"),
    [
        ("qemu:///system", False),
        ("qemu+unix:///system?socket=/run/libvirt/libvirt-sock", False),
        ("qemu+ssh://root@localhost/system", False),
    ],
)
def test_the_hosts_own_libvirt_is_not_remote(uri: str, remote: bool) -> None:
    assert parse("lab", smallest() | {"hosts": {"main": {"uri": uri}}}).host.is_remote is remote


@pytest.mark.parametrize(
    ("uri", "virsh"),
    [
        ("qemu:///system", "qemu+unix:///system?socket=/var/run/libvirt/libvirt-sock"),
        ("qemu+ssh://root@kvm/system", "qemu+ssh://root@kvm/system?no_tty=1"),
        ("qemu+ssh://root@kvm/system?keyfile=/k", "qemu+ssh://root@kvm/system?keyfile=/k&no_tty=1"),
        ("qemu+tls://kvm.example.com/system", "qemu+tls://kvm.example.com/system"),
    ],
)
def test_virsh_goes_where_the_plugin_goes_and_asks_nobody(uri: str, virsh: str) -> None:
    there = smallest() | {"hosts": {"main": {"uri": uri}}, "networks": {"machine": {"mode": "route"}}}
    assert parse("lab", there).host.virsh_uri == virsh


def test_a_sample_secret_is_recognised() -> None:
    assert parse("lab", smallest()).samples == ()
    assert parse("lab", smallest() | {"secret": SAMPLE_SECRET_PREFIX + "x" * 32}).samples == ("secret",)
    sample = {"auths": {"registry.example.com": {"auth": base64.b64encode(b"sample:0123").decode()}}}
    assert parse("lab", smallest() | {"openshift": {"pullSecret": json.dumps(sample)}}).samples == (
        "openshift.pullSecret",
    )


def test_every_setting_says_what_it_is_and_what_its_change_means() -> None:
    settings = list(catalogue().values())

    assert {setting.change for setting in settings} == {"free", "grows", "rebuild", "fixed"}
    assert [setting.path for setting in settings if not (setting.title and setting.description)] == []
    assert {setting.path for setting in settings if setting.secret} == {
        *("secret", "openshift.pullSecret", "openshift.proxy.http", "openshift.proxy.https"),
        "openshift.existing.kubeconfig",
        *("compute.registration.password", "compute.registration.activationKey"),
    }


def test_every_value_has_its_setting_in_the_catalogue_and_secrets_stay_wrapped() -> None:
    found = values(parse("lab", smallest()))

    leaves = {setting.path for setting in catalogue().values() if not setting.section}
    # A list is one value, also a list of sections.
    lists = ("openshift.mirrors", "openshift.existing.nodes")
    leaves = {path for path in leaves if not path.startswith(tuple(f"{path}." for path in lists))} | {*lists}
    assert {path.replace("hosts.main.", "hosts.*.") for path in found} == leaves
    assert isinstance(found["secret"], SecretStr)
    assert found["networks.storage.cidr"] == "172.18.0.0/24"


def test_workers_and_computes_come_and_go_and_every_size_needs_a_rebuild() -> None:
    by_path = catalogue()

    assert by_path["topology.computes.count"].change == "free"
    assert by_path["openstack.version"].change == "free", "who installs it knows what is installed, and refuses less"
    assert by_path["rotation.nova-migration"].change == "grows"
    assert by_path["topology.workers.count"].change == "free"
    assert by_path["topology.masters.count"].change == by_path["topology.workers.memoryMib"].change == "rebuild"
    assert all(setting.change == "free" for path, setting in by_path.items() if path.startswith("timeouts"))


def test_every_number_has_a_unit() -> None:
    numbers = {
        *("vcpus", "count", "memoryMib", "diskGb", "dataDiskGb", "mtu", "replicas", "podHostPrefix", "generation"),
    }
    counted = {path for path, setting in catalogue().items() if setting.unit}
    # Every wait is in seconds, and every credential has a version.
    plain = {path for path in counted if not path.startswith(("timeouts.", "rotation."))}

    assert {path.rpartition(".")[2] for path in plain} == numbers
    whole = {path for path in catalogue() if path.startswith(("timeouts.", "rotation."))}
    assert counted - plain == whole
    assert {catalogue()[path].unit for path in whole} == {"seconds", "versions"}


def test_a_version_is_compared_number_by_number() -> None:
    assert numbers("1.0.7") < numbers("1.0.16") < numbers("1.1.0")
    assert numbers("1.0.7-0.1745000000.p") == numbers("1.0.7"), "a rebuild of the same version"


def test_every_credential_can_be_replaced_or_says_why_it_cannot() -> None:
    replaceable = {path.removeprefix("rotation.") for path in catalogue() if path.startswith("rotation.")}

    assert replaceable == {name for name, label in LABELS.items() if label.rotation is not Rotation.NEVER}
    for name, label in LABELS.items():
        assert bool(label.why) is (label.rotation is Rotation.NEVER), name
    assert set(Rotation) == {label.rotation for label in LABELS.values()}


def test_a_lab_without_workers_has_masters_that_carry_openstack() -> None:
    masters = parse("lab", smallest() | {"topology": {"workers": {"count": "0"}}}).topology.masters

    assert (masters.memory_mib, masters.data_disk_gb) == (65536, 100)
    given = {"workers": {"count": 0}, "masters": {"memoryMib": 32768}}
    masters = parse("lab", smallest() | {"topology": given}).topology.masters
    assert (masters.memory_mib, masters.data_disk_gb) == (32768, 100), "what is given stays"


def test_replicas_are_three_or_one_a_node_unless_they_are_said() -> None:
    services = parse("lab", smallest() | {"openstack": {"services": {"nova": {"replicas": 5}}}}).openstack.services

    found = [services.replicas(name, nodes) for name in ("keystone", "dns", "nova") for nodes in (1, 10)]
    assert found == [1, 3, 1, 2, 5, 5]


def test_a_stage_reaches_itself_and_all_before_it() -> None:
    settings = parse("lab", smallest() | {"through": "openshift"})

    assert [stage for stage in STAGES if settings.reaches(stage)] == ["networks", "machines", "openshift"]
    assert parse("lab", smallest()).reaches("verified"), "the whole lab by default"


def test_the_computes_image_is_looked_for_in_the_image_cache_unless_it_is_a_path() -> None:
    settings = parse("lab", smallest())

    assert settings.compute.image_path(settings.host.image_cache) == "/var/lib/libvirt/images/compute.qcow2"
    there = parse("lab", smallest() | {"compute": {"image": "/srv/rhel.qcow2"}})
    assert there.compute.image_path("/images") == "/srv/rhel.qcow2"


def test_settings_of_every_kind_together_are_accepted() -> None:
    everything: dict[str, Any] = {
        "name": "full",
        "through": "openstack",
        "hosts": {"main": {"uri": "qemu:///system", "memoryMib": 400000, "diskGb": 4000}},
        "networks": {
            "block": "10.60.0.0/21",
            "machine": {"mode": "bridge", "bridge": "br0", "gateway": "10.60.0.2", "dns": ["10.60.0.3"]},
            "external": {"mode": "route", "roles": ["computes", "workers"]},
        },
        "openshift": {
            "pullSecret": PULL_SECRET,
            "apiVip": "10.60.0.10",
            "ingressVip": "10.60.0.11",
            "podNetwork": "10.200.0.0/16",
            "podHostPrefix": 24,
            "serviceNetwork": "10.201.0.0/16",
            "proxy": {"http": "http://u:p@proxy.example.com:3128", "noProxy": [".example.com", "10.0.0.0/8"]},
            "mirrors": [{"source": "quay.io/openshift-release-dev/ocp-release", "mirrors": ["m.example.com:5000/ocp"]}],
            "trustBundle": certificate() * 2,
            "trustPolicy": "Always",
            "ntp": ["10.60.0.1"],
        },
        "openstack": {
            "version": "1.0.7",
            "services": {"heat": {"enabled": True}, "galera": {"replicas": 3}},
            "storage": {"volumes": "nfs", "nfsShares": ["nfs.example.com:/volumes"]},
        },
        "rotation": {"nova-migration": 2, "MetadataSecret": "3"},
        "verification": {"image": {"url": "https://m.example.com:8443/g.qcow2", "sha256": "0" * 64}, "tempest": "true"},
        "compute": {
            "image": "rhel-9.4-x86_64-kvm.qcow2",
            "bootstrapCommand": "dnf -y update",
            "registration": {"organization": "1234567", "activationKey": "lab", "release": "9.4"},
        },
    }

    settings = parse("lab", smallest() | everything)

    assert (settings.openstack.olm_channel, settings.openstack.csv) == ("stable-v1.0", "openstack-operator.v1.0.7")
    rotated = {label: version for label, version in settings.rotation.versions().items() if version > 1}
    assert rotated == {"nova-migration": 2, "MetadataSecret": 3}
    assert settings.verification.tempest is True
    assert settings.openshift.mirrors[0].mirrors == ("m.example.com:5000/ocp",)


def test_the_models_have_a_json_schema_with_the_patterns_an_editor_checks() -> None:
    schema = Settings.model_json_schema()

    assert schema["additionalProperties"] is False
    assert schema["properties"]["domain"]["pattern"].startswith("^")
    vlan = schema["$defs"]["StorageNetwork"]["properties"]["vlan"]
    assert (vlan["minimum"], vlan["maximum"], vlan["change"]) == (1, 4094, "rebuild")
