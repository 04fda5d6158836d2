"""The node set: what its computes are told agrees with settings and plan."""

from __future__ import annotations

import configparser
import re

import pytest

from manifests import data_plane_secrets, node_set
from tests.lab import plan, settings
from tests.manifests.data_plane_lab import CREDENTIALS, deployed, variables


def test_a_compute_has_its_planned_address_on_every_network_and_ansible_finds_it_by_address() -> None:
    node = node_set.render(settings(), plan())["spec"]["nodes"]["compute-1"]
    assert node["hostName"] == "compute-1"
    assert node["ansible"]["ansibleHost"] == "192.168.131.101"
    assert [(n["name"], n["subnetName"], n["fixedIP"]) for n in node["networks"]] == [
        ("ctlplane", "subnet1", "192.168.131.101"),
        ("internalapi", "subnet1", "172.17.0.101"),
        ("storage", "subnet1", "172.18.0.101"),
        ("tenant", "subnet1", "172.19.0.101"),
        ("external", "subnet1", "10.0.0.101"),
    ]
    assert not any("defaultRoute" in network for network in node["networks"])


def test_computes_are_the_gateways_to_the_external_network() -> None:
    given = variables()
    assert given["edpm_enable_chassis_gw"] is True
    assert given["edpm_ovn_bridge_mappings"] == ["datacentre:br-ex"]
    assert given["neutron_physical_bridge_name"] == "br-ex"


def test_ssh_is_open_to_the_control_plane_and_the_machine_network_only() -> None:
    assert variables()["edpm_sshd_allowed_ranges"] == ["192.168.131.0/24", "192.168.130.0/24"]


def test_computes_keep_the_time_servers_of_the_settings_or_else_their_systems_own() -> None:
    pull_secret = settings().openshift.pull_secret
    assert pull_secret is not None
    given = variables(openshift={"pullSecret": pull_secret.get_secret_value(), "ntp": ["192.0.2.1", "ntp.example.com"]})
    assert [server["hostname"] for server in given["timesync_ntp_servers"]] == ["192.0.2.1", "ntp.example.com"]
    assert not any(server.get("pool") for server in given["timesync_ntp_servers"])
    assert variables()["timesync_ntp_servers"] == [{"hostname": "2.rhel.pool.ntp.org", "pool": True, "iburst": True}]


def test_ansible_logs_in_as_the_user_that_cloud_init_makes() -> None:
    the_settings = settings(compute={"user": "stack"})
    template = node_set.render(the_settings, plan())["spec"]["nodeTemplate"]
    assert template["ansible"]["ansibleUser"] == "stack"
    assert template["ansibleSSHPrivateKeySecret"] == "dataplane-ansible-ssh-private-key-secret"


@pytest.mark.parametrize(
    ("off", "gone"),
    [
        (["telemetry"], {"telemetry"}),
        (["nova"], {"nova", "libvirt", "neutron-metadata"}),
        (["nova", "neutron"], {"nova", "libvirt", "neutron-metadata"}),
        (["horizon", "swift"], set()),
    ],
)
def test_what_the_control_plane_does_not_run_is_not_deployed(off: list[str], gone: set[str]) -> None:
    everything = node_set.services(settings())
    services = node_set.services(settings(openstack={"services": {name: {"enabled": False} for name in off}}))
    assert services == [service for service in everything if service not in gone]
    assert len(everything) == 16
    assert everything.index("bootstrap") < everything.index("configure-network") < everything.index("nova")


def test_emulated_computes_are_told_so_and_real_ones_nothing() -> None:
    emulated = settings(hosts={"main": {"uri": "qemu:///system", "domainType": "qemu", "cpuMode": None}})
    *_, extra = data_plane_secrets.render(emulated, CREDENTIALS)
    assert (extra["kind"], extra["metadata"]["name"]) == ("ConfigMap", "nova-extra-config")
    [(name, text)] = extra["data"].items()
    assert re.fullmatch(r"[0-9]{2}-[a-z-]+\.conf", name), "Nova's service takes no other file names"
    parser = configparser.ConfigParser()
    parser.read_string(text)
    assert parser["libvirt"]["virt_type"] == "qemu"
    assert deployed(emulated) != deployed()
    assert [secret["kind"] for secret in data_plane_secrets.render(settings(), CREDENTIALS)] == ["Secret"] * 3


def test_the_bootstrap_command_reaches_the_computes() -> None:
    assert variables()["edpm_bootstrap_command"] == ""
    assert variables(compute={"bootstrapCommand": "dnf -y update"})["edpm_bootstrap_command"] == "dnf -y update"
    assert deployed(settings(compute={"bootstrapCommand": "true"})) != deployed()
