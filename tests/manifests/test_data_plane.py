"""The data plane: what its objects say agrees with the plan, and os-net-config's template makes of it what is planned.

The template is rendered as the data plane does it: with variables taken from NetConfig and node set by IPAM's rules
(openstack-operator internal/dataplane/inventory.go), written here apart from the renderers.
"""

from __future__ import annotations

import base64
import configparser
import copy
import json
import re
from ipaddress import ip_address, ip_network
from typing import Any

import jinja2
import pytest
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import HealthCheck, given
from hypothesis import settings as budget

from manifests import data_plane_secrets, deployment, net_config, node_set, os_net_config, osp_secret, tempest
from manifests.credentials import Credentials
from manifests.files import files
from network import Node, Plan
from network import plan as make_plan
from settings import Rotation, Settings, parse
from settings.rotation import LABELS
from tests.lab import SECRET, plan, settings
from tests.strategies import configurations

CREDENTIALS = Credentials(SECRET)
RESOLVER = "192.168.131.80"
ACTIVATION = {"registration": {"organization": "0123", "activationKey": "key-of-the-lab"}}
LOGIN = {"registration": {"username": "me", "password": "0123"}}


def red_hat(auth: str) -> dict[str, Any]:
    """An installation whose pull secret has this entry for Red Hat's registry."""
    return {"pullSecret": json.dumps({"auths": {"registry.redhat.io": {"auth": auth}}})}


def injected(nodes: dict[str, Any], networks: dict[str, Any], key: str) -> dict[str, Any]:
    """The variables of one compute: the node set's own, and what IPAM makes of its networks."""
    node = nodes["spec"]["nodes"][key]
    known = {network["name"]: network for network in networks["spec"]["networks"]}
    made: dict[str, Any] = {"dns_search_domains": []}
    for wanted in node["networks"]:
        network = known[wanted["name"]]
        [subnet] = [subnet for subnet in network["subnets"] if subnet["name"] == wanted["subnetName"]]
        name = network["name"]
        assert any(within(wanted["fixedIP"], part) for part in subnet["allocationRanges"]), f"{name}: IPAM refuses it"
        gateway = subnet.get("gateway")
        default = [{"destination": "0.0.0.0/0", "nexthop": gateway}] if wanted.get("defaultRoute") else []
        made |= {
            f"{name}_ip": wanted["fixedIP"],
            f"{name}_cidr": ip_network(subnet["cidr"]).prefixlen,
            f"{name}_mtu": network["mtu"],
            f"{name}_gateway_ip": gateway,
            f"{name}_host_routes": default,
        }
        if "vlan" in subnet:
            made[f"{name}_vlan_id"] = subnet["vlan"]
        made["dns_search_domains"].append(network["dnsDomain"])
    names = [wanted["name"] for wanted in node["networks"] if wanted["name"] != "ctlplane"]
    made |= {"ctlplane_dns_nameservers": [RESOLVER], "nodeset_networks": names}
    made["networks_lower"] = {name: name.lower() for name in names}
    made |= nodes["spec"]["nodeTemplate"]["ansible"]["ansibleVars"]
    made |= node["ansible"]["ansibleVars"]
    return made


def within(address: str, bounds: dict[str, str]) -> bool:
    """Whether an address is in a range with start and end."""
    start, middle, end = (int(ip_address(text)) for text in (bounds["start"], address, bounds["end"]))
    return start <= middle <= end


def os_net_config_of(variables: dict[str, Any], trim: bool = True) -> list[dict[str, Any]]:
    """What Ansible writes for os-net-config. Ansible trims blocks; the template must not depend on it."""

    def lookup(plugin: str, name: str, default: Any = None) -> Any:
        assert plugin == "vars"
        return variables[name] if default is None else variables.get(name, default)

    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, trim_blocks=trim)
    text = environment.from_string(variables["edpm_network_config_template"]).render(variables, lookup=lookup)
    entries: list[dict[str, Any]] = yaml.safe_load(text)["network_config"]
    return entries


def entries_of(the_settings: Settings, the_plan: Plan, node: Node) -> list[dict[str, Any]]:
    """The same for a compute of a lab."""
    nodes = node_set.render(the_settings, the_plan)
    return os_net_config_of(injected(nodes, net_config.render(the_plan, "openstack"), node.name))


def default_routes(entries: list[dict[str, Any]]) -> list[str]:
    """The gateways of all default routes."""
    routes = [route for entry in entries for route in entry.get("routes", [])]
    return [route["next_hop"] if "next_hop" in route else route["nexthop"] for route in routes if is_default(route)]


def is_default(route: dict[str, Any]) -> bool:
    return route.get("default", False) or "0.0.0.0/0" in (route.get("ip_netmask"), route.get("destination"))


def as_planned(entries: list[dict[str, Any]], node: Node) -> None:
    """Every NIC and VLAN has what the plan says, and there is nothing else."""
    machine, wire, *vlans, bridge = entries
    macs = os_net_config.mapping(node)
    for entry, nic in ((machine, node.nic("ocp")), (wire, node.nic("osp")), (bridge, node.nic("external"))):
        [name] = [entry["name"]] if entry["type"] == "interface" else [member["name"] for member in entry["members"]]
        assert macs[name] == nic.mac
        assert [address["ip_netmask"] for address in entry["addresses"]] == [str(a) for a in nic.addresses]
        assert entry["mtu"] == nic.mtu
        assert entry["use_dhcp"] is False
    planned = {vlan.vlan: vlan for vlan in node.nic("osp").vlans}
    assert {vlan["vlan_id"] for vlan in vlans} == set(planned)
    for vlan in vlans:
        assert (vlan["type"], vlan["device"], vlan["mtu"]) == ("vlan", wire["name"], planned[vlan["vlan_id"]].mtu)
        assert [a["ip_netmask"] for a in vlan["addresses"]] == [str(a) for a in planned[vlan["vlan_id"]].addresses]
    assert default_routes(entries) == [str(gateway) for gateway in node.nic("ocp").gateways]


@pytest.mark.parametrize("trim", [True, False])
def test_a_compute_gets_its_planned_networks_and_one_default_route(trim: bool) -> None:
    the_plan = plan()
    nodes, networks = node_set.render(settings(), the_plan), net_config.render(the_plan, "openstack")
    for node in the_plan.computes:
        entries = os_net_config_of(injected(nodes, networks, node.name), trim)
        as_planned(entries, node)
        assert [entry["type"] for entry in entries] == ["interface"] * 2 + ["vlan"] * 3 + ["ovs_bridge"]
        assert entries[-1]["name"] == "br-ex"
        assert entries[-1]["members"][0]["primary"] is True


def test_a_default_route_by_ipam_would_be_the_second_and_is_seen() -> None:
    the_plan = plan()
    nodes, networks = node_set.render(settings(), the_plan), net_config.render(the_plan, "openstack")
    external = nodes["spec"]["nodes"]["compute-0"]["networks"][-1]
    external["defaultRoute"] = True
    with pytest.raises(AssertionError):
        as_planned(os_net_config_of(injected(nodes, networks, "compute-0")), the_plan.node("compute-0"))


def test_every_network_has_its_own_mtu() -> None:
    mtus = {"machine": 1400, "ctlplane": 9000, "internalapi": 1500, "storage": 8900, "tenant": 1600, "external": 1450}
    the_settings = settings(networks={name: {"mtu": mtu} for name, mtu in mtus.items()})
    the_plan = make_plan(the_settings)
    entries = entries_of(the_settings, the_plan, the_plan.computes[0])
    assert [entry["mtu"] for entry in entries] == list(mtus.values())
    assert entries[-1]["members"][0]["mtu"] == mtus["external"]


def test_a_compute_asks_openstacks_resolver_over_the_control_plane() -> None:
    entries = entries_of(settings(), plan(), plan().computes[1])
    assert {e["name"]: e["dns_servers"] for e in entries if "dns_servers" in e} == {"nic2": [RESOLVER]}
    assert "ctlplane.lab.example.com" in entries[1]["domain"]


@budget(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(configurations())
def test_the_data_plane_of_any_lab_follows_its_plan(configuration: dict[str, Any]) -> None:
    the_settings = parse("lab", configuration)
    the_plan = make_plan(the_settings)
    nodes = json.loads(json.dumps(node_set.render(the_settings, the_plan)))
    networks = net_config.render(the_plan, "openstack")

    assert list(nodes["spec"]["nodes"]) == [node.name for node in the_plan.computes]
    mappings = nodes["spec"]["nodeTemplate"]["ansible"]["ansibleVars"]["edpm_network_config_os_net_config_mappings"]
    for node in the_plan.computes:
        assert nodes["spec"]["nodes"][node.name]["ansible"]["ansibleHost"] == str(node.nic("osp").addresses[0].ip)
        assert sorted(mappings[node.name].values()) == sorted(nic.mac for nic in node.nics)
    for node in the_plan.computes[-1:]:
        as_planned(os_net_config_of(injected(nodes, networks, node.name)), node)


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


def variables(**changes: Any) -> dict[str, Any]:
    """The node set's own variables."""
    the_settings = settings(**changes)
    spec = node_set.render(the_settings, make_plan(the_settings))["spec"]
    result: dict[str, Any] = spec["nodeTemplate"]["ansible"]["ansibleVars"]
    return result


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


def test_an_unregistered_compute_hears_nothing_of_red_hat() -> None:
    spec = node_set.render(settings(), plan())["spec"]["nodeTemplate"]["ansible"]
    assert "ansibleVarsFrom" not in spec
    assert not [name for name in spec["ansibleVars"] if name.startswith("rhc_")]
    names = [secret["metadata"]["name"] for secret in data_plane_secrets.render(settings(), CREDENTIALS)]
    assert names == ["libvirt-secret", "nova-migration-ssh-key", "dataplane-ansible-ssh-private-key-secret"]


def secrets(the_settings: Settings) -> dict[str, dict[str, str]]:
    """Values by name of Secret."""
    made = data_plane_secrets.render(the_settings, CREDENTIALS)
    assert all((secret["kind"], secret["metadata"]["namespace"]) == ("Secret", "openstack") for secret in made)
    return {secret["metadata"]["name"]: secret["stringData"] for secret in made}


def test_an_activation_key_registers_with_its_organization() -> None:
    the_settings = settings(compute=ACTIVATION)
    auth = json.loads(secrets(the_settings)["subscription-manager"]["rhc_auth"])
    assert auth == {"activation_keys": {"keys": ["key-of-the-lab"]}}
    spec = node_set.render(the_settings, plan())["spec"]["nodeTemplate"]["ansible"]
    assert spec["ansibleVarsFrom"] == [{"secretRef": {"name": "subscription-manager"}}]
    assert spec["ansibleVars"]["rhc_organization"] == "0123", "a text, though it looks like a number"
    assert spec["ansibleVars"]["rhc_release"] == "9.4"
    assert spec["ansibleVars"]["rhc_repositories"][0] == {"name": "*", "state": "disabled"}


def test_a_user_registers_with_a_password_that_stays_a_text() -> None:
    the_settings = settings(compute=LOGIN)
    auth = json.loads(secrets(the_settings)["subscription-manager"]["rhc_auth"])
    assert auth == {"login": {"username": "me", "password": "0123"}}
    assert "rhc_organization" not in variables(compute=LOGIN)


def test_packages_are_of_the_images_minor_release() -> None:
    compute = {"image": "rhel-9.6-x86_64-kvm.qcow2", "release": "9.6", **LOGIN}
    assert variables(compute=compute)["rhc_release"] == "9.6"


def test_a_registered_compute_pulls_images_with_the_login_of_the_pull_secret() -> None:
    encoded = base64.b64encode(b"1234|lab:to:ken").decode()
    the_settings = settings(compute=LOGIN, openshift=red_hat(encoded))
    logins = json.loads(secrets(the_settings)["redhat-registry"]["edpm_container_registry_logins"])
    assert logins == {"registry.redhat.io": {"1234|lab": "to:ken"}}
    assert data_plane_secrets.variable_sources(the_settings) == ["subscription-manager", "redhat-registry"]
    assert "redhat-registry" not in secrets(settings(openshift=red_hat(encoded))), "it is not registered"


@pytest.mark.parametrize("registry", ["registry.redhat.io", "registry.example.com"])
def test_without_a_login_for_the_registry_there_is_none_for_computes(registry: str) -> None:
    kept = {"pullSecret": json.dumps({"auths": {registry: {"credsStore": "desktop"}}})}
    assert "redhat-registry" not in secrets(settings(compute=LOGIN, openshift=kept))


def test_both_key_pairs_are_whole_and_not_the_same() -> None:
    made = secrets(settings())
    pairs = [made["nova-migration-ssh-key"], made["dataplane-ansible-ssh-private-key-secret"]]
    for pair in pairs:
        private = serialization.load_pem_private_key(pair["ssh-privatekey"].encode(), None)
        assert isinstance(private, ec.EllipticCurvePrivateKey)
        assert private.curve.name == "secp521r1"
        public = serialization.load_ssh_public_key(pair["ssh-publickey"].encode())
        assert public == private.public_key()
    assert pairs[0] != pairs[1]
    assert pairs[1]["ssh-publickey"] == CREDENTIALS.key_pair("computes").public, "the one that cloud-init authorises"


@pytest.mark.parametrize(
    "label", [name for name, label in LABELS.items() if label.rotation is not Rotation.NEVER], ids=str
)
def test_what_the_computes_hold_is_replaced_with_a_deployment_and_nothing_else_makes_one(label: str) -> None:
    rotated = settings(rotation={label: 2})
    credentials = Credentials(SECRET, rotated.rotation)
    told = data_plane_secrets.fingerprints(rotated, credentials)
    held = data_plane_secrets.render(rotated, credentials), osp_secret.render("openstack", credentials)
    before = data_plane_secrets.render(settings(), CREDENTIALS), osp_secret.render("openstack", CREDENTIALS)
    made = deployment.render(node_set.render(rotated, make_plan(rotated)), told)
    assert held != before, "it is replaced somewhere"
    assert (made != deployed()) is (LABELS[label].rotation is Rotation.DATA_PLANE)


def test_every_derived_credential_has_its_label(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = set()

    def octets(self: Credentials, label: str, length: int, version: int | None = None) -> bytes:
        asked.add(label.rpartition("/")[2])
        return original(self, label, length, version)

    original = Credentials.octets
    monkeypatch.setattr(Credentials, "octets", octets)
    files(settings(), plan())
    assert asked - {"fingerprint"} == set(LABELS)


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


def deployed(the_settings: Settings | None = None, secret: str = SECRET) -> dict[str, Any]:
    """The deployment of a lab."""
    the_settings = the_settings or settings()
    fingerprints = data_plane_secrets.fingerprints(the_settings, Credentials(secret))
    return deployment.render(node_set.render(the_settings, make_plan(the_settings)), fingerprints)


def test_a_deployment_deploys_the_node_set_with_its_own_services() -> None:
    made = deployed()
    assert made["spec"]["nodeSets"] == ["computes"]
    assert "servicesOverride" not in made["spec"]
    assert made["metadata"]["name"].startswith("computes-")


def test_the_same_lab_deploys_under_the_same_name_whatever_the_order_of_keys() -> None:
    nodes = node_set.render(settings(), plan())
    shuffled = copy.deepcopy(nodes)
    shuffled["spec"] = dict(reversed(nodes["spec"].items()))
    names = {deployment.render(each, {"a": "1", "b": "2"})["metadata"]["name"] for each in (nodes, shuffled)}
    names.add(deployment.render(nodes, {"b": "2", "a": "1"})["metadata"]["name"])
    assert len(names) == 1


def test_whatever_reaches_the_computes_gives_a_deployment_of_its_own() -> None:
    nodes = node_set.render(settings(), plan())
    changed = [
        deployed(),
        deployed(secret="f" * 64),
        deployed(settings(topology={"computes": {"count": 3}})),
        deployed(settings(openstack={"services": {"telemetry": {"enabled": False}}})),
        deployed(settings(compute=LOGIN)),
        deployed(settings(compute={"registration": {"username": "me", "password": "another"}})),
        deployment.render(nodes, data_plane_secrets.fingerprints(settings(), CREDENTIALS), ["ovn"]),
    ]
    names = [made["metadata"]["name"] for made in changed]
    assert len(set(names)) == len(names)
    assert changed[-1]["spec"]["servicesOverride"] == ["ovn"]


def test_a_secret_that_no_compute_holds_leaves_the_deployment_alone() -> None:
    before = data_plane_secrets.fingerprints(settings(), CREDENTIALS)
    assert before.keys() == {*secrets(settings()), osp_secret.NAME}
    other = settings(openshift=red_hat(base64.b64encode(b"u:t").decode()))
    assert data_plane_secrets.fingerprints(other, CREDENTIALS) == before


@pytest.mark.parametrize(("key", "counts"), [("MetadataSecret", True), ("SwiftPassword", False)])
def test_of_the_shared_secret_only_what_computes_hold_counts(
    key: str, counts: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = deployed()
    data = osp_secret.data(CREDENTIALS) | {key: "rotated"}
    monkeypatch.setattr(osp_secret, "data", lambda _: data)
    assert (deployed() != before) is counts


def test_no_fingerprint_tells_a_secret() -> None:
    the_settings = settings(compute=LOGIN)
    told = json.dumps([data_plane_secrets.fingerprints(the_settings, CREDENTIALS), deployed(the_settings)])
    told += json.dumps(node_set.render(the_settings, plan()))
    for values in secrets(the_settings).values():
        for value in values.values():
            assert value not in told
            assert json.dumps(value)[1:-1] not in told


def test_names_of_the_operators_jobs_are_not_cut() -> None:
    made, nodes = deployed(), node_set.render(settings(), plan())
    for service in nodes["spec"]["services"]:
        assert len(f"{service}-{made['metadata']['name']}-{nodes['metadata']['name']}") <= 63


def test_tempest_keeps_to_a_class_and_a_network_that_the_lab_has() -> None:
    the_settings = settings(openstack={"storage": {"storageClass": "mine"}})
    spec = tempest.render(the_settings, ["tempest.api.a", "tempest.api.b"], "http://mirror.example.com/guest.img")[
        "spec"
    ]
    assert spec["storageClass"] == "mine"
    assert spec["networkAttachments"] == ["ctlplane"]
    assert spec["tempestRun"]["includeList"].splitlines() == ["tempest.api.a", "tempest.api.b"]
    assert spec["tempestconfRun"] == {"image": "http://mirror.example.com/guest.img"}
    assert "tempestconfRun" not in tempest.render(the_settings)["spec"]
