"""A compute that leaves: out of service, agents stopped, records deleted, in that order and only then."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from manifests import retire
from operations import remote
from readiness.errors import ConfigurationError, OutOfTimeError, TerminalFailureError
from tests.operations.fake_cluster import COMPLETE, FAILED, JOBS, NAMESPACE, PODS, FakeCluster, Step

STAYS, LEAVES = {"compute-0": "127.0.0.1"}, {"compute-1": "127.0.0.1"}
SCRIPTS = f"/api/v1/namespaces/{NAMESPACE}/configmaps"
KEY = "-----BEGIN EC PRIVATE KEY-----\nMIG\n-----END EC PRIVATE KEY-----"
SSH = """#!/bin/bash
# Notes in "events" that it was called, and everything else about the call for the test to look at.
set -eu
printf '%s\\n' "$@" >"$SSH_SEEN/arguments"
while [[ $1 != -i ]]; do shift; done
cat "$2" >"$SSH_SEEN/key"
stat -c %a "$2" >"$SSH_SEEN/mode"
echo "$2" >"$SSH_SEEN/path"
echo ssh >>"$SSH_SEEN/events"
echo "$SSH_SAYS" >&2
exit "$SSH_EXIT"
"""


class Lab:
    """What happens, in order, is in ``events``; ``ends`` says how each Job ends."""

    def __init__(self, root: Path, cluster: FakeCluster, step: Step, port: int) -> None:
        self.root, self.cluster, self.step, self.port = root, cluster, step, port
        self.ends: dict[str, Any] = {"retire-disable": COMPLETE, "retire-delete": COMPLETE}
        self.seen: dict[str, Any] = {}
        (root / "events").touch()
        cluster.controllers.append(self._kubelet)

    def _kubelet(self, cluster: FakeCluster) -> None:
        for name in cluster.names(JOBS):
            job = cluster.objects[f"{JOBS}/{name}"]
            if "status" not in job:
                assert f"{SCRIPTS}/retire" in cluster.objects, "the Job would find no script"
                self.seen[name] = job
                job["status"] = self.ends[name]
                with (self.root / "events").open("a") as events:
                    events.write(f"{name}\n")

    @property
    def events(self) -> list[str]:
        return (self.root / "events").read_text().split()

    def run(self, members: dict[str, str], **more: Any) -> dict[str, Any]:
        document = {
            "members": members,
            "ssh": {"user": "cloud-admin", "key": KEY, "port": self.port},
            "retire": retire.render(NAMESPACE, "registry.example.com/client:1"),
        }
        return self.step("members", **{**document, **more})


@pytest.fixture
def lab(tmp_path: Path, cluster: FakeCluster, step: Step, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """The computes answer on a port, and ``ssh`` is a script that notes what it is told."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "ssh").write_text(SSH)
    (tmp_path / "bin" / "ssh").chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    for name, value in {"SSH_SEEN": str(tmp_path), "SSH_SAYS": "", "SSH_EXIT": "0"}.items():
        monkeypatch.setenv(name, value)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield Lab(tmp_path, cluster, step, listener.getsockname()[1])


@pytest.fixture
def before(step: Step, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last run put out two computes."""
    monkeypatch.setenv("PULUMI_COMMAND_STDOUT", json.dumps({"members": {**STAYS, **LEAVES}}) + "\n")


def value(job: dict[str, Any], name: str) -> str:
    """What the Job's container is told."""
    [container] = job["spec"]["template"]["spec"]["containers"]
    [found] = [entry["value"] for entry in container["env"] if entry["name"] == name]
    return str(found)


def test_the_first_run_has_nobody_to_retire(lab: Lab) -> None:
    assert lab.run({**STAYS, **LEAVES}) == {"members": {**STAYS, **LEAVES}, "retired": 0}
    assert (lab.cluster.requests, lab.events) == (0, [])


@pytest.mark.usefixtures("before")
def test_who_stays_and_who_comes_is_left_alone(lab: Lab) -> None:
    more = {**STAYS, **LEAVES, "compute-2": "127.0.0.1"}
    assert lab.run(more) == {"members": more, "retired": 0}
    assert (lab.cluster.requests, lab.events) == (0, [])


@pytest.mark.usefixtures("before")
def test_who_leaves_is_disabled_then_stopped_then_deleted(lab: Lab) -> None:
    assert lab.run(STAYS) == {"members": STAYS, "retired": 1}
    assert lab.events == ["retire-disable", "ssh", "retire-delete"]
    for task in ("disable", "delete"):
        job = lab.seen[f"retire-{task}"]
        assert (value(job, "TASK"), value(job, "COMPUTES")) == (task, "compute-1")
    assert [path for path in lab.cluster.objects if "/jobs/" in path or "/configmaps/" in path] == [], "nothing stays"


@pytest.mark.usefixtures("before")
def test_all_may_leave_and_are_looked_at_before_any_is_stopped(lab: Lab) -> None:
    assert lab.run({}) == {"members": {}, "retired": 2}
    assert lab.events == ["retire-disable", "ssh", "ssh", "retire-delete"]
    assert value(lab.seen["retire-disable"], "COMPUTES") == "compute-0 compute-1"


@pytest.mark.usefixtures("before")
def test_the_agents_are_stopped_as_the_user_with_the_key_and_nothing_of_it_stays(lab: Lab) -> None:
    lab.run(STAYS)
    arguments = (lab.root / "arguments").read_text()
    assert "cloud-admin@127.0.0.1" in arguments
    assert "BatchMode=yes" in arguments and "StrictHostKeyChecking=accept-new" in arguments
    for agent in remote.AGENTS:
        assert agent in arguments.splitlines()[-1]
    assert (lab.root / "key").read_text() == KEY + "\n"
    assert (lab.root / "mode").read_text() == "600\n"
    assert not Path((lab.root / "path").read_text().strip()).exists()
    assert "MIG" not in arguments + "".join(lab.step.progress)


@pytest.mark.usefixtures("before")
def test_instances_keep_everything_as_it_is(lab: Lab) -> None:
    lab.ends["retire-disable"] = FAILED
    ended = {"terminated": {"exitCode": 2, "message": "instances are there: compute-1: 7 web"}}
    pod = {"labels": {"job-name": "retire-disable"}}
    lab.cluster.add(PODS, "retire-disable-x", metadata=pod, status={"containerStatuses": [{"state": ended}]})
    with pytest.raises(TerminalFailureError, match="instances are there: compute-1: 7 web"):
        lab.run(STAYS)
    assert lab.events == ["retire-disable"]


@pytest.mark.usefixtures("before")
def test_a_machine_that_is_gone_is_said_and_its_records_deleted(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operations.remote._PAUSE", 0.0)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = listener.getsockname()[1]
    lab.run(STAYS, ssh={"user": "cloud-admin", "key": KEY, "port": closed})
    assert lab.events == ["retire-disable", "retire-delete"]
    assert any(f"compute-1 does not answer at 127.0.0.1, port {closed}" in line for line in lab.step.progress)


@pytest.mark.usefixtures("before")
def test_a_machine_that_refuses_keeps_its_records(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_EXIT", "255")
    monkeypatch.setenv("SSH_SAYS", "cloud-admin@127.0.0.1: Permission denied (publickey).")
    with pytest.raises(TerminalFailureError, match=r"Permission denied(.|\n)*compute service set --enable"):
        lab.run(STAYS)
    assert lab.events == ["retire-disable", "ssh"]


@pytest.mark.usefixtures("before")
def test_the_next_run_goes_through_it_again(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.ends["retire-delete"] = FAILED
    with pytest.raises(TerminalFailureError):
        lab.run(STAYS)
    assert f"{JOBS}/retire-delete" in lab.cluster.objects, "a failed Job's log is of use"
    lab.ends["retire-delete"] = COMPLETE
    assert lab.run(STAYS) == {"members": STAYS, "retired": 1}
    assert lab.events == 2 * ["retire-disable", "ssh", "retire-delete"]
    assert lab.cluster.names(JOBS) == []


@pytest.mark.usefixtures("before")
def test_who_left_before_counts_on(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_COMMAND_STDOUT", json.dumps({"members": {**STAYS, **LEAVES}, "retired": 3}))
    assert lab.run(STAYS)["retired"] == 4


@pytest.mark.usefixtures("before")
def test_a_pod_of_an_earlier_run_must_have_ended_before_the_next_one_starts(lab: Lab) -> None:
    lab.cluster.add(JOBS, "retire-disable", status={})
    lab.cluster.add(PODS, "retire-disable-old", metadata={"labels": {"job-name": "retire-disable"}})
    with pytest.raises(OutOfTimeError, match="has a pod that is still ending"):
        lab.run(STAYS, timeout=0.2)
    assert lab.events == []


def test_the_command_stops_every_unit_and_passes_over_unknown_ones(tmp_path: Path) -> None:
    """Run by a real shell, with a sudo and a systemctl that note what they are told."""
    sudo = '#!/bin/sh\nshift\nexec "$@"\n'
    systemctl = '#!/bin/sh\necho "$*" >>"$SEEN"\ncase "$2" in "$UNKNOWN") exit 5 ;; "$BROKEN") exit 1 ;; esac\n'
    for name, text in {"sudo": sudo, "systemctl": systemctl}.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(stat.S_IRWXU)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "SEEN": str(tmp_path / "seen"), "UNKNOWN": "", "BROKEN": ""}

    def run(**more: str) -> tuple[int, list[str]]:
        (tmp_path / "seen").write_text("")
        ended = subprocess.run(["sh", "-c", remote.STOP], env={**environment, **more}, check=False)
        return ended.returncode, (tmp_path / "seen").read_text().splitlines()

    stops = [f"stop {agent}" for agent in remote.AGENTS]
    assert run() == (0, stops)
    assert run(UNKNOWN=remote.AGENTS[0]) == (0, stops)
    assert run(BROKEN=remote.AGENTS[1]) == (1, stops[:2])


def test_an_earlier_output_that_is_not_this_steps_is_a_mistake(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_COMMAND_STDOUT", "something else")
    with pytest.raises(ConfigurationError, match="PULUMI_COMMAND_STDOUT"):
        lab.run(STAYS)


def test_the_manifests_must_be_the_renderers(lab: Lab) -> None:
    with pytest.raises(ConfigurationError, match=r"manifests\.retire\.render"):
        lab.run(STAYS, retire=[])
