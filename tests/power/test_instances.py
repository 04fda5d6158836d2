"""The Job's script, run by bash against the stand-in for OpenStack's command line."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from power.instances import SCRIPT, TAG
from rehearsal.operators.openstack_cli import state
from tests.rehearsal_operators.guests import Guest, deployed

ROOT = Path(__file__).parents[2]


class Cloud:
    """Two computes and three instances: two that run, one that its user has stopped."""

    def __init__(self, directory: Path, guests: list[Guest]) -> None:
        self.directory, self.guests = directory, guests
        with state.opened(directory) as known:
            known["cloud"] |= {"ready": True, "password": "pass"}
            known["resources"]["server"] = {
                name: {"id": name, "name": name, "host": guest.host, "status": status, "console": "booted"}
                for name, guest, status in zip(
                    "abc", (*guests, guests[0]), ("ACTIVE", "ACTIVE", "SHUTOFF"), strict=True
                )
            }
        auth = {"auth_url": "http://keystone", "username": "admin", "password": "pass"}
        (directory / "clouds.yaml").write_text(yaml.safe_dump({"clouds": {"default": {"auth": auth}}}))
        (directory / "openstack").write_text(
            f"#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} exec {shlex.quote(sys.executable)} "
            '-m rehearsal.operators.openstack_cli "$@"\n'
        )
        (directory / "openstack").chmod(0o755)

    def __call__(self, task: str, patience: int = 30, computes: str = "compute-0 compute-1") -> tuple[int, str]:
        """Exit code, and the message that the Job leaves."""
        message = self.directory / "message"
        message.write_text("")
        environment = {
            "PATH": f"{self.directory}:{os.environ['PATH']}",
            "REHEARSAL_CLOUD": str(self.directory),
            "REHEARSAL_CLOUD_CONFIGURATION": str(self.directory),
            "OS_CLOUD": "default",
            "OS_COMPUTE_API_VERSION": "2.26",
            **{"TASK": task, "COMPUTES": computes, "TAG": TAG, "PATIENCE": str(patience), "MESSAGE": str(message)},
        }
        done = subprocess.run(["bash", "-c", SCRIPT], env=environment, capture_output=True, text=True, timeout=120)
        return done.returncode, message.read_text() or done.stderr

    def servers(self) -> dict[str, tuple[str, bool]]:
        """Status, and whether it is to be started again, by name."""
        with state.opened(self.directory) as known:
            found = known["resources"]["server"].values()
            return {one["name"]: (one["status"], TAG in one.get("tags", [])) for one in found}


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    with deployed(tmp_path, "compute-0", "compute-1") as guests:
        yield Cloud(tmp_path, guests)


RESTING = {"a": ("SHUTOFF", True), "b": ("SHUTOFF", True), "c": ("SHUTOFF", False)}
BACK = {"a": ("ACTIVE", False), "b": ("ACTIVE", False), "c": ("SHUTOFF", False)}


def test_what_runs_is_stopped_and_started_again_and_nothing_else(cloud: Cloud) -> None:
    assert cloud("stop")[0] == 0
    assert cloud.servers() == RESTING
    assert cloud("stop")[0] == 0
    assert cloud.servers() == RESTING
    assert cloud("start")[0] == 0
    assert cloud.servers() == BACK
    assert cloud("start")[0] == 0
    assert cloud.servers() == BACK


def test_one_that_does_not_stop_in_time_is_named_and_the_next_run_goes_on(cloud: Cloud) -> None:
    units, cloud.guests[1].units = cloud.guests[1].units, ()
    code, message = cloud("stop", patience=0)
    assert (code, message) == (2, "still running after 0 s: b\n")
    assert cloud.servers() == RESTING | {"b": ("ACTIVE", True)}
    cloud.guests[1].units = units
    assert cloud("stop")[0] == 0
    assert cloud.servers() == RESTING


def test_nothing_starts_before_nova_is_up_on_every_compute(cloud: Cloud) -> None:
    cloud("stop")
    units, cloud.guests[1].units = cloud.guests[1].units, ()
    code, message = cloud("start", patience=0)
    assert (code, message) == (2, "nova-compute is not up after 0 s on: compute-1\n")
    assert cloud.servers() == RESTING
    cloud.guests[1].units = units
    assert cloud("start")[0] == 0
    assert cloud.servers() == BACK


def test_a_cloud_that_refuses_to_say_is_an_error(cloud: Cloud) -> None:
    with state.opened(cloud.directory) as known:
        known["cloud"]["password"] = "another"
    code, message = cloud("stop")
    assert code == 1 and "HTTP 401" in message
    code, message = cloud("start", patience=0, computes="")
    assert (code, message) == (2, "does not run after 0 s: OpenStack refuses to say\n")
