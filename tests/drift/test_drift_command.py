"""The whole command, with a fake pulumi and a fake virsh that print what they were given."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.doctor.fake_host import FakeHost
from tests.drift import events

ROOT = Path(__file__).parents[2]
PULUMI = """
echo "$@" >> "$CALLS"
case "$*" in
*"stack export"*) cat export.json ;;
up*) exit 5 ;;
refresh*) file=events
  for excluded in kubernetes: Domain::; do
    case "$*" in *"$excluded"*) file="$file-without-${excluded%%:*}" ;; esac
  done
  cat "$file" && ! grep -q '"severity": "error"' "$file" ;;
esac
"""
HOST = {
    "urn": "urn:pulumi:lab::rhoso-lab::rhoso:kvm:KvmHost$pulumi:providers:libvirt::host",
    "type": "pulumi:providers:libvirt",
    "inputs": {"uri": "qemu:///system"},
}
RECORDED = {"name": "lab-worker-0", "memory": 24576, "vcpu": 8, "networkInterfaces": [{"mac": "52:33:E7:51:55:9E"}]}
DEFINITION = """<domain><name>lab-worker-0</name><memory unit='KiB'>{kib}</memory><vcpu>8</vcpu>
<devices><interface><mac address='52:33:e7:51:55:9e'/></interface></devices></domain>"""


class Client:
    """A project directory whose stack has one machine and one object in the cluster."""

    def __init__(self, directory: Path) -> None:
        self.directory, self.host = directory, FakeHost(directory / "bin", directory / "answers")
        self.host.set_up()
        self.host.program("pulumi", PULUMI)
        machine = {"urn": events.MACHINE, "type": "libvirt:index/domain:Domain", "outputs": RECORDED}
        machine |= {"inputs": RECORDED, "ignoreChanges": ["memory", "vcpu"]}
        self.write("export.json", json.dumps({"deployment": {"resources": [HOST, machine]}}))
        self.defined(24576)

    def defined(self, mib: int) -> None:
        self.host.answer("dumpxml --inactive lab-worker-0", DEFINITION.format(kib=mib * 1024))

    def write(self, name: str, *lines: str) -> None:
        (self.directory / name).write_text("\n".join(lines) + "\n")

    def drift(self, *options: str) -> subprocess.CompletedProcess[str]:
        path = f"{self.directory}/bin:/usr/bin:/bin"
        environment = {"PATH": path, "PYTHONPATH": str(ROOT), "CALLS": "calls", "HOME": os.environ.get("HOME", "/")}
        command = [sys.executable, "-m", "drift", "--stack", "lab", *options]
        return subprocess.run(command, cwd=self.directory, env=environment, capture_output=True, text=True)

    @property
    def calls(self) -> list[str]:
        return (self.directory / "calls").read_text().splitlines()


@pytest.fixture
def client(tmp_path: Path) -> Client:
    return Client(tmp_path)


def machine(**found: Any) -> str:
    new = {**RECORDED, **found}
    return events.read(events.MACHINE, "same", {"inputs": RECORDED, "outputs": RECORDED}, {"outputs": new})


EDITED = events.read(
    events.PLANE,
    "update",
    {"inputs": {"metadata": {"name": "openstack"}, "spec": {"replicas": 3}}},
    {"inputs": {"metadata": {"name": "openstack"}, "spec": {"replicas": 1}}},
    "spec.replicas",
)


def test_no_difference_is_exit_code_0_and_only_a_preview_was_asked_for(client: Client) -> None:
    client.write("events", machine())
    done = client.drift()
    assert (done.returncode, done.stdout) == (0, "Stack lab: nothing differs from the state.\n"), done.stderr
    assert client.calls[1:] == ["refresh --preview-only --json --stack lab --non-interactive"]


def test_a_difference_is_exit_code_2_and_says_how_it_is_put_back(client: Client) -> None:
    client.write("events", machine(), EDITED)
    done = client.drift()
    assert done.returncode == 2, done.stderr
    assert done.stdout.splitlines()[1:3] == [
        "OpenStackControlPlane openstack  spec.replicas  3         1",
        "  -> put back",
    ]
    assert "make drift STACK=lab PUT_BACK=1" in done.stdout


def test_a_definition_that_differs_from_what_runs_is_told(client: Client) -> None:
    client.write("events", machine())
    client.defined(32768)
    [row] = json.loads(client.drift("--format", "json").stdout)["differences"]
    assert (row["property"], row["recorded"], row["found"]) == ("memory", "24576", "32768 (from its next start)")
    assert row["mended"] is False and "setmaxmem lab-worker-0 24576M" in row["after"]


def test_what_runs_and_its_definition_make_one_row(client: Client) -> None:
    client.write("events", machine(memory=32768))
    client.defined(32768)
    assert len(json.loads(client.drift("--format", "json").stdout)["differences"]) == 1


def test_putting_back_leaves_alone_what_an_up_would_only_take_for_recorded(client: Client) -> None:
    client.write("events", machine(memory=32768), EDITED)
    assert client.drift("--put-back").returncode == 5, "the exit code is that of pulumi up"
    assert client.calls[-1] == (
        f"up --refresh --yes --skip-preview --exclude {events.MACHINE} --stack lab --non-interactive"
    )


def test_without_anything_to_put_back_no_up_is_run(client: Client) -> None:
    client.write("events", machine(memory=32768))
    assert client.drift("--put-back").returncode == 2
    assert not any(call.startswith("up") for call in client.calls)


def test_a_machine_whose_disk_is_gone_is_left_out_and_both_are_told(client: Client) -> None:
    gone = events.read(events.VOLUME, "delete", {"inputs": {"name": "lab-worker-0-data.qcow2"}}, None)
    client.write("events", gone, events.error("error retrieving volume for disk: no such volume", events.MACHINE))
    client.write("events-without-Domain", gone)
    done = client.drift("--put-back")
    assert "machine worker-0                disks     there     one is gone" in done.stdout
    assert "volume lab-worker-0-data.qcow2            there     gone" in done.stdout
    assert f"--exclude {events.MACHINE} " in client.calls[-1], "up could not read the machine either"


def test_what_cannot_be_read_is_named_and_the_rest_is_told_and_nothing_put_back(client: Client) -> None:
    client.write("events", EDITED, events.error("permission denied", events.MACHINE))
    client.write("events-without-Domain", EDITED)
    done = client.drift("--put-back")
    assert done.returncode == 1
    assert "spec.replicas" in done.stdout
    assert "Not compared: machine worker-0: permission denied" in done.stdout
    assert not any(call.startswith("up") for call in client.calls)


def test_a_cluster_that_does_not_answer_does_not_hide_the_host(client: Client) -> None:
    advice = (
        "failed to read resource state due to unreachable cluster. You can delete it: PULUMI_K8S_DELETE_UNREACHABLE"
    )
    client.write("events", *(events.error(advice, urn) for urn in (events.PLANE, events.SECRET)))
    client.write("events-without-kubernetes", machine(memory=32768))
    done = client.drift()
    assert done.returncode == 1 and "DELETE_UNREACHABLE" not in done.stdout
    assert "setmaxmem lab-worker-0 24576M" in done.stdout
    assert "Not compared: the cluster: it does not answer, so nothing in it was compared" in done.stdout


def test_a_libvirt_that_does_not_answer_is_an_error_at_once(client: Client) -> None:
    client.host.program("virsh", "echo 'error: no connection' >&2; exit 1")
    done = client.drift()
    assert done.returncode == 1
    assert "qemu:///system does not answer (no connection)" in done.stderr
    assert not any(call.startswith("refresh") for call in client.calls)
