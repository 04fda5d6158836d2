"""What `make plan FORMAT=json` prints for tools: the whole plan, under names that stay."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from network import Plan, plan
from network.document import document
from network.document import text as as_json
from settings.stackfile import load_stack

ROOT = Path(__file__).parents[2]


def example(stack: str) -> Plan:
    return plan(load_stack(stack, ROOT))


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for item in value.values():
            yield from leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item)
    else:
        yield value


@pytest.mark.parametrize("stack", ["lab", "compact", "wide", "sno"])
def test_the_json_holds_the_whole_plan(stack: str) -> None:
    the_plan = example(stack)
    read = json.loads(as_json(the_plan))

    assert read == document(the_plan), "it must be the same after a round trip"
    assert read.pop("version") == 1
    assert set(read) == {field.name for field in dataclasses.fields(Plan)}
    told = set(leaves(read))
    nics = [nic for node in the_plan.nodes for nic in node.nics]
    assert {nic.mac for nic in nics} <= told
    addresses = [address for nic in nics for address in nic.addresses]
    addresses += [address for nic in nics for vlan in nic.vlans for address in vlan.addresses]
    assert {str(address) for address in addresses} <= told
    assert [node["name"] for node in read["nodes"]] == [node.name for node in the_plan.nodes]


def test_the_names_that_tools_rely_on_are_there() -> None:
    """Another name here is another version of the document (network/document.py)."""
    read = document(example("lab"))
    compute = read["nodes"][-1]
    osp = compute["nics"][1]

    assert {"version", "stack", "cluster_name", "base_domain", "networks", "openstack", "nodes"} <= set(read)
    assert (read["stack"], read["cluster_name"], read["base_domain"]) == ("lab", "lab", "example.com")
    assert (read["api_vips"], read["ingress_vips"]) == (["192.168.130.5"], ["192.168.130.7"])
    assert (read["rendezvous_ip"], read["resolvers"]) == ("192.168.130.20", ["192.168.130.1"])
    assert {key: compute[key] for key in ("name", "role", "index", "host", "fqdn")} == {
        "name": "compute-1",
        "role": "compute",
        "index": 1,
        "host": "kvm",
        "fqdn": "compute-1.lab.example.com",
    }
    assert {key: osp[key] for key in ("name", "slot", "network", "addresses", "gateways", "mtu")} == {
        "name": "ens4",
        "slot": 4,
        "network": "osp",
        "addresses": ["192.168.131.101/24"],
        "gateways": [],
        "mtu": 1500,
    }
    assert osp["vlans"][1] == {
        "network": "storage",
        "vlan": 21,
        "interface": "vlan21",
        "addresses": ["172.18.0.101/24"],
        "mtu": 1500,
    }
    assert read["openstack"]["storage"]["subnets"][0] == {
        "cidr": "172.18.0.0/24",
        "gateway": None,
        "static": {"worker": ["172.18.0.10", "172.18.0.29"], "compute": ["172.18.0.100", "172.18.0.250"]},
        "nad_range": ["172.18.0.30", "172.18.0.70"],
        "metallb": ["172.18.0.80", "172.18.0.90"],
        "allocation": [["172.18.0.100", "172.18.0.250"]],
    }
    assert set(read["networks"]["osp"]) == {"key", "name", "host", "bridge", "mode", "subnets", "mtu"} | {
        "dns_hosts",
        "apps_domain",
    }
