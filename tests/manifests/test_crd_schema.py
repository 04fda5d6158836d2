"""The check without a server finds what a server would refuse, and nothing else.

tests/api compares the two over real definitions; here each rule stands alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.manifests.crd_schema import definitions, documents, faults

NETWORK = {
    "type": "object",
    "required": ["name", "mtu"],
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 8},
        "mtu": {"type": "integer", "default": 1500, "minimum": 576, "maximum": 9216},
        "mode": {"type": "string", "enum": ["bridge", "vlan"]},
        "share": {"type": "number"},
        "port": {"anyOf": [{"type": "integer"}, {"type": "string"}], "x-kubernetes-int-or-string": True},
        "comment": {"type": "string", "nullable": True},
        "count": {"type": "integer", "format": "int32"},
        "key": {"type": "string", "format": "byte"},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}, "maxProperties": 2},
        "state": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        "ports": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "port": {"type": "integer"},
                    "protocol": {"type": "string", "default": "TCP"},
                },
            },
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["port", "protocol"],
        },
        "anything": {"x-kubernetes-preserve-unknown-fields": True},
        "limits": {"type": "object", "required": ["pods"], "properties": {"pods": {"type": "integer", "default": 1}}},
    },
}
SCHEMA = {
    "type": "object",
    "required": ["spec"],
    "properties": {
        "spec": {
            "type": "object",
            "properties": {
                "networks": {
                    "type": "array",
                    "items": NETWORK,
                    "maxItems": 3,
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["name"],
                },
                "zones": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"},
            },
        }
    },
}


def config(*networks: Any, **spec: Any) -> dict[str, Any]:
    """An object with these networks."""
    spec = {"networks": list(networks), **spec}
    return {"apiVersion": "example.com/v1", "kind": "Config", "metadata": {"name": "one"}, "spec": spec}


def found(**fields: Any) -> list[str]:
    """The faults of one network, without the place that they all have."""
    place = "spec.networks[0]"
    told = faults(config({"name": "tenant", **fields}), SCHEMA)
    assert all(fault.startswith(place) for fault in told), told
    return [fault.removeprefix(place).removeprefix(".") for fault in told]


FITS: dict[str, dict[str, Any]] = {
    "defaults": {},
    "values": {"mtu": 9000, "mode": "vlan", "share": 1, "port": 80},
    "other types": {"share": 0.5, "port": "http", "comment": None, "key": "a2V5"},
    "open maps": {"labels": {"a": "b"}, "state": {"anything": [{"goes": None}]}},
    "anything at all": {"anything": [1, "two", {"three": None}]},
    "a default inside": {"limits": {}},
    "nulls are dropped": {"mtu": None, "mode": None},
    "formats of numbers": {"count": 2**40},
}


@pytest.mark.parametrize("fields", FITS.values(), ids=FITS)
def test_what_fits_has_no_faults(fields: dict[str, Any]) -> None:
    assert found(**fields) == []


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"mut": 1500}, "mut: unknown field"),
        ({"limits": {"pods": 1, "nodes": 2}}, "limits.nodes: unknown field"),
        ({"name": None}, "name: required"),
        ({"name": "Tenant"}, "name: 'Tenant' does not match ^[a-z]+$"),
        ({"name": "tenant\n"}, "name: 'tenant\\n' does not match ^[a-z]+$"),
        ({"name": "internalapi"}, "name: length: 11 is out of range"),
        ({"mtu": "1500"}, "mtu: must be integer, not string"),
        ({"mtu": True}, "mtu: must be integer, not boolean"),
        ({"mtu": 1500.5}, "mtu: must be integer, not number"),
        ({"mtu": 575}, "mtu: 575 is out of range"),
        ({"mtu": 9217}, "mtu: 9217 is out of range"),
        ({"mode": "bond"}, "mode: 'bond' is none of 'bridge', 'vlan'"),
        ({"share": "half"}, "share: must be integer or number, not string"),
        ({"port": 1.5}, "port: must be integer or string, not number"),
        ({"key": "no base64"}, "key: is not base64"),
        ({"key": ""}, "key: is not base64"),
        ({"labels": {"a": 1}}, "labels[a]: must be string, not integer"),
        ({"labels": dict.fromkeys("abc", "")}, "labels: properties: 3 is out of range"),
        ({"state": "up"}, "state: must be object, not string"),
        ({"limits": []}, "limits: must be object, not array"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_does_not_fit_is_named_with_its_place(fields: dict[str, Any], fault: str) -> None:
    assert found(**fields) == [fault]


def test_lists_are_judged_as_wholes() -> None:
    names = [{"name": name} for name in ("a", "b", "a", "c")]
    assert faults(config(*names), SCHEMA) == [
        "spec.networks: items: 4 is out of range",
        'spec.networks[2]: a second ["a"]',
    ]
    assert faults(config(zones=["a", "a"]), SCHEMA) == ['spec.zones[1]: a second "a"']
    assert found(ports=[{"port": 80}, {"port": 80, "protocol": "TCP"}]) == ['ports[1]: a second [80, "TCP"]']
    assert found(ports=[{"port": 80}, {"port": 80, "protocol": "UDP"}]) == []
    assert faults(config(None), SCHEMA) == ["spec.networks[0]: must be object, not null"]


def test_metadata_is_judged_though_definitions_leave_it_open() -> None:
    broken = config() | {"metadata": {"labels": {"lab": 1}, "nmae": "one"}}
    assert sorted(faults(broken, SCHEMA)) == [
        "metadata.labels[lab]: must be string, not integer",
        "metadata.name: required",
        "metadata.nmae: unknown field",
    ]


def test_an_object_without_what_its_kind_requires_is_told_so() -> None:
    assert faults({"apiVersion": "example.com/v1", "metadata": {"name": "one"}}, SCHEMA) == [
        "spec: required",
        "kind: required",
    ]


@pytest.mark.parametrize("keyword", [{"oneOf": []}, {"anyOf": []}, {"x-kubernetes-embedded-resource": True}])
def test_a_keyword_that_is_not_understood_is_no_approval(keyword: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not understood"):
        faults(config(), {"type": "object", "properties": {"spec": {**SCHEMA["properties"]["spec"], **keyword}}})  # type: ignore[index]


def write(directory: Path, maximum: int, *versions: str) -> Path:
    """A directory with the definition of a kind that has these versions, the last of them not served any more."""
    spec = {
        "group": "example.com",
        "names": {"kind": "Config"},
        "versions": [
            {
                "name": version,
                "served": version != versions[-1],
                "schema": {"openAPIV3Schema": {"type": "object", "maxProperties": maximum}},
            }
            for version in versions
        ],
    }
    named = {"kind": "CustomResourceDefinition", "metadata": {"name": "configs.example.com"}, "spec": spec}
    directory.mkdir()
    (directory / "configs.yaml").write_text(yaml.safe_dump_all([None, {"kind": "Namespace"}, named]))
    return directory


def test_definitions_are_those_of_served_versions_and_later_directories_win(tmp_path: Path) -> None:
    older = write(tmp_path / "older", 1, "v1", "v1beta1")
    newer = write(tmp_path / "newer", 2, "v1", "v1alpha1", "v1beta1")

    assert list(documents(older, newer)) == ["configs.example.com"]
    assert {kind: schema["maxProperties"] for kind, schema in definitions(older, newer).items()} == {
        ("example.com/v1", "Config"): 2,
        ("example.com/v1alpha1", "Config"): 2,
    }
    assert definitions(older).keys() == {("example.com/v1", "Config")}
