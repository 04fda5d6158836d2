"""Reading what the engine prints, and what it comes to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from review import __main__ as command
from review import plan, verdict
from review.touched import Touched
from review.verdict import Verdict

URN = "urn:pulumi:lab::rhoso-lab::rhoso:kvm:KvmNetworks$libvirt:index/network:Network::networks-ocp"
BLUEPRINT = "urn:pulumi:lab::rhoso-lab::pulumi-python:dynamic:Resource::blueprint"


def step(op: str = "update", old: object = None, new: object = None) -> dict[str, Any]:
    return {"op": op, "urn": URN, "oldState": {"inputs": old or {}}, "newState": {"inputs": new or {}}}


def preview(*steps: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {"steps": list(steps), "changeSummary": {"same": 3}, **rest}


def complaint(message: str, urn: str = URN, severity: str = "error") -> dict[str, str]:
    return {"urn": urn, "message": message, "severity": severity}


def test_a_step_shows_the_inputs_that_differ() -> None:
    old = {"dns": {"hosts": [{"ip": "a"}]}, "mtu": 1500, "gone": True, "__provider": "p"}
    new = {"dns": {"hosts": [{"ip": "b"}, {"ip": "c"}]}, "mtu": 1500, "late": "04da6b54-80e4-46f7-96ec-b56ff0331ba9"}
    [found] = plan.read(preview(step(old=old, new=new))).steps
    assert (found.op, found.type, found.name) == ("update", "libvirt:index/network:Network", "networks-ocp")
    assert found.differences == (
        "- dns.hosts[0].ip: a",
        "+ dns.hosts[0].ip: b",
        "- gone: true",
        "+ dns.hosts[1].ip: c",
        "+ late: (known when applied)",
    )


def test_what_stays_is_counted_and_not_listed() -> None:
    found = plan.read(preview(step("same"), step("create"), step("create")))
    assert found.same == 3 and found.summary == {"create": 2} and found.complete


def test_the_blueprints_sentences_are_refusals_and_others_are_errors() -> None:
    told = [complaint("no.", BLUEPRINT), complaint("error: unknown field"), complaint("error: preview failed", "")]
    told.append(complaint("warning: beware", severity="warning"))
    found = plan.read(preview(diagnostics=told))
    assert (found.refusals, found.errors, found.warnings) == (("no.",), ("unknown field",), ("beware",))
    assert not found.complete


@pytest.mark.parametrize(
    ("found", "changes", "differs", "expected"),
    [
        (preview(), [], False, Verdict.NOTHING),
        (preview(step()), [], False, Verdict.IN_PLACE),
        (preview(), [], True, Verdict.IN_PLACE),
        (preview(), ["free"], False, Verdict.IN_PLACE),
        (preview(step()), ["free", "grows"], True, Verdict.GROWS),
        (preview(diagnostics=[complaint("no.", BLUEPRINT)]), ["rebuild"], True, Verdict.REFUSED),
        (preview(diagnostics=[complaint("unknown field")]), ["free"], True, Verdict.ERROR),
        ({}, [], False, Verdict.ERROR),
    ],
)
def test_the_verdict_follows_the_plan(
    found: dict[str, Any], changes: list[str], differs: bool, expected: Verdict
) -> None:
    touched = [Touched("a.setting", change, "1", "2") for change in changes]
    assert verdict.of_preview(plan.read(found), touched, differs) is expected


def test_what_breaks_a_rule_can_not_be_applied() -> None:
    broken = replace(plan.read(preview(step())), broken=("listens-locally: worker-0 listens for everybody.",))
    assert verdict.of_preview(broken, [], True) is Verdict.ERROR


def test_a_raised_generation_rebuilds() -> None:
    touched = [Touched("generation", "free", "1", "2"), Touched("topology.masters.vcpus", "rebuild", "1", "2")]
    assert verdict.of_preview(plan.read(preview(step("replace"))), touched, True) is Verdict.REBUILDS
    assert verdict.of_classes([], touched, True) is Verdict.REBUILDS


def test_the_codes_are_those_that_the_documentation_names() -> None:
    assert {known.word: known.value for known in Verdict} == {
        **{"nothing": 0, "error": 1, "in-place": 10, "grows": 11, "refused": 12, "rebuilds": 13}
    }
    for code in (known.value for known in Verdict):
        assert f"{code} " in " ".join(str(command.__doc__).split())
