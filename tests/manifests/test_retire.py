"""The script by which computes leave OpenStack, against a small cloud; and the Job that runs it."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from manifests import retire

# A cloud in the directory $CLOUD: services/<id> has "host status", agents/<id> a host, instances/<host> their names;
# "calls" has what changes something. $REFUSE is a command that fails, $STICK one that doesn't come back.
OPENSTACK = r"""#!/bin/bash
set -eu
[[ -z $REFUSE || " $* " != *" $REFUSE "* ]] || { echo "refused" >&2; exit 1; }
[[ -z $STICK || " $* " != *" $STICK "* ]] || { touch "$CLOUD/stuck"; while [[ -e $CLOUD/stuck ]]; do sleep 0.05; done; }
list() { for file in "$CLOUD/$1"/*; do [[ ! -e $file ]] || echo "$(basename "$file") $(cat "$file")"; done; }
case "$*" in
    "compute service list --service nova-compute -f value -c ID -c Host -c Status") list services; exit ;;
    "network agent list -f value -c ID -c Host") list agents; exit ;;
    "server list --all-projects --host "*" -f value -c ID -c Name")
        cat "$CLOUD/instances/$5" 2>/dev/null || true
        exit
        ;;
esac
printf '%s\n' "$*" >>"$CLOUD/calls"
case "$*" in
    "compute service set --"*"able "*" nova-compute")
        file=$(grep -l "^$5 " "$CLOUD"/services/*)
        echo "$5 ${4#--}d" >"$file"
        ;;
    "compute service delete "*) rm "$CLOUD/services/$4" ;;
    "network agent delete "*) rm "$CLOUD/agents/$4" ;;
    *) exit 2 ;;
esac
"""


class Cloud:
    """A cloud in a directory, and the script run against it."""

    def __init__(self, root: Path) -> None:
        self.root = root / "cloud"
        for directory in ("services", "agents", "instances"):
            (self.root / directory).mkdir(parents=True)
        (self.root / "calls").touch()
        (root / "bin").mkdir()
        (root / "bin" / "openstack").write_text(OPENSTACK)
        (root / "bin" / "openstack").chmod(stat.S_IRWXU)
        [scripts, job] = retire.render("openstack", "client")
        self.script = root / "retire.sh"
        self.script.write_text(scripts["data"]["retire.sh"])
        self.environment = environment(job) | {
            "PATH": f"{root}/bin:{os.environ['PATH']}",
            "HOME": str(root),
            "MESSAGE": str(root / "message"),
            "CLOUD": str(self.root),
            "REFUSE": "",
            "STICK": "",
        }

    def compute(self, host: str, status: str = "enabled", instances: str = "") -> None:
        """A compute that OpenStack knows: a service, two agents, and what runs there."""
        (self.root / "services" / f"service-{host}").write_text(f"{host} {status}\n")
        for agent in ("controller", "metadata"):
            (self.root / "agents" / f"{agent}-{host}").write_text(f"{host}\n")
        (self.root / "instances" / host).write_text(instances)

    def run(self, task: str, computes: str, **more: str) -> subprocess.CompletedProcess[str]:
        """The script, from beginning to end."""
        return subprocess.run(
            ["bash", str(self.script)],
            env=self.environment | {"TASK": task, "COMPUTES": computes} | more,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )

    @property
    def calls(self) -> list[str]:
        """The commands that changed something."""
        return (self.root / "calls").read_text().splitlines()

    def statuses(self) -> dict[str, str]:
        """Each host's service."""
        return dict(file.read_text().split() for file in sorted((self.root / "services").iterdir()))

    def left(self) -> list[str]:
        """Everything that OpenStack still knows."""
        return sorted(file.name for kind in ("services", "agents") for file in (self.root / kind).iterdir())


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    return Cloud(tmp_path)


def environment(job: Mapping[str, Any]) -> dict[str, str]:
    """What the Job's container is told."""
    [container] = job["spec"]["template"]["spec"]["containers"]
    return {entry["name"]: entry["value"] for entry in container["env"]}


@pytest.mark.parametrize("domain", ["", ".ctlplane.example.com"])
def test_a_compute_without_instances_is_disabled_by_its_short_or_full_name(cloud: Cloud, domain: str) -> None:
    for host in ("compute-1", "compute-10", "compute-2"):
        cloud.compute(host + domain)
    run = cloud.run("disable", "compute-1")
    assert run.returncode == 0, run.stdout
    assert cloud.calls == [f"compute service set --disable compute-1{domain} nova-compute"]


def test_instances_keep_every_compute_in_service_and_are_named(cloud: Cloud) -> None:
    cloud.compute("compute-1")
    cloud.compute("compute-2", instances="7 web\n8 db\n")
    run = cloud.run("disable", "compute-1 compute-2")
    assert run.returncode == 2, run.stdout
    assert cloud.statuses() == {"compute-1": "enabled", "compute-2": "enabled"}
    message = Path(cloud.environment["MESSAGE"]).read_text()
    assert message.endswith("migrate or delete them: compute-2: 7 web, 8 db\n")


def test_instances_are_looked_for_after_the_compute_is_disabled(cloud: Cloud) -> None:
    cloud.compute("compute-1")
    assert cloud.run("disable", "compute-1", REFUSE="server list").returncode == 1
    assert cloud.calls == [f"compute service set --{verb} compute-1 nova-compute" for verb in ("disable", "enable")]


def test_who_was_disabled_before_stays_so(cloud: Cloud) -> None:
    cloud.compute("compute-1", status="disabled", instances="7 web\n")
    assert cloud.run("disable", "compute-1").returncode == 2
    assert cloud.calls == []


def test_a_compute_that_is_ended_meanwhile_is_enabled_again(cloud: Cloud) -> None:
    cloud.compute("compute-1")
    process = subprocess.Popen(
        ["bash", str(cloud.script)],
        env=cloud.environment | {"TASK": "disable", "COMPUTES": "compute-1", "STICK": "server list"},
        text=True,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert "disabling nova-compute on compute-1" in process.stdout.readline()
    while not (cloud.root / "stuck").exists():
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    # bash handles a signal when its child has ended, as the pod's does once it is stopped too.
    (cloud.root / "stuck").unlink()
    assert process.wait() == 143
    assert cloud.statuses() == {"compute-1": "enabled"}


def test_all_records_of_a_compute_are_deleted_agents_first(cloud: Cloud) -> None:
    for host in ("compute-0", "compute-1.example.com", "compute-10"):
        cloud.compute(host)
    run = cloud.run("delete", "compute-1")
    assert run.returncode == 0, run.stdout
    assert not [name for name in cloud.left() if "compute-1." in name]
    assert len(cloud.left()) == 6, "two more computes are known, by a service and two agents each"
    assert [call.rpartition(" ")[0] for call in cloud.calls] == [
        "network agent delete",
        "network agent delete",
        "compute service delete",
    ]


@pytest.mark.parametrize("task", ["disable", "delete"])
def test_it_may_be_run_again_when_nothing_is_left(cloud: Cloud, task: str) -> None:
    cloud.compute("compute-0")
    run = cloud.run(task, "compute-1 compute-2")
    assert run.returncode == 0, run.stdout
    assert cloud.calls == []


@pytest.mark.parametrize(
    ("task", "refused"),
    [
        ("disable", "compute service list"),
        ("disable", "compute service set"),
        ("delete", "network agent list"),
        ("delete", "network agent delete"),
        ("delete", "compute service delete"),
    ],
)
def test_what_openstack_refuses_fails_it(cloud: Cloud, task: str, refused: str) -> None:
    cloud.compute("compute-1")
    assert cloud.run(task, "compute-1", REFUSE=refused).returncode == 1


def test_shellcheck_has_nothing_against_the_script(cloud: Cloud) -> None:
    program = shutil.which("shellcheck")
    if program is None:
        pytest.skip("shellcheck is not installed")
    found = subprocess.run([program, str(cloud.script)], text=True, stdout=subprocess.PIPE, check=False)
    assert found.returncode == 0, found.stdout


def test_the_script_reads_no_variable_that_nobody_sets(cloud: Cloud) -> None:
    # `set -u` ends the script otherwise; PATH comes from the image, TASK and COMPUTES from the step.
    [_, job] = retire.render("openstack", "client")
    cloud.compute("compute-1", instances="7 web\n")
    assert cloud.run("disable", "compute-1").returncode == 2
    assert set(cloud.environment) - {"PATH", "CLOUD", "REFUSE", "STICK"} == set(environment(job))


def test_the_job_runs_once_as_nobody_with_the_clients_image() -> None:
    [scripts, job] = retire.render("openstack", "registry.example.com/client@sha256:1")
    pod = job["spec"]["template"]["spec"]
    [container] = pod["containers"]
    assert container["image"] == "registry.example.com/client@sha256:1"
    assert job["spec"]["backoffLimit"] == 0
    assert (pod["restartPolicy"], pod["automountServiceAccountToken"]) == ("Never", False)
    assert pod["securityContext"]["runAsNonRoot"] is True
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    assert set(mounts) == {volume["name"] for volume in pod["volumes"]}
    assert pod["volumes"][0]["configMap"]["name"] == scripts["metadata"]["name"]
    assert container["command"][-1] == f"{mounts['scripts']}/{next(iter(scripts['data']))}"
    assert environment(job)["OS_CACERT"].startswith(mounts["cloud"])
    assert {scripts["metadata"]["namespace"], job["metadata"]["namespace"]} == {"openstack"}
