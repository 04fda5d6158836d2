"""The OpenStack object and NetConfig's webhook; that what is written fits upstream's definitions."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from rehearsal.operators import control_plane, openstack_init, openstack_webhooks
from rehearsal.operators.standin import KEEP, View
from rehearsal.operators.world import World
from tests.manifests.crd_schema import definitions, faults
from tests.rehearsal_operators.openstack_lab import (
    DNSMASQ,
    GOLDEN,
    INIT,
    NAMESPACE,
    PLANE,
    VERSION,
    Lab,
    csv,
    lab,
)

STAND_IN, NET_CONFIG = openstack_init.STANDINS[0], openstack_webhooks.STANDINS[0]
CSVS, CRDS = "ClusterServiceVersion.operators.coreos.com", "CustomResourceDefinition.apiextensions.k8s.io"


def told(made: Lab) -> str:
    return str(made.conditions(INIT)["Ready"]["message"])


def test_it_is_ready_with_its_webhooks() -> None:
    made = lab()
    made.round()
    assert not made.is_ready(INIT), "before the webhooks have endpoints"
    made.settle()
    assert made.is_ready(INIT)
    assert told(made) == "Setup complete"
    assert made.get(INIT)["status"]["deployedOperatorCount"] == 22
    for name in openstack_init.WEBHOOK_SERVICES:
        endpoints = made.get(("Endpoints", name, "openstack-operators"))
        assert endpoints["subsets"][0]["addresses"]
        assert ("Service", name, "openstack-operators") in made.objects


NEEDS = [
    ((CSVS, "cert-manager-operator.v1.15.0", "openstack-operators"), "cert-manager is not installed"),
    ((CRDS, "issuers.cert-manager.io", None), "cert-manager is not installed"),
    ((CRDS, "baremetalhosts.metal3.io", None), "the kind BareMetalHost (baremetalhosts.metal3.io) is not served"),
]


@pytest.mark.parametrize(("key", "sentence"), NEEDS)
def test_what_it_needs(key: tuple[str, str, str | None], sentence: str) -> None:
    made = lab()
    gone = made.get(key)
    made.drop(*key)
    made.settle()
    assert sentence in told(made)
    assert made.conditions(INIT)["OpenStackOperatorReadyCondition"]["reason"] == "Requested"
    assert not made.is_ready()
    made.put(gone)
    assert made.settle().is_ready(INIT)


def test_a_second_one_is_ignored() -> None:
    made = lab().settle()
    made.put({**made.get(INIT), "metadata": {"name": "second", "namespace": "openstack-operators"}})
    made.settle()
    second = made.conditions(("OpenStack.operator.openstack.org", "second", "openstack-operators"))
    assert "OpenStack openstack is there already" in second["Ready"]["message"]
    assert made.is_ready(INIT)


def test_another_version_of_the_operator_is_new_work() -> None:
    made = lab().settle()
    assert STAND_IN.inputs(made.get(INIT), made.world()) == "1.0.7"
    assert openstack_init.release(made.world()) == "18.0.7"
    made.drop(CSVS, "openstack-operator.v1.0.7", "openstack-operators")
    made.put(csv("openstack", "1.0.16"))
    assert STAND_IN.inputs(made.get(INIT), made.world()) == "1.0.16"
    assert openstack_init.release(made.settle().world()) == "18.0.16"


def test_the_oldest_operators_need_no_such_object() -> None:
    assert openstack_init.release(World([csv("openstack", "1.0.6")])) == "18.0.6"
    assert openstack_init.release(World()) is None


def test_it_brings_the_definitions_and_leaves_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("netconfigs.network.openstack.org", "openstacks.operator.openstack.org", "issuers.cert-manager.io")
    for name in names:
        plural, _, group = name.partition(".")
        crd = {"kind": "CustomResourceDefinition", "metadata": {"name": name}, "spec": {"group": group}}
        (tmp_path / "crds").mkdir(exist_ok=True)
        (tmp_path / "crds" / f"{group}_{plural}.yaml").write_text(yaml.safe_dump(crd))
    monkeypatch.setenv("RHOSO_ENGINE", str(tmp_path))
    made = lab()
    [crd] = STAND_IN.parts(View(made.get(INIT), "waiting"), made.world())
    assert crd["metadata"] == {"name": names[0], "annotations": {KEEP: "true"}}
    assert (
        "OpenStackOperator in progress"
        in STAND_IN.status(View(made.get(INIT), "ready"), made.world())["conditions"][0]["message"]
    ), "ready before its kinds are served"


@pytest.mark.parametrize("key", [INIT, PLANE, VERSION, DNSMASQ])
@pytest.mark.parametrize("settled", [False, True])
def test_statuses_fit_the_definitions(engine: Path, key: tuple[str, str, str | None], settled: bool) -> None:
    known = definitions(engine / "crds")
    made = lab()
    made.settle()
    if not settled:
        made.drop("Topology.topology.openstack.org", "spread", NAMESPACE)
        made.settle()
    obj = made.get(key)
    metadata = {"name": obj["metadata"]["name"], "namespace": obj["metadata"]["namespace"]}
    kind = {"apiVersion": _API[key[0]], "kind": key[0].partition(".")[0]}
    assert obj["status"]["conditions"]
    sent = {**kind, "metadata": metadata, "spec": obj["spec"], "status": obj["status"]}
    # Between two releases the golden spec may have fields that these definitions lack; the status may not.
    complaints = [text for text in faults(sent, known[kind["apiVersion"], kind["kind"]]) if "status" in text]
    assert complaints == []


_API = {
    INIT[0]: "operator.openstack.org/v1beta1",
    PLANE[0]: "core.openstack.org/v1beta1",
    VERSION[0]: "core.openstack.org/v1beta1",
    DNSMASQ[0]: "network.openstack.org/v1beta1",
}


def net_config() -> dict[str, Any]:
    made: dict[str, Any] = yaml.safe_load((GOLDEN / "s7-networks" / "netconfig-netconfig.yaml").read_text())
    return made


def at(network: int, subnet: bool = False, **changes: Any) -> Callable[[dict[str, Any]], None]:
    def change(obj: dict[str, Any]) -> None:
        found = obj["spec"]["networks"][network]
        (found["subnets"][0] if subnet else found).update(changes)

    return change


REFUSED = [
    (at(1, name="ctlplane"), "network name ctlplane already in use at spec.networks[0].name, must be uniq"),
    (at(1, dnsDomain="ctlplane.lab.example.com"), "DNSDoman name ctlplane.lab.example.com already in use"),
    (at(0, dnsDomain="lab"), "DNSDoman name lab is not valid"),
    (at(1, True, cidr="192.168.131.0/24"), "CIDR 192.168.131.0/24 already in use at spec.networks[0].subnets[0].name"),
    (at(0, True, cidr="192.168.131.0/33"), "spec.networks[0].subnets[0].cidr: Invalid value"),
    (at(4, True, gateway="10.0.1.1"), "address not in IP address prefix (CIDR) 10.0.0.0/24"),
    (at(4, True, gateway="fd00::1"), "cannot mix IPv4 and IPv6"),
    (at(4, True, excludeAddresses=["x"]), 'excludeAddresses[0]: Invalid value: "x": not an IP address'),
    (at(4, True, routes=[{"destination": "0.0.0.0/0", "nexthop": "172.17.0.1"}]), "routes[0].nexthop"),
    (
        at(0, True, allocationRanges=[{"start": "192.168.131.200", "end": "192.168.131.100"}]),
        "Start address: 192.168.131.200 > End address 192.168.131.100",
    ),
]


@pytest.mark.parametrize(("change", "reason"), REFUSED)
def test_net_configs_webhook_refuses(change: Callable[[dict[str, Any]], None], reason: str) -> None:
    obj = net_config()
    assert NET_CONFIG.refuses("CREATE", obj, None, World()) is None
    change(obj)
    assert reason in (NET_CONFIG.refuses("CREATE", obj, None, World()) or "")


def test_given_addresses_keep_their_networks() -> None:
    old, new = net_config(), net_config()
    new["spec"]["networks"][1]["subnets"][0]["vlan"] = 99
    new["spec"]["networks"].pop(4)
    assert NET_CONFIG.refuses("UPDATE", new, old, World()) is None
    ip_set = {"apiVersion": "network.openstack.org/v1beta1", "kind": "IPSet"}
    world = World([{**ip_set, "metadata": {"name": "compute-0", "namespace": NAMESPACE}}])
    why = NET_CONFIG.refuses("UPDATE", new, old, world) or ""
    assert "vlan of a subnet must not change - 20" in why
    assert "network external removed" in why
    assert "still 1 IPSets" in (NET_CONFIG.refuses("DELETE", old, old, world) or "")
    assert NET_CONFIG.refuses("DELETE", old, old, World()) is None
    more = copy.deepcopy(old)
    more["spec"]["networks"].append({"name": "new", "dnsDomain": "new.lab.example.com", "subnets": []})
    assert NET_CONFIG.refuses("UPDATE", more, old, world) is None


def test_there_is_one_net_config_in_a_namespace() -> None:
    second = net_config()
    second["metadata"]["name"] = "second"
    assert "already NetConfig netconfig" in (NET_CONFIG.refuses("CREATE", second, None, World([net_config()])) or "")


def test_all_of_them_belong_to_the_openstack_operator() -> None:
    stand_ins = [*openstack_init.STANDINS, *control_plane.STANDINS, *openstack_webhooks.STANDINS]
    assert {stand_in.operator for stand_in in stand_ins} == {"openstack"}
