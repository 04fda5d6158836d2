"""A cluster of one machine (SNO): no addresses of its own for API and applications, so they lead to the machine."""

from __future__ import annotations

import json

import pytest
import yaml

from tests.components.engine import Engine, run_program, unwrapped
from tests.lab import raw

NODE = "192.168.130.20"


@pytest.fixture(scope="module")
def single() -> Engine:
    """Everything that the program registers for it."""
    return run_program(
        "lab", raw(topology={"masters": {"count": 1}, "workers": {"count": 0}, "computes": {"count": 1}})
    )


def test_one_machine_has_the_nics_and_the_disks_of_both_roles(single: Engine) -> None:
    domains, volumes = single.of("libvirt:index/domain:Domain"), single.of("libvirt:index/volume:Volume")
    assert sorted(domains) == ["compute-0", "master-0"]
    assert [nic["networkId"] for nic in domains["master-0"]["networkInterfaces"]] == [
        "networks-ocp-id",
        "networks-osp-id",
    ]
    assert (domains["master-0"]["vcpu"], domains["master-0"]["memory"]) == (8, 65536)
    assert volumes["master-0-data"]["size"] == 100 * 10**9


def test_the_kubeconfig_leads_to_the_machine_and_the_platform_is_none(single: Engine) -> None:
    [command] = [
        inputs for inputs in single.of("command:local:Command").values() if inputs["create"].endswith("installer image")
    ]
    document = json.loads(unwrapped(command["stdin"]))
    assert document["api"] == NODE
    install = yaml.safe_load(document["files"]["install-config.yaml"])
    assert (install["platform"], install["controlPlane"]["replicas"]) == ({"none": {}}, 1)
    assert install["compute"] == [{"name": "worker", "replicas": 0}]


def test_every_name_of_the_cluster_is_resolved_to_the_machine(single: Engine) -> None:
    network = single.of("libvirt:index/network:Network")["networks-ocp"]
    found = {host["hostname"]: host["ip"] for host in network["dns"]["hosts"]}
    assert {name.partition(".")[0]: ip for name, ip in found.items() if ip == NODE} == {
        "api": NODE,
        "api-int": NODE,
        "master-0": NODE,
    }
    [wildcard] = network["dnsmasqOptions"]["options"]
    assert wildcard == {"optionName": "address", "optionValue": f"/apps.lab.example.com/{NODE}"}
