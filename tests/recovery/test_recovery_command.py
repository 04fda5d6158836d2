"""The whole command, with a fake pulumi over a file backend as the real one lays it out."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PULUMI = """
echo "$@" >> "$CALLS"
case "$*" in
*whoami*) echo "{\\"url\\": \\"$BACKEND\\"}" ;;
*"stack export"*) cat "$STATE" ;;
*"stack import"*) cat > "$STATE.imported" ;;
*cancel*) rm -r "$LOCKS" ;;
esac
"""
IMAGE = "urn:pulumi:lab::rhoso-lab::rhoso:openshift:ClusterMachines$command:local:Command::cluster-image"
MACHINE = "urn:pulumi:lab::rhoso-lab::rhoso:kvm:Machine$libvirt:index/domain:Domain::master-0"


class Client:
    """A project directory with a state, a backend, and a fake pulumi that notes what it is told."""

    def __init__(self, directory: Path) -> None:
        self.directory, self.backend = directory, directory / "state"
        self.locks = self.backend / ".pulumi/locks/organization/rhoso-lab/lab"
        self.locks.mkdir(parents=True)
        (directory / "bin").mkdir()
        fake = directory / "bin" / "pulumi"
        fake.write_text(f"#!/bin/sh\n{PULUMI}")
        fake.chmod(0o755)
        self.state(())

    def state(self, pending: Any) -> None:
        operations = [
            {"type": kind, "resource": {"urn": urn, "type": urn.split("::")[2].rpartition("$")[2], "inputs": {}}}
            for kind, urn in pending
        ]
        document = {"version": 3, "deployment": {"resources": [], "pending_operations": operations}}
        (self.directory / "export.json").write_text(json.dumps(document))

    def locked(self, pid: int, host: str = "", at: str = "") -> None:
        when = at or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f789Z")
        lock = {"pid": pid, "username": "somebody", "hostname": host or socket.gethostname(), "timestamp": when}
        (self.locks / "66750848.json").write_text(json.dumps(lock))

    def recover(self, *options: str, backend: str = "") -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": f"{self.directory}/bin:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "BACKEND": backend or f"file://{self.backend}",
            "STATE": str(self.directory / "export.json"),
            "LOCKS": str(self.locks),
            "CALLS": str(self.directory / "calls"),
        }
        command = [sys.executable, "-m", "recovery", "--stack", "lab", *options]
        return subprocess.run(command, cwd=self.directory, env=environment, capture_output=True, text=True)

    @property
    def calls(self) -> list[str]:
        return [line.split(" --stack")[0] for line in (self.directory / "calls").read_text().splitlines()]


ASKING = ["--non-interactive whoami --json", "--non-interactive stack export"]


@pytest.fixture
def client(tmp_path: Path) -> Client:
    return Client(tmp_path)


@pytest.fixture
def dead() -> int:
    """The pid of a process that ended."""
    with subprocess.Popen(["true"]) as ended:
        return ended.pid


def test_a_dead_run_is_settled_and_the_evidence_goes_last(client: Client, dead: int) -> None:
    client.state([("creating", IMAGE), ("deleting", MACHINE)])
    client.locked(dead)
    done = client.recover()
    assert done.returncode == 0, done.stderr
    assert client.calls == [
        *ASKING,
        "--non-interactive cancel --yes",
        "--non-interactive stack import",
        f"--non-interactive refresh --yes --skip-preview --target {MACHINE}",
    ]
    assert (client.directory / "export.json.imported").read_text() == (client.directory / "export.json").read_text()
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert lines[1].startswith(f"run process {dead} of somebody, since ") and lines[1].endswith(" found dead")
    assert lines[2:] == [
        "lock 66750848 cancelled",
        "operation creating cluster-image dropped from the state",
        "operation deleting master-0 dropped from the state",
        "resource master-0 read anew from libvirt",
    ]


def test_a_dry_run_tells_the_same_and_does_nothing(client: Client, dead: int) -> None:
    client.state([("creating", IMAGE)])
    client.locked(dead)
    done = client.recover("--dry-run")
    assert client.calls == ASKING
    assert "would be cancelled" in done.stdout and "would be dropped from the state" in done.stdout


def test_nothing_to_recover_is_said_and_no_error(client: Client) -> None:
    done = client.recover()
    assert (done.returncode, client.calls) == (0, ASKING)
    assert done.stdout.startswith("Nothing to recover")


def test_a_living_run_is_refused_before_anything_is_asked_or_done(client: Client) -> None:
    client.locked(os.getpid())
    done = client.recover()
    assert (done.returncode, client.calls) == (1, ASKING[:1])
    assert f"A run of stack lab lives: process {os.getpid()} of somebody." in done.stderr
    assert (client.locks / "66750848.json").exists()


def test_a_pid_that_was_given_anew_is_no_living_run(client: Client) -> None:
    client.locked(os.getpid(), at="2020-01-01T00:00:00.358216462Z")
    assert client.recover().returncode == 0


def test_another_machines_lock_is_refused(client: Client, dead: int) -> None:
    client.locked(dead, host="elsewhere")
    done = client.recover()
    assert done.returncode == 1
    assert "on elsewhere, which can't be looked at from here" in done.stderr


def test_a_backend_without_records_is_refused(client: Client) -> None:
    done = client.recover(backend="s3://bucket")
    assert done.returncode == 1
    assert "The state is kept at s3://bucket" in done.stderr and "Traceback" not in done.stderr


def test_a_half_written_checkpoint_goes_with_the_dead_run_only(client: Client, dead: int) -> None:
    stacks = client.backend / ".pulumi/stacks/rhoso-lab"
    stacks.mkdir(parents=True)
    half, other = stacks / "lab.json.18ea.tmp", stacks / "lab-two.json.18ea.tmp"
    half.touch()
    other.touch()
    client.recover()
    assert half.exists(), "somebody may be writing it"
    client.locked(dead)
    client.recover()
    assert (half.exists(), other.exists()) == (False, True)


def test_without_pulumi_there_is_one_sentence(client: Client) -> None:
    (client.directory / "bin" / "pulumi").unlink()
    done = subprocess.run(
        [sys.executable, "-m", "recovery", "--stack", "lab"],
        cwd=client.directory,
        env={"PATH": str(client.directory / "bin"), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "make setup" in done.stderr and "Traceback" not in done.stderr
