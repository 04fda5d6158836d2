"""What a worker boots, against small fakes of oc and virsh: which ISO, where it goes, and what stays behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PULL = '{"auths": {"registry.example.com": {"auth": "dmVyeTpzZWNyZXQtcHVsbC10b2tlbg=="}}}'
VOLUME = "lab-worker-1-node.iso"
URI = "qemu+unix:///system?socket=/run/example"

OC = """
[ "$1 $2 $3" = "adm node-image create" ] || exit 64
echo "$KUBECONFIG" > "$SEEN/kubeconfig"; ls -l "$5" > "$SEEN/modes"; cp "$5/nodes-config.yaml" "$9" "$SEEN/"
echo "pulling with secret-pull-token"
[ -z "$FAILS" ] || { echo 'error: cannot reach the cluster' >&2; exit 1; }
[ -n "$WRITES_NOTHING" ] || echo node-iso > "$5/$7"
"""
VIRSH = """
[ "$1 $2 $3" = "--quiet --connect $URI" ] || exit 64
shift 3; echo "$*" >> "$SEEN/virsh"
case "$1" in
vol-list) for volume in "$POOL"/*; do echo " ${volume##*/}  $volume"; done ;;
vol-create-as) [ ! -e "$POOL/$3" ] || { echo "error: volume '$3' exists already" >&2; exit 1; }; touch "$POOL/$3" ;;
vol-upload) cp "$5" "$POOL/$4" ;;
vol-path) echo "$POOL/$4"; echo ;;
vol-delete) rm "$POOL/$4" ;;
esac
"""


class Client:
    """Runs the step in a project whose PATH has the fakes; the cluster was installed with ``worker-0``."""

    def __init__(self, project: Path) -> None:
        self.project, self.seen, self.pool = project, project / "seen", project / "pool"
        for directory in ("seen", "pool", "bin", "installation/lab/abc/auth"):
            (project / directory).mkdir(parents=True)
        for name, script in (("oc", OC), ("virsh", VIRSH)):
            fake = project / "bin" / name
            fake.write_text(f"#!/bin/sh\n{script}")
            fake.chmod(0o755)
        self.nodes = project / "installation/lab/abc/nodes.json"
        self.nodes.write_text(json.dumps(["master-0", "worker-0"]))
        self.env = {
            **{"PATH": f"{project}/bin:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "SEEN": str(self.seen)},
            **{"POOL": str(self.pool), "URI": URI, "FAILS": "", "WRITES_NOTHING": ""},
        }

    def run(self, node: str, step: str = "medium", **changes: Any) -> subprocess.CompletedProcess[str]:
        document = {
            **{"node": node, "directory": "installation/lab/abc", "iso": "/pool/agent.iso", "oc": "oc"},
            **{"config": "hosts: []\n", "pull_secret": PULL, "work": f"installation/lab/nodes/{node}", "uri": URI},
            **{"pool": "lab-1", "volume": VOLUME, "generation": 1, "secrets": [PULL], **changes},
        }
        return subprocess.run(
            [sys.executable, "-m", "installer", step],
            cwd=self.project,
            env=self.env,
            input=json.dumps(document),
            capture_output=True,
            text=True,
            check=False,
        )

    def virsh(self) -> list[str]:
        log = self.seen / "virsh"
        return [line.split()[0] for line in log.read_text().splitlines()] if log.exists() else []


@pytest.fixture
def client(tmp_path: Path) -> Client:
    return Client(tmp_path)


def test_a_node_of_the_installation_boots_its_agent_iso_and_nothing_is_asked(client: Client) -> None:
    done = client.run("worker-0")
    assert json.loads(done.stdout) == {"iso": "/pool/agent.iso", "volume": ""}
    assert not list(client.seen.iterdir())


def test_once_the_cluster_is_installed_its_agent_iso_is_of_no_use_to_anybody(client: Client) -> None:
    (client.nodes.parent / "installed").touch()
    assert json.loads(client.run("worker-0").stdout)["volume"] == VOLUME


def test_any_other_gets_an_iso_of_its_own_from_the_running_cluster(client: Client) -> None:
    done = client.run("worker-1")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"iso": str(client.pool / VOLUME), "volume": VOLUME}
    assert (client.pool / VOLUME).read_text() == "node-iso\n"
    kubeconfig = (client.seen / "kubeconfig").read_text().strip()
    assert kubeconfig == str(client.project / "installation/lab/abc/auth/kubeconfig"), "oc may change its directory"
    assert (client.seen / "nodes-config.yaml").read_text() == "hosts: []\n"
    assert json.loads((client.seen / "pull-secret.json").read_text()) == json.loads(PULL)
    assert "-rw------- " in (client.seen / "modes").read_text() and "r--" not in (client.seen / "modes").read_text()


def test_nothing_with_a_secret_stays_behind_or_is_shown(client: Client) -> None:
    for fails in ("", "yes"):
        client.env["FAILS"] = fails
        done = client.run("worker-1")
        assert not (client.project / "installation/lab/nodes/worker-1").exists()
        assert "secret-pull-token" not in done.stdout + done.stderr
        assert "pulling with [secret]" in done.stderr


def test_what_a_run_that_died_left_in_the_pool_is_made_anew(client: Client) -> None:
    (client.pool / VOLUME).write_text("half of it")
    assert client.run("worker-1").returncode == 0
    assert (client.pool / VOLUME).read_text() == "node-iso\n"


def test_removal_deletes_what_was_made_and_nothing_else(client: Client) -> None:
    for node, left in (("worker-0", True), ("worker-1", False)):
        (client.pool / VOLUME).write_text("")
        client.env["PULUMI_COMMAND_STDOUT"] = client.run(node).stdout
        done = client.run(node, "remove-medium")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == {"removed": not left}
        assert (client.pool / VOLUME).exists() is left
    again = client.run("worker-1", "remove-medium")
    assert again.returncode == 0, "somebody may have removed it by hand"


@pytest.mark.parametrize(
    ("variable", "said"),
    [
        ("FAILS", "it joins the running cluster, which must be installed and answer"),
        ("WRITES_NOTHING", "wrote no node.x86_64.iso"),
    ],
)
def test_a_cluster_that_makes_no_iso_is_said_and_nothing_is_uploaded(client: Client, variable: str, said: str) -> None:
    client.env[variable] = "yes"
    done = client.run("worker-1")
    assert done.returncode == 1 and said in done.stderr
    assert client.virsh() == []


def test_a_missing_oc_and_a_missing_directory_say_what_to_do(client: Client) -> None:
    assert "openshift.client: 'oc-4.18' is not on PATH" in client.run("worker-1", oc="oc-4.18").stderr
    client.nodes.unlink()
    for node in ("worker-0", "worker-1"):
        assert "raise generation above 1" in client.run(node).stderr


def test_an_error_of_libvirt_is_told_with_its_place(client: Client) -> None:
    done = client.run("worker-1", uri="qemu:///other")
    assert done.returncode == 1
    assert "virsh vol-list at qemu:///other failed" in done.stderr
