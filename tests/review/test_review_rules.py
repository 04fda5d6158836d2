"""The rules of the policy pack, asked of what ``pulumi preview --json --show-sames`` prints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from review import rules

LATER = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def step(resource_type: str, name: str, outputs: dict[str, Any] | None = None, **inputs: Any) -> dict[str, Any]:
    """One resource, as the engine's JSON has it."""
    urn = f"urn:pulumi:lab::rhoso-lab::{resource_type}::{name}"
    state: dict[str, Any] = {"urn": urn, "type": resource_type, "inputs": inputs}
    return {"op": "same", "urn": urn, "newState": state | ({"outputs": outputs} if outputs else {})}


def machine(name: str, mac: str, **props: Any) -> dict[str, Any]:
    """A machine."""
    graphics = {"type": "vnc", "listenType": "address", "listenAddress": "127.0.0.1"}
    own = {"memory": 1024, "vcpu": 1, "networkInterfaces": [{"mac": mac}], "graphics": graphics}
    return step("libvirt:index/domain:Domain", name, **{**own, **props})


def secret(name: str, values: Any) -> dict[str, Any]:
    """A Secret of the cluster."""
    return step("kubernetes:core/v1:Secret", name, stringData=values)


def blueprint(**limits: str) -> dict[str, Any]:
    """The record of limits; each value as JSON text."""
    known = {"production": "false", "memoryMib": "null", "diskGb": "null", "overcommit": "false"}
    return step("pulumi-python:dynamic:Resource", "blueprint", limits={**known, **limits})


def sound() -> list[dict[str, Any]]:
    """A stack that breaks no rule."""
    return [
        blueprint(),
        machine("worker-0", "52:54:00:00:00:01"),
        machine("worker-1", "52:54:00:00:00:02"),
        secret("osp-secret", "[secret]"),
    ]


def gone(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One that the change deletes."""
    left = machine("worker-9", "52:54:00:00:00:01")
    return [*steps, {"op": "delete", "urn": left["urn"], "oldState": left["newState"]}]


@pytest.mark.parametrize(
    "changed",
    [
        lambda steps: steps,
        gone,
        lambda steps: [*steps, step("command:local:Command", "later", create="true", stdin=LATER)],
        lambda steps: [*steps, step("command:local:Command", "known", create="true", stdin="[secret]")],
    ],
)
def test_a_sound_stack_breaks_none(changed: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> None:
    assert rules.violations({"steps": changed(sound())}) == ()


@pytest.mark.parametrize(
    ("rule", "more"),
    [
        ("unique-macs", machine("compute-0", "52:54:00:00:00:01")),
        ("secrets-are-secret", secret("open", {"password": "in clear"})),
        ("gated-objects", step("kubernetes:nmstate.io/v1:NMState", "nmstate")),
        (
            "listens-locally",
            machine("compute-0", "52:54:00:00:00:03", graphics={"type": "vnc", "listenType": "network"}),
        ),
        ("fits-the-host", blueprint(memoryMib="1024")),
        ("production-is-protected", blueprint(production="true")),
        ("secret-outputs", step("command:local:Command", "out", {"stdout": "client-key-data: x"}, create="true")),
    ],
)
def test_each_rule_is_asked(rule: str, more: dict[str, Any]) -> None:
    steps = [one for one in sound() if one["urn"] != more["urn"]]
    told = rules.violations({"steps": [more, *steps]})
    assert told and {line.partition(":")[0] for line in told} == {rule}, told
