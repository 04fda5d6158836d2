"""Every setting says what it is, and the schema passes all of it on to the editor."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, get_args

import pytest

from settings import Setting, Settings, catalogue, schema
from settings.base import Change, Model
from settings.catalogue import ANY, FILLED_IN

SCHEMA: dict[str, Any] = json.loads(schema.FILE.read_text(encoding="utf-8"))
WRITTEN = [setting for setting in catalogue().values() if setting.path not in FILLED_IN]


def known_at(path: str) -> dict[str, Any]:
    """What the schema says of a setting by its path in the catalogue."""
    steps = path.split(".")
    here: dict[str, Any] = {"properties": SCHEMA["properties"]["config"]["properties"]}
    for step in [f"rhoso-lab:{steps[0]}", *steps[1:]]:
        here = here.get("items", here)
        here = SCHEMA["$defs"][here["$ref"].rpartition("/")[2]] if "$ref" in here else here
        [here] = here["patternProperties"].values() if step == ANY else [here["properties"][step]]
    return here


@pytest.mark.parametrize("setting", WRITTEN, ids=lambda setting: setting.path)
def test_an_editor_is_told_what_a_setting_is(setting: Setting) -> None:
    known = known_at(setting.path)

    assert known["title"] == setting.title
    assert known["description"].startswith(setting.description)
    if "$ref" in known or "patternProperties" in known:
        assert "change" not in known, "each setting in a section has its own"
        return
    assert known["description"].endswith(f"Change: {schema.MEANING[setting.change]}.")
    assert (known["change"], known.get("unit")) == (setting.change, setting.unit)
    assert setting.unit is None or setting.unit in known["description"]


@pytest.mark.parametrize(
    ("path", "description"),
    [
        ("domain", "DNS domain that the cluster's name stands before. Change: rebuild (needs a higher generation)."),
        (
            "networks.storage.mtu",
            "Largest packet. Unit: bytes. Default: 1500. Change: rebuild (needs a higher generation).",
        ),
        (
            "timeouts.api",
            "Until the cluster's API answers, in seconds. Default: 600. Change: free (applies in place).",
        ),
        ("openstack.services.heat.enabled", "Whether it runs. Default: false. Change: free (applies in place)."),
        (
            "networks.external.cidr",
            "IPv4 network, /16 to /24: floating addresses and provider networks. "
            "Cut from networks.block if that is set and this is not. "
            "Default: 10.0.0.0/24. Change: rebuild (needs a higher generation).",
        ),
        (
            "networks.external.roles",
            "Who has a NIC on it: computes, and workers too if they shall be on it. "
            "Default: computes. Change: rebuild (needs a higher generation).",
        ),
        (
            "topology.computes.count",
            "Number of compute machines. Lowered, the last ones are taken out of OpenStack and removed. Default: 2. "
            "Change: free (applies in place).",
        ),
        (
            "rotation.nova-migration",
            "Version of the key pair with which computes hand instances over. A higher one makes a new one, with a "
            "data-plane deployment. Unit: versions. Default: 1. "
            "Change: grows (raising it applies in place, lowering it is guarded).",
        ),
        (
            "hosts.*.uri",
            "How the KVM host's libvirt is reached. A machine network in mode nat needs the host's own. "
            "Change: fixed (needs a new stack).",
        ),
    ],
)
def test_unit_default_and_change_class_stand_in_the_text(path: str, description: str) -> None:
    assert known_at(path)["description"] == description


def test_every_change_class_is_explained() -> None:
    assert set(schema.MEANING) == set(get_args(Change))


def models(of: type[Model] = Model) -> Iterator[type[Model]]:
    """All models of the settings, also those that are only there to be derived from."""
    for model in of.__subclasses__():
        yield model
        yield from models(model)


USED = ["Settings", *Settings.model_json_schema()["$defs"]]
MODELS = {model.__name__: model for model in models() if model.__module__.startswith("settings.")}


@pytest.mark.parametrize("name_of_model", USED)
def test_every_field_of_every_model_says_what_it_is(name_of_model: str) -> None:
    model = MODELS[name_of_model]
    kinds = model.model_json_schema()["properties"]
    for name, field in model.model_fields.items():
        extra = field.json_schema_extra
        assert isinstance(extra, dict), f"{name} has no change class"
        assert extra.get("change") in get_args(Change), name
        assert field.title, name
        assert field.description, name
        assert field.description.endswith("."), f"{name}: what is said after it must begin anew"
        if "'type': 'integer'" in str(kinds[field.alias]) and name != "vlan":
            assert extra.get("unit"), f"{name} counts something; only a VLAN id is a name"
