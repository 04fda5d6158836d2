"""OpenStackControlPlane for the seed lab: what it says agrees with the plan and with what the user said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from manifests import control_plane, load_balancers, storage_templates, topology
from network import plan as make_plan
from settings.services import NEEDS, Services
from tests.lab import settings

ON_BY_DEFAULT = [name for name, service in Services().each() if getattr(service, "enabled", None)]
REFUSED = "octavia"
OPTIONAL = [
    name for name, service in Services().each() if getattr(service, "enabled", None) is False and name != REFUSED
]
CONFIGURED = [name for name, service in Services().each() if hasattr(service, "config") and name != REFUSED]
COMPACT = {"workers": {"count": 0}}
GO_TEMPLATE = "[DEFAULT]\nconnection = mysql://{{ .DbUser }}:{{ .DbPassword }}@db/{{`{{ literal }}`}}\n# ä %s {x}\n"


def spec(topology: dict[str, Any] | None = None, **openstack: Any) -> dict[str, Any]:
    """The spec for the seed lab with other settings of OpenStack."""
    lab = settings(openstack=openstack, topology=topology or {})
    rendered: dict[str, Any] = control_plane.render(lab, make_plan(lab))["spec"]
    return rendered


def of(service: str, release: str = "fr4", **given: Any) -> dict[str, Any]:
    """The template of one service, switched on, with its own settings."""
    switch = {"enabled": True} if service in OPTIONAL else {}
    section = spec(release=release, services={service: switch | given})[service]
    template: dict[str, Any] = section.get("template", section.get("templates"))
    return template


def every(found: Any, key: str) -> Iterator[Any]:
    """Every value under a key, however deep."""
    if isinstance(found, dict):
        for name, value in found.items():
            if name == key:
                yield value
            yield from every(value, key)
    elif isinstance(found, list):
        for value in found:
            yield from every(value, key)


def load_balanced(found: dict[str, Any]) -> list[dict[str, str]]:
    """The annotations of every service that is a load balancer, short names."""
    services = [service.get("internal", service) for service in every(found, "service")]
    assert all(service["spec"] == {"type": "LoadBalancer"} for service in services)
    return [
        {name.removeprefix("metallb.universe.tf/"): value for name, value in service["metadata"]["annotations"].items()}
        for service in services
    ]


def test_services_are_where_upstreams_plan_has_them() -> None:
    lab = settings(networks={"internalapi": {"cidr": "10.9.0.0/20"}})
    assert {name: str(vip) for name, vip in load_balancers.vips(make_plan(lab)).items()} == {
        **{"api": "10.9.0.80", "rabbitmq": "10.9.0.85", "rabbitmq-cell1": "10.9.0.86", "dns": "192.168.131.80"}
    }
    found = spec(services={name: {"enabled": True} for name in OPTIONAL})
    assert Counter((each["address-pool"], each["loadBalancerIPs"]) for each in load_balanced(found)) == {
        ("internalapi", "172.17.0.80"): 12,
        ("internalapi", "172.17.0.85"): 1,
        ("internalapi", "172.17.0.86"): 1,
        ("ctlplane", "192.168.131.80"): 1,
    }, "nine APIs that are on by default, two of them Nova's; Heat, Designate and Manila"


def test_a_message_bus_shares_its_address_with_nobody() -> None:
    found = load_balanced(spec())
    alone = {each["loadBalancerIPs"] for each in found if "allow-shared-ip" not in each}
    assert alone == {"172.17.0.85", "172.17.0.86"}
    assert all(each.get("allow-shared-ip", each["address-pool"]) == each["address-pool"] for each in found)


@pytest.mark.parametrize("name", ON_BY_DEFAULT)
def test_a_service_that_is_off_says_so_and_nothing_else(name: str) -> None:
    others = [other for other, needs in NEEDS.items() if name in needs]
    found = spec(services={each: {"enabled": False} for each in (name, *others)})
    assert found[name] == {"enabled": False}


@pytest.mark.parametrize("name", OPTIONAL)
def test_an_optional_service_runs_when_it_is_switched_on(name: str) -> None:
    assert spec()[name] == {"enabled": False}
    found = spec(services={name: {"enabled": True}})[name]
    assert found["enabled"] is True
    assert set(found) == {"enabled", "template"}


def test_every_service_of_the_settings_has_its_section_and_what_is_refused_is_off() -> None:
    assert list(control_plane.SECTIONS) == [name for name in Services.model_fields if name != REFUSED]
    assert spec()[REFUSED] == {"enabled": False}


def test_metrics_are_kept_on_request_in_volumes_of_the_labs_class() -> None:
    assert of("telemetry")["metricStorage"] == {"enabled": False}
    storage = spec(services={"telemetry": {"metrics": True}}, storage={"storageClass": "fast"})
    kept = storage["telemetry"]["template"]["metricStorage"]
    assert kept["enabled"] is True
    assert list(every(kept, "pvcStorageClass")) == ["fast"]
    assert kept["networkAttachments"] == ["ctlplane"], "where the computes are"


def test_replicas_follow_the_nodes_unless_they_are_said() -> None:
    usual, two, compact = spec(), spec({"workers": {"count": 2}}), spec(COMPACT)
    for found, count in ((usual, 3), (two, 2), (compact, 3)):
        assert found["keystone"]["template"]["replicas"] == count
        assert {database["replicas"] for database in found["galera"]["templates"].values()} == {count}
        assert found["swift"]["template"]["swiftRing"] == {"ringReplicas": count}
        assert found["dns"]["template"]["replicas"] == 2
    said = spec(services={"keystone": {"replicas": 5}, "rabbitmq": {"replicas": 1}, "swift": {"replicas": 5}})
    assert said["keystone"]["template"]["replicas"] == 5
    assert {bus["replicas"] for bus in said["rabbitmq"]["templates"].values()} == {1}
    assert said["swift"]["template"]["swiftStorage"]["replicas"] == 5
    assert said["swift"]["template"]["swiftRing"] == {"ringReplicas": 3}, "an object is on three disks, not on all"


def test_on_a_single_node_there_is_one_of_everything() -> None:
    """Databases, queues and OVN keep their data on the node, and a second could not start."""
    single = spec(
        {"masters": {"count": 1}, "workers": {"count": 0}},
        services={name: {"enabled": True} for name in OPTIONAL},
    )
    assert set(every(single, "replicas")) <= {0, 1}
    assert single["swift"]["template"]["swiftRing"] == {"ringReplicas": 1}


@pytest.mark.parametrize("release", ["fr2", "fr3", "fr4", "fr5", "fr6"])
def test_cells_name_their_bus_as_the_release_does(release: str) -> None:
    cells = of("nova", release)["cellTemplates"]
    new = release in ("fr5", "fr6")
    for cell, bus in (("cell0", "rabbitmq"), ("cell1", "rabbitmq-cell1")):
        expected = {"messagingBus": {"cluster": bus}} if new else {"cellMessageBusInstance": bus}
        assert {key: value for key, value in cells[cell].items() if "essag" in key} == expected


@pytest.mark.parametrize(
    ("release", "told"),
    [
        ("fr3", {}),
        ("fr4", {"notificationsBusInstance": "rabbitmq"}),
        ("fr5", {"notificationsBus": {"cluster": "rabbitmq"}}),
    ],
)
def test_services_notify_only_where_telemetry_listens(release: str, told: dict[str, Any]) -> None:
    def bus(**services: Any) -> dict[str, Any]:
        found = spec(release=release, services=services)
        return {key: value for key, value in found.items() if key.startswith("notifications")}

    assert bus() == told
    assert bus(telemetry={"enabled": False}) == {}


def test_consoles_are_reached_over_the_control_planes_network() -> None:
    cells = of("nova")["cellTemplates"]
    assert cells["cell1"]["noVNCProxyServiceTemplate"] == {"enabled": True, "networkAttachments": ["ctlplane"]}
    assert "noVNCProxyServiceTemplate" not in cells["cell0"], "the operator refuses one there"


def test_schedulers_look_for_new_computes_by_themselves() -> None:
    template = of("nova", config="[DEFAULT]\ndebug = true\n")
    text = template["schedulerServiceTemplate"]["customServiceConfig"]
    assert text == "[scheduler]\ndiscover_hosts_in_cells_interval = 60\n[DEFAULT]\ndebug = true\n"
    assert template["apiServiceTemplate"]["customServiceConfig"] == "[DEFAULT]\ndebug = true\n"


def test_the_resolver_asks_each_of_the_labs_resolvers() -> None:
    machine = {"mode": "bridge", "bridge": "br0", "gateway": "192.168.130.1", "dns": ["192.0.2.53", "192.0.2.54"]}
    lab = settings(networks={"machine": machine})
    options = control_plane.render(lab, make_plan(lab))["spec"]["dns"]["template"]["options"]
    assert options == [{"key": "server", "values": ["192.0.2.53"]}, {"key": "server", "values": ["192.0.2.54"]}]
    assert spec()["dns"]["template"]["options"] == [{"key": "server", "values": ["192.168.130.1"]}]


@pytest.mark.parametrize("name", CONFIGURED)
def test_configuration_is_passed_on_to_the_letter(name: str) -> None:
    own = list(every(of(name), "customServiceConfig"))
    texts = list(every(of(name, config=GO_TEMPLATE), "customServiceConfig"))
    told = [text for text in texts if text.endswith(GO_TEMPLATE)]
    assert told
    assert {text.removesuffix(GO_TEMPLATE) for text in told} <= {"", *own}, "the program's own comes first, and whole"
    assert set(texts) - set(told) <= set(own)


def test_images_are_in_swift_or_in_one_volume_or_where_the_user_says() -> None:
    off = {"swift": {"enabled": False}}
    [(name, api)] = of("glance")["glanceAPIs"].items()
    assert (name, api["type"], api["replicas"]) == ("default", "split", 3)
    assert "swift_store_key = {{ .ServicePassword }}\n" in of("glance")["customServiceConfig"]

    alone = spec(services=off)["glance"]["template"]
    assert {name: (api["type"], api["replicas"]) for name, api in alone["glanceAPIs"].items()} == {
        "file": ("single", 1)
    }, "a node's volume can't be shared, and the kind of an API that is there can't be changed"
    assert alone["keystoneEndpoint"] == "file"

    for kind, expected in (("s3", ("split", 3)), ("file", ("single", 3))):
        own = f"[DEFAULT]\nenabled_backends = mine:{kind}\n"
        template = spec(services=off | {"glance": {"config": own}})["glance"]["template"]
        [api] = template["glanceAPIs"].values()
        assert (api["type"], api["replicas"]) == expected
        assert template["customServiceConfig"] == own


@pytest.mark.parametrize(("topology", "node"), [({}, "worker-0"), (COMPACT, "master-0")])
def test_volumes_in_lvm_are_offered_by_the_node_that_has_them(topology: dict[str, Any], node: str) -> None:
    lab = settings(topology=topology)
    plan = make_plan(lab)
    backend = spec(topology)["cinder"]["template"]["cinderVolumes"]["lvm"]
    [address] = [vlan.addresses[0].ip for vlan in plan.node(node).nic("osp").vlans if vlan.network == "storage"]
    assert backend["nodeSelector"] == {"kubernetes.io/hostname": node}
    assert storage_templates.volume_node(plan) == node
    assert f"target_ip_address = {address}\n" in backend["customServiceConfig"]
    assert "networkAttachments" not in backend, "it runs in the node's own network"


def test_every_share_is_a_backend_of_one_volume_type() -> None:
    shares = ["nfs.example.com:/a", "192.0.2.9:/b/c"]
    backends = spec(storage={"volumes": "nfs", "nfsShares": shares})["cinder"]["template"]["cinderVolumes"]
    assert list(backends) == ["nfs-1", "nfs-2"]
    text = backends["nfs-2"]["customServiceConfig"]
    assert text.startswith("[nfs-2]\nvolume_backend_name = nfs\n")
    assert "nas_host = 192.0.2.9\nnas_share_path = /b/c\n" in text


def test_backups_go_to_swift_or_nowhere() -> None:
    assert of("cinder")["cinderBackup"]["replicas"] == 1
    assert spec(services={"swift": {"enabled": False}})["cinder"]["template"]["cinderBackup"] == {"replicas": 0}


def classes(found: Any) -> Iterator[str]:
    """The storage class of everything that asks for a volume."""
    if isinstance(found, dict) and "storageRequest" in found:
        yield found["storageClass"]
    for inner in found.values() if isinstance(found, dict) else found if isinstance(found, list) else ():
        yield from classes(inner)


def test_every_claim_names_the_storage_class() -> None:
    found = spec(services={name: {"enabled": True} for name in OPTIONAL}, storage={"storageClass": "fast"})
    claimed = [*classes(found), *every(found, "storageClassName")]
    assert claimed == ["fast"] * 10, "Galera, OVN and buses two each; Glance, Swift, Designate and Ironic one each"
    assert found["storageClass"] == "fast"


def test_instances_learn_what_the_wires_carry() -> None:
    def text(**networks: Any) -> str:
        lab = settings(networks=networks)
        template = control_plane.render(lab, make_plan(lab))["spec"]["neutron"]["template"]
        return str(template.get("customServiceConfig", ""))

    assert text() == ""
    assert text(tenant={"mtu": 1400}) == "[DEFAULT]\nglobal_physnet_mtu = 1500\n[ml2]\npath_mtu = 1400\n"


def test_name_servers_keep_clear_of_the_load_balancers() -> None:
    template = of("designate", replicas=9)
    assert template["designateBackendbind9"]["replicas"] + template["designateMdns"]["replicas"] < 80 - 70
    assert spec(services={"designate": {"enabled": True}})["redis"]["templates"] == {"designate-redis": {"replicas": 3}}
    assert "redis" not in spec()


def test_the_whole_control_plane_is_spread_by_one_topology() -> None:
    made = topology.render("openstack")
    assert spec()["topologyRef"] == {"name": made["metadata"]["name"]}
    [rule] = made["spec"]["topologySpreadConstraints"]
    assert rule == {"maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway"}


def test_everything_is_encrypted() -> None:
    assert spec()["tls"] == {"ingress": {"enabled": True}, "podLevel": {"enabled": True}}
