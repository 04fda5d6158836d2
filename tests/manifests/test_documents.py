"""The documents of the installation and of the computes, for the seed lab."""

from typing import Any

import yaml

from manifests import agent_config, cloud_init, domain_xslt, install_config, net_config
from tests.lab import plan, settings

KEY = "ecdsa-sha2-nistp521 AAAA cluster-nodes"


def defaults(document: dict[str, Any]) -> list[str]:
    """Interfaces of all default routes of an NMState document."""
    return [r["next-hop-interface"] for r in document["routes"]["config"] if r["destination"] == "0.0.0.0/0"]


def test_install_config_counts_exactly_the_planned_nodes() -> None:
    document = install_config.render(settings(), plan(), KEY)
    assert document["controlPlane"]["replicas"] == 3
    assert [(pool["name"], pool["replicas"]) for pool in document["compute"]] == [("worker", 10)]
    assert document["networking"]["machineNetwork"] == [{"cidr": "192.168.130.0/24"}]
    assert document["platform"]["baremetal"] == {"apiVIPs": ["192.168.130.5"], "ingressVIPs": ["192.168.130.7"]}


def test_the_labs_own_key_comes_before_the_users() -> None:
    other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1u1m1Y6n2d7v7Jkq4n8bJd0u8gqj3m6m5t8t2v0w7P me"
    lab = settings(openshift={"pullSecret": settings().openshift.pull_secret.get_secret_value(), "sshKeys": [other]})
    assert install_config.render(lab, plan(), KEY)["sshKey"].splitlines() == [KEY, other]


def test_agent_config_lists_the_cluster_and_never_a_compute() -> None:
    document = agent_config.render(settings(), plan())
    names = [host["hostname"] for host in document["hosts"]]
    assert names == [f"master-{n}" for n in range(3)] + [f"worker-{n}" for n in range(10)]
    assert document["rendezvousIP"] == str(plan().masters[0].ip)


def test_every_node_has_one_default_route_and_it_is_on_the_machine_network() -> None:
    for host in agent_config.render(settings(), plan())["hosts"]:
        assert defaults(host["networkConfig"]) == ["ens3"], host["hostname"]


def test_a_workers_second_nic_is_up_but_bare_in_both_families() -> None:
    hosts = agent_config.render(settings(), plan())["hosts"]
    for host in hosts:
        interfaces = host["networkConfig"]["interfaces"]
        assert len(interfaces) == (1 if host["role"] == "master" else 2)
        for interface in interfaces[1:]:
            assert interface["state"] == "up"
            assert interface["ipv4"] == interface["ipv6"] == {"enabled": False}


def test_no_node_asks_for_dhcp() -> None:
    text = yaml.safe_dump(agent_config.render(settings(), plan()))
    assert "dhcp: true" not in text
    for node in plan().computes:
        ethernets = yaml.safe_load(cloud_init.network_config(node, plan()))["ethernets"]
        assert all(ethernet["dhcp4"] is False for ethernet in ethernets.values())


def test_a_compute_is_on_three_networks_and_three_vlans_with_one_default_route() -> None:
    node = plan().computes[0]
    document = yaml.safe_load(cloud_init.network_config(node, plan()))
    assert [e["match"]["macaddress"] for e in document["ethernets"].values()] == [nic.mac for nic in node.nics]
    assert [e for e, body in document["ethernets"].items() if "routes" in body] == ["ens3"]
    assert list(document["vlans"]) == ["vlan20", "vlan21", "vlan22"], "NetworkManager takes the id from the name"
    assert {v["id"]: (v["link"], v["addresses"]) for v in document["vlans"].values()} == {
        20: ("ens4", ["172.17.0.100/24"]),
        21: ("ens4", ["172.18.0.100/24"]),
        22: ("ens4", ["172.19.0.100/24"]),
    }


def test_cloud_init_runs_again_only_for_a_new_generation() -> None:
    node = plan().computes[0]
    assert cloud_init.meta_data(node, 1) == cloud_init.meta_data(node, 1) != cloud_init.meta_data(node, 2)


def test_user_data_is_a_cloud_config_that_admits_only_the_key() -> None:
    text = cloud_init.user_data(plan().computes[1], "cloud-admin", KEY)
    assert text.startswith("#cloud-config\n"), "cloud-init ignores a document without this line"
    document = yaml.safe_load(text)
    assert document["ssh_pwauth"] is False
    assert [(u["name"], u["lock_passwd"], u["ssh_authorized_keys"]) for u in document["users"]] == [
        ("cloud-admin", True, [KEY])
    ]


def test_only_the_external_network_has_a_gateway_in_net_config() -> None:
    spec = net_config.render(plan(), "openstack")["spec"]
    gateways = {n["name"]: n["subnets"][0].get("gateway") for n in spec["networks"]}
    assert {name for name, gateway in gateways.items() if gateway} == {"external"}
    assert {n["name"]: n["subnets"][0].get("vlan") for n in spec["networks"]} == {
        **{"ctlplane": None, "internalapi": 20, "storage": 21, "tenant": 22, "external": None}
    }


def test_each_nic_is_pinned_to_its_own_slot() -> None:
    sheet = domain_xslt.pin_slots(plan().computes[0].nics)
    for position, slot in ((1, "0x03"), (2, "0x04"), (3, "0x05")):
        assert f"interface[{position}]" in sheet
        assert f'slot="{slot}"' in sheet
