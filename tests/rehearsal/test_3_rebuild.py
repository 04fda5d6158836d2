"""A higher ``generation`` rebuilds the whole lab, each thing once, and the lab ends ready."""

from __future__ import annotations

import json

import pytest

from tests.rehearsal.conftest import Lab

pytestmark = pytest.mark.rehearsal

KEPT = (
    *("pulumi:pulumi:Stack", "pulumi-python:dynamic:Resource"),
    *("pulumi:providers:libvirt", "pulumi:providers:command", "pulumi:providers:pulumi-python"),
)


def custom(lab: Lab) -> dict[str, str]:
    """URN → id of everything that is no component, provider of the host or blueprint."""
    return {
        r["urn"]: r["id"] for r in lab.resources() if r.get("custom") and r["type"] not in KEPT and not r.get("delete")
    }


def test_a_higher_generation_rebuilds_everything_once_and_ends_ready(lab: Lab) -> None:
    before = custom(lab)
    uuids = set(lab.run("virsh", "--quiet", "list", "--uuid").stdout.split())
    namespace = lab.kubernetes("namespace", "openstack")["metadata"]["uid"]
    option = lab.configured("second", generation=2, topology={"masters": {"memoryMib": 120}})
    events = lab.directory.parent / "events.jsonl"
    # The event log is one of the engine's debugging options.
    up = ("pulumi", "up", "--stack", "rehearsal", "--yes", "--skip-preview", option, "--event-log", str(events))
    lab.run("env", "PULUMI_DEBUG_COMMANDS=true", *up)

    created: list[str] = []
    deleted: list[str] = []
    for line in events.read_text().splitlines():
        step = json.loads(line).get("resOutputsEvent", {}).get("metadata", {})
        if step.get("op") in ("create", "create-replacement"):
            created.append(step["urn"])
        if step.get("op") in ("delete", "delete-replaced"):
            deleted.append(step["urn"])
    assert sorted(created) == sorted(before), "each once, and nothing else"
    assert sorted(set(deleted)) == sorted(deleted), "nothing is deleted twice"

    fresh = set(lab.run("virsh", "--quiet", "list", "--uuid").stdout.split())
    assert len(fresh) == 15 and not fresh & uuids
    assert "122880" in lab.run("virsh", "dominfo", "rehearsal-master-1").stdout, "the new size holds only now"
    assert lab.run("virsh", "--quiet", "pool-list", "--all", "--name").stdout.split() == ["rehearsal-2"]
    assert len(list((lab.directory / "installation" / "rehearsal").glob("[0-9a-f]*"))) == 1
    assert lab.kubernetes("namespace", "openstack")["metadata"]["uid"] != namespace, "the API server started empty"
    assert len(lab.kubernetes("nodes")["items"]) == 13
    assert lab.steps(option) == []
    pulumi_file = lab.project / "Pulumi.rehearsal.yaml"
    pulumi_file.write_text((lab.directory.parent / "second.yaml").read_text())
