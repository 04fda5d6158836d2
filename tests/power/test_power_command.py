"""The recorded state as the command reads it, and the whole command with a fake pulumi."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from power.errors import PowerError
from power.lab import COMPUTE, MASTER, WORKER, read
from tests.power.fake_lab import ADDRESSES, NAMES, FakeLab

ROOT = Path(__file__).parents[2]
PULUMI = """#!/bin/sh
case "$*" in
*"stack export"*) cat export.json ;;
*"stack output --json --show-secrets"*) cat outputs.json ;;
*) exit 9 ;;
esac
"""


def machine(name: str, **domain: Any) -> list[dict[str, Any]]:
    """A Machine and its domain. Its address is recorded once all of it was made."""
    whole = "urn:pulumi:lab::rhoso-lab::rhoso:kvm:Machine"
    outputs = {"domain": f"uuid-{name}", "address": ADDRESSES[name]} if name in ADDRESSES else {}
    part = {"urn": f"{whole}$libvirt:index/domain:Domain::{name}", "type": "libvirt:index/domain:Domain"}
    return [
        {"urn": f"{whole}::{name}", "type": "rhoso:kvm:Machine", "outputs": outputs},
        {**part, "parent": f"{whole}::{name}", "id": f"uuid-{name}", "inputs": {"name": f"lab-{name}"}, **domain},
    ]


def machines(*names: str) -> list[dict[str, Any]]:
    return [one for name in names for one in machine(name)]


def state(*resources: dict[str, Any]) -> dict[str, Any]:
    provider = {"urn": "p", "type": "pulumi:providers:libvirt", "inputs": {"uri": "qemu:///system"}}
    return {"deployment": {"resources": [provider, *resources]}}


def plane() -> dict[str, Any]:
    metadata = {"name": "plane", "namespace": "openstack"}
    type_ = "kubernetes:core.openstack.org/v1beta1:OpenStackControlPlane"
    return {"urn": "u", "type": type_, "inputs": {"metadata": metadata}}


def kubeconfig() -> str:
    authority = base64.b64encode(b"an authority").decode()
    document = {
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
        "clusters": [{"name": "k", "cluster": {"server": "https://k:6443", "certificate-authority-data": authority}}],
        "users": [{"name": "u", "user": {"token": "t0ken"}}],
    }
    return yaml.safe_dump(document)


def test_machines_have_their_roles_and_the_ways_in_are_known() -> None:
    lab = read("lab", state(*machines(*NAMES), plane()), {"machines": {}, "kubeconfig": kubeconfig(), "api": "x"})
    assert [[one.domain for one in lab.of(role)] for role in (MASTER, WORKER, COMPUTE)] == [
        ["lab-master-0", "lab-master-1", "lab-master-2"],
        ["lab-worker-0"],
        ["lab-compute-0"],
    ]
    assert lab.nodes == {name: ip for name, ip in ADDRESSES.items() if name != "compute-0"}
    assert lab.api is not None and lab.api["server"] == "https://k:6443"
    assert (lab.plane, lab.owns_cluster) == (("openstack", "plane"), True)
    assert "t0ken" not in repr(lab)


def test_one_that_is_to_be_deleted_is_not_the_labs_any_more() -> None:
    lab = read("lab", state(*machines("compute-0"), *machine("compute-1", delete=True)), {})
    assert [(one.name, one.address) for one in lab.machines] == [("compute-0", ADDRESSES["compute-0"])]
    assert (lab.api, lab.plane, lab.owns_cluster) == (None, None, False)


def test_a_stack_without_machines_is_refused() -> None:
    with pytest.raises(PowerError, match="Stack lab has no machines in its recorded state"):
        read("lab", state(), {})


def test_beside_a_run_of_pulumi_or_after_a_killed_one_nothing_is_switched() -> None:
    document = state(*machines(*NAMES))
    urn = "urn:pulumi:lab::rhoso-lab::command:local:Command::cluster-ready"
    pending = {"type": "creating", "resource": {"urn": urn, "type": "command:local:Command", "inputs": {}}}
    document["deployment"]["pending_operations"] = [pending]
    with pytest.raises(PowerError, match=r"has operations under way: creating cluster-ready.*make recover STACK=lab"):
        read("lab", document, {})


def command(fake: FakeLab, *arguments: str) -> subprocess.CompletedProcess[str]:
    directory = fake.directory
    (directory / "bin" / "pulumi").write_text(PULUMI)
    (directory / "bin" / "pulumi").chmod(0o755)
    (directory / "export.json").write_text(json.dumps(state(*machines(*NAMES))))
    (directory / "outputs.json").write_text(json.dumps({}))
    environment = {"PATH": f"{directory}/bin:/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": os.environ["HOME"]}
    line = [sys.executable, "-m", "power", *arguments, "--stack", "lab"]
    return subprocess.run(line, cwd=directory, env=environment, capture_output=True, text=True, check=False)


def test_the_command_stops_and_starts_what_the_state_knows(fake: FakeLab) -> None:
    told = command(fake, "stop", "--dry-run")
    assert told.stdout.splitlines() == [
        "1. lab-compute-0 (on)",
        "2. lab-worker-0 (on)",
        "3. lab-master-0 (on), lab-master-1 (on), lab-master-2 (on)",
    ]
    assert fake.log == []
    done = command(fake, "stop")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("Stack lab is at rest. To bring it back: make start STACK=lab\n")
    assert set(fake.states.values()) == {"off"}
    assert command(fake, "start").stdout.endswith("Stack lab is back.\n")
    assert set(fake.states.values()) == {"on"}


def test_a_libvirt_that_does_not_answer_is_an_error_that_says_so(fake: FakeLab) -> None:
    (fake.directory / "bin" / "virsh").write_text("#!/bin/sh\necho 'error: no route' >&2\nexit 1\n")
    done = command(fake, "stop")
    assert done.returncode == 1
    assert done.stderr.startswith("make stop STACK=lab: nothing more was done: qemu:///system says: no route.")
