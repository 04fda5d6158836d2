"""The whole command, with a fake pulumi that notes what it is told and a fake virsh that prints what it was given."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.doctor.fake_host import FakeHost
from tests.lab import raw

ROOT = Path(__file__).parents[2]
POOL = "/var/lib/libvirt/rhoso-lab/lab-1"
PULUMI = """
echo "$@" >> calls
case "$*" in
*"stack export"*) cat export.json ;;
destroy*) cp after.json export.json; exit "$(cat code)" ;;
esac
"""
VIRSH = """
for last; do :; done
echo "$last" >> asked
exec bin/answering "$@"
"""


def urn(kind: str, name: str) -> str:
    return f"urn:pulumi:lab::rhoso-lab::rhoso:kvm:Machine$libvirt:index/{kind.lower()}:{kind}::{name}"


def state(*things: tuple[str, str, str]) -> str:
    """(kind, name, id) of each recorded thing of libvirt's."""
    resources = [
        {"urn": urn(kind, name), "type": f"libvirt:index/{kind.lower()}:{kind}", "id": id_, "custom": True}
        for kind, name, id_ in things
    ]
    return json.dumps({"deployment": {"resources": resources}})


class Client:
    """A project with the stack ``lab`` on a fake host."""

    def __init__(self, directory: Path) -> None:
        self.directory, self.host = directory, FakeHost(directory / "bin", directory / "answers")
        self.host.set_up()
        (directory / "bin" / "virsh").rename(directory / "bin" / "answering")
        self.host.program("virsh", VIRSH)
        self.host.program("pulumi", PULUMI)
        settings = {f"rhoso-lab:{key}": value for key, value in raw().items()}
        self.write("Pulumi.lab.yaml", yaml.safe_dump({"config": settings}))
        self.write("Pulumi.yaml", "name: rhoso-lab\nruntime: python\n")
        self.ends()

    def write(self, name: str, text: str) -> None:
        (self.directory / name).write_text(text)

    def records(self, *things: tuple[str, str, str]) -> None:
        self.write("export.json", state(*things))

    def ends(self, *things: tuple[str, str, str], code: int = 0) -> None:
        """What a destroy leaves in the state, and its exit code."""
        self.write("after.json", state(*things))
        self.write("code", str(code))

    def reset(self) -> subprocess.CompletedProcess[str]:
        path = f"{self.directory}/bin:/usr/bin:/bin"
        environment = {"PATH": path, "PYTHONPATH": str(ROOT), "HOME": os.environ.get("HOME", "/")}
        command = [sys.executable, "-m", "reset", "--stack", "lab"]
        return subprocess.run(command, cwd=self.directory, env=environment, capture_output=True, text=True)

    def noted(self, name: str) -> list[str]:
        path = self.directory / name
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def client(tmp_path: Path) -> Client:
    return Client(tmp_path)


DESTROY = "destroy --yes --skip-preview --non-interactive --stack lab"


def test_a_whole_lab_is_destroyed_without_a_refresh(client: Client) -> None:
    client.host.domain("lab-master-0")
    client.records(("Domain", "master-0", "uuid-lab-master-0"))
    done = client.reset()
    calls = client.noted("calls")
    assert DESTROY in calls and not [call for call in calls if "refresh" in call]
    # The fake host keeps its machine, which the state does not know any more.
    assert done.returncode == 1
    assert "Machine lab-master-0 has this stack's mark" in done.stdout
    assert "-> virsh -c qemu:///system 'destroy lab-master-0; undefine lab-master-0" in done.stdout


def test_when_nothing_is_left_it_says_so(client: Client) -> None:
    client.records()
    done = client.reset()
    assert (done.returncode, done.stdout) == (0, "Stack lab: nothing of it is left.\n"), done.stderr


def test_only_what_was_removed_by_hand_is_refreshed_before(client: Client) -> None:
    client.host.domain("lab-master-1", mark="somebody's")
    client.records(
        ("Domain", "master-0", "uuid-lab-master-0"),
        ("Domain", "master-1", "uuid-lab-master-1"),
        ("Network", "networks-ocp", "uuid-lab-ocp"),
        ("Volume", "master-0-root", f"{POOL}/lab-master-0-root.qcow2"),
    )
    done = client.reset()
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("Gone already: master-0, networks-ocp\n")
    gone = [f"--target {urn('Domain', 'master-0')}", f"--target {urn('Network', 'networks-ocp')}"]
    calls = client.noted("calls")
    [refresh] = [call for call in calls if "refresh" in call]
    assert refresh == f"--non-interactive refresh --yes --skip-preview {' '.join(gone)} --stack lab"
    assert calls.index(refresh) < calls.index(DESTROY)


def test_a_file_in_the_pool_is_named_with_the_command_that_removes_it(client: Client) -> None:
    client.host.pool("lab-1", POOL, "lab-master-0-root.qcow2", "notes.txt")
    client.host.answer("pool-refresh lab-1", "")
    pool = ("Pool", "host-pool", "uuid-lab-1")
    client.records(pool, ("Volume", "master-0-root", f"{POOL}/lab-master-0-root.qcow2"))
    client.ends(pool, code=255)
    done = client.reset()
    assert done.returncode == 1
    said = " ".join(done.stdout.split())
    assert f"{POOL}/notes.txt is not this stack's, and its pool can't be deleted before that is gone." in said
    assert "virsh -c qemu:///system 'pool-start lab-1; pool-refresh lab-1; vol-delete notes.txt --pool lab-1'" in said
    assert "lab-master-0-root.qcow2" not in said
    assert "still recorded: host-pool." in said and "make destroy STACK=lab" in said


def test_a_pool_that_is_stopped_is_started_or_its_volumes_would_stay(client: Client) -> None:
    client.host.pool("lab-1", POOL, "lab-master-0-root.qcow2")
    client.host.answer("pool-list --name", "")
    client.records(("Pool", "host-pool", "uuid-lab-1"), ("Volume", "root", f"{POOL}/lab-master-0-root.qcow2"))
    client.reset()
    assert "pool-start lab-1" in client.noted("asked")


def test_nothing_is_touched_when_libvirt_does_not_answer(client: Client) -> None:
    client.host.program("virsh", "echo 'error: Failed to connect socket' >&2; exit 1")
    client.records(("Domain", "master-0", "uuid-lab-master-0"))
    done = client.reset()
    assert done.returncode == 1
    assert "qemu:///system does not answer (Failed to connect socket), so nothing was touched." in done.stderr
    assert client.noted("calls") == []


def test_nothing_is_touched_of_a_lab_in_production(client: Client) -> None:
    blueprint = {"urn": "urn::blueprint", "type": "pulumi-python:dynamic:Resource", "id": "1"}
    for recorded, code in (("true", 1), ("false", 0)):
        resources = [{**blueprint, "inputs": {"limits": {"production": recorded}}}]
        client.write("export.json", json.dumps({"deployment": {"resources": resources}}))
        done = client.reset()
        assert (done.returncode, DESTROY in client.noted("calls")) == (code, not code)
        assert ("recorded with production: true" in done.stderr) == bool(code)


def test_an_installer_directory_that_stayed_is_named(client: Client) -> None:
    client.records()
    (client.directory / "installation/lab/0123456789abcdef").mkdir(parents=True)
    done = client.reset()
    assert done.returncode == 1
    assert "-> rm -r installation/lab\n" in done.stdout
