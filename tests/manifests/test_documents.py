"""The documents of the installation and of the computes, for the seed lab."""

from typing import Any

import yaml

from manifests import agent_config, cloud_init, install_config, net_config
from network import plan as make_plan
from tests.lab import PULL_SECRET, certificate, plan, settings

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
    lab = settings(openshift={"pullSecret": PULL_SECRET, "sshKeys": [other]})
    assert install_config.render(lab, plan(), KEY)["sshKey"].splitlines() == [KEY, other]


def rendered(**openshift: Any) -> dict[str, Any]:
    """The install-config of the seed lab with options of the installation."""
    lab = settings(openshift={"pullSecret": PULL_SECRET, **openshift})
    return install_config.render(lab, make_plan(lab), KEY)


def test_options_that_are_not_given_are_not_mentioned() -> None:
    assert set(rendered()) == {
        *("apiVersion", "baseDomain", "metadata", "controlPlane", "compute", "networking", "platform"),
        *("pullSecret", "sshKey"),
    }


def test_a_proxy_is_passed_on_with_its_exceptions_in_one_text() -> None:
    proxy = {"http": "http://me:pw@proxy.example.com:3128", "noProxy": [".example.com", "10.0.0.0/8"]}
    assert rendered(proxy=proxy)["proxy"] == {
        "httpProxy": "http://me:pw@proxy.example.com:3128",
        "noProxy": ".example.com,10.0.0.0/8",
    }


def test_mirrors_become_image_digest_sources() -> None:
    mirror = {"source": "quay.io/ocp", "mirrors": ["a.example.com/ocp", "b.example.com/ocp"]}
    assert rendered(mirrors=[mirror])["imageDigestSources"] == [mirror]


def test_a_trust_bundle_is_used_always_unless_there_is_a_proxy() -> None:
    pem = certificate()
    proxy = {"http": "http://proxy.example.com:3128"}
    assert rendered(trustBundle=pem)["additionalTrustBundlePolicy"] == "Always"
    assert rendered(trustBundle=pem, proxy=proxy)["additionalTrustBundlePolicy"] == "Proxyonly"
    assert rendered(trustBundle=pem, proxy=proxy, trustPolicy="Always")["additionalTrustBundlePolicy"] == "Always"
    assert rendered(trustBundle=pem)["additionalTrustBundle"] == pem


def test_fips_and_capabilities_are_passed_on() -> None:
    needed = ["Ingress", "baremetal", "MachineAPI", "OperatorLifecycleManager", "marketplace"]
    document = rendered(fips=True, capabilities={"baseline": "None", "additional": needed})
    assert document["fips"] is True
    assert document["capabilities"] == {"baselineCapabilitySet": "None", "additionalEnabledCapabilities": needed}


def test_the_clusters_own_networks_and_vips_are_the_settings() -> None:
    own = {"podNetwork": "10.200.0.0/16", "podHostPrefix": 24, "serviceNetwork": "10.201.0.0/16"}
    document = rendered(**own, apiVip="192.168.130.10", ingressVip="192.168.130.11")
    assert document["networking"]["clusterNetwork"] == [{"cidr": "10.200.0.0/16", "hostPrefix": 24}]
    assert document["networking"]["serviceNetwork"] == ["10.201.0.0/16"]
    assert document["platform"]["baremetal"] == {"apiVIPs": ["192.168.130.10"], "ingressVIPs": ["192.168.130.11"]}


def test_a_compact_lab_says_that_it_has_no_workers() -> None:
    compact = settings(topology={"workers": {"count": 0}})
    document = install_config.render(compact, make_plan(compact), KEY)
    assert document["compute"] == [{"name": "worker", "replicas": 0}], "left out, the installer expects 3"
    for host in agent_config.render(compact, make_plan(compact))["hosts"]:
        assert [interface["name"] for interface in host["networkConfig"]["interfaces"]] == ["ens3", "ens4"]


def test_computes_ask_the_same_time_servers_as_the_nodes() -> None:
    node = plan().computes[0]
    document = yaml.safe_load(cloud_init.user_data(node, "cloud-admin", KEY, ["ntp.example.com"]))
    assert document["ntp"] == {"enabled": True, "servers": ["ntp.example.com"]}
    assert "ntp" not in yaml.safe_load(cloud_init.user_data(node, "cloud-admin", KEY))


def test_nodes_ask_the_resolvers_of_the_settings() -> None:
    machine = {"mode": "bridge", "bridge": "br0", "gateway": "192.168.130.1", "dns": ["192.0.2.53", "192.0.2.54"]}
    the_plan = plan(networks={"machine": machine})
    [host, *_] = agent_config.render(settings(), the_plan)["hosts"]
    assert host["networkConfig"]["dns-resolver"]["config"]["server"] == machine["dns"]
    ethernets = yaml.safe_load(cloud_init.network_config(the_plan.computes[0], the_plan))["ethernets"]
    assert ethernets["ens3"]["nameservers"]["addresses"] == machine["dns"]


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
