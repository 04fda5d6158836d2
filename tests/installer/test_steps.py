"""The installer's driver against a small fake of the tool: its files, its failures and what must never be shown."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from installer import tool

ROOT = Path(__file__).parents[2]
PASSWORD = "pass1-word2-of3-kubeadmin"
PULL = "very-secret-pull-token"

CREATE = f"""
case "$3" in
image)
  dir=$5
  grep -q replicas "$dir/install-config.yaml" || {{ echo 'FATAL invalid install-config: {PULL}' ; exit 1; }}
  rm "$dir/install-config.yaml" "$dir/agent-config.yaml"
  mkdir "$dir/auth"; echo iso > "$dir/agent.x86_64.iso"; echo '{{}}' > "$dir/.openshift_install_state.json"
  server=https://api.lab.example.com:6443
  printf 'clusters:\\n- cluster:\\n    server: %s\\n  name: lab\\n' $server > "$dir/auth/kubeconfig"
  printf '%s' {PASSWORD} > "$dir/auth/kubeadmin-password"; echo made >> "$COUNT" ;;
esac
"""
WAIT = f"""
echo tried >> "$COUNT"
if [ "$(wc -l < "$COUNT")" -ge "$SUCCEED_AT" ]; then
  echo 'INFO Login with user: "kubeadmin", and password: "{PASSWORD}"'; exit 0
fi
echo "$MESSAGE"; exit 6
"""


class Client:
    """Runs steps in a project directory whose PATH has the fake tool."""

    def __init__(self, project: Path, script: str) -> None:
        self.project, self.count, self.age = project, project / "count", 0.0
        self.env = {"PATH": f"{project}/bin:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "COUNT": str(self.count)}
        (project / "bin").mkdir()
        self.fake("openshift-install", script)
        self.fake("virsh", "echo 'error: no libvirt here' >&2; exit 1")
        self.count.touch()

    def fake(self, program: str, script: str) -> None:
        path = self.project / "bin" / program
        path.write_text(f"#!/bin/sh\n{script}")
        path.chmod(0o755)

    def run(self, step: str, **document: Any) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "installer", step]
        text = json.dumps(document)
        return subprocess.run(command, cwd=self.project, env=self.env, input=text, capture_output=True, text=True)

    def image_document(self, install_config: str = "replicas: 3") -> dict[str, Any]:
        return {
            "installer": "openshift-install",
            "directory": "installation/lab/abc",
            "files": {"install-config.yaml": install_config, "agent-config.yaml": "kind: AgentConfig"},
            "api": "192.168.130.5",
            "api_name": "api.lab.example.com",
            "nodes": ["master-0", "worker-0"],
            "secrets": [PULL],
        }

    def image(self, install_config: str = "replicas: 3") -> subprocess.CompletedProcess[str]:
        return self.run("image", **self.image_document(install_config))

    def wait(self, message: str, succeed_at: int) -> subprocess.CompletedProcess[str]:
        self.env |= {"MESSAGE": message, "SUCCEED_AT": str(succeed_at)}
        directory = self.project / "installation/lab/abc"
        (directory / "auth").mkdir(parents=True, exist_ok=True)
        (directory / "auth" / "kubeadmin-password").write_text(PASSWORD)
        (directory / ".openshift_install_state.json").write_text("{}")
        return self.run(
            "wait",
            installer="openshift-install",
            directory="installation/lab/abc",
            what="install-complete",
            attempts=3,
            generation=1,
            limit=60,
            created=time.time() - self.age,
            nodes={"master-0": "127.0.0.1"},
            domains={"master-0": "lab-master-0"},
            uri="qemu:///system",
            secrets=[PULL],
        )

    @property
    def runs(self) -> int:
        return len(self.count.read_text().splitlines())


@pytest.fixture
def maker(tmp_path: Path) -> Client:
    return Client(tmp_path, CREATE)


@pytest.fixture
def watcher(tmp_path: Path) -> Client:
    return Client(tmp_path, WAIT)


def test_what_an_earlier_run_left_behind_is_built_anew(maker: Client) -> None:
    maker.image()
    left = maker.project / "installation/lab/abc/auth/kubeadmin-password"
    left.write_text("of a cluster that is gone")
    again = maker.image()
    assert again.returncode == 0, "the tool refuses a second run in the same directory, so it must be another one"
    assert (left.read_text(), maker.runs) == (PASSWORD, 2)


def test_removing_an_image_leaves_nothing(maker: Client) -> None:
    maker.env["PULUMI_COMMAND_STDOUT"] = maker.image().stdout
    removed = maker.run("remove-image", directory="installation/lab/abc")
    assert json.loads(removed.stdout) == {"removed": True}
    assert not list((maker.project / "installation").iterdir())


def test_removing_two_generations_one_after_the_other_leaves_nothing(maker: Client) -> None:
    for directory in ("installation/lab/old", "installation/lab/new"):
        (maker.project / directory).mkdir(parents=True)
        (maker.project / directory / "agent.x86_64.iso").write_text(directory)
    (maker.project / "installation/lab/.lock").touch()
    for directory in ("installation/lab/old", "installation/lab/new"):
        iso = maker.project / directory / "agent.x86_64.iso"
        built = {"directory": directory, "iso": f"{directory}/{iso.name}", "created": int(iso.stat().st_mtime)}
        built["sha256"] = hashlib.sha256(directory.encode()).hexdigest()
        maker.env["PULUMI_COMMAND_STDOUT"] = json.dumps(built)
        assert json.loads(maker.run("remove-image", directory=directory).stdout) == {"removed": True}
    assert not list((maker.project / "installation").iterdir())


def test_removing_a_replaced_image_leaves_its_successor(maker: Client) -> None:
    old = json.loads(maker.image().stdout)
    maker.env["PULUMI_COMMAND_STDOUT"] = json.dumps({**old, "created": old["created"] - 60})
    removed = maker.run("remove-image", directory="installation/lab/abc")
    assert json.loads(removed.stdout) == {"removed": False}
    assert (maker.project / old["iso"]).exists()


def test_removing_an_image_of_another_checkout_is_no_error(maker: Client) -> None:
    maker.env["PULUMI_COMMAND_STDOUT"] = "{}"
    assert maker.run("remove-image", directory="installation/lab/abc").returncode == 0


def test_the_installer_directory_is_private_and_relative(maker: Client) -> None:
    result = json.loads(maker.image().stdout)
    assert result["iso"] == "installation/lab/abc/agent.x86_64.iso"
    assert (maker.project / result["directory"]).stat().st_mode & 0o777 == 0o700


def test_a_failed_image_leaves_nothing_that_looks_whole_and_the_next_run_makes_it(maker: Client) -> None:
    failed = maker.image("nothing of use")
    assert failed.returncode == 1
    left = [path for path in (maker.project / "installation").rglob("*") if path.is_file() and path.name != ".lock"]
    assert left == [], "what is left would hold the pull secret for good"
    assert maker.image().returncode == 0


def test_a_secret_in_the_tools_error_is_masked(maker: Client) -> None:
    failed = maker.image("nothing of use")
    assert "invalid install-config: [secret]" in failed.stderr
    assert PULL not in failed.stderr + failed.stdout


def test_the_kubeconfig_reaches_the_vip_and_verifies_the_name(maker: Client) -> None:
    maker.image()
    made = maker.run("credentials", directory="installation/lab/abc")
    kubeconfig = json.loads(made.stdout)["kubeconfig"]
    assert "    server: https://192.168.130.5:6443\n    tls-server-name: api.lab.example.com\n" in kubeconfig
    assert json.loads(made.stdout)["password"] == PASSWORD


def test_a_fresh_iso_may_boot_and_an_old_one_says_what_to_do(maker: Client) -> None:
    assert maker.run("boot-gate", created=time.time() - 3600, generation=2).returncode == 0
    old = maker.run("boot-gate", created=time.time() - 21 * 3600, generation=2)
    assert old.returncode == 1
    assert "21 h old" in old.stderr and "rhoso-lab:generation 3" in old.stderr


def test_an_iso_of_a_clock_that_was_ahead_may_not_boot(maker: Client) -> None:
    assert maker.run("boot-gate", created=time.time() + 60, generation=2).returncode == 0, "a clock that was set"
    ahead = maker.run("boot-gate", created=time.time() + 2 * 3600, generation=2)
    assert ahead.returncode == 1
    assert "made 120 min from now" in ahead.stderr and "rhoso-lab:generation 3" in ahead.stderr


def test_a_wait_without_a_verdict_watches_again(watcher: Client) -> None:
    done = watcher.wait("FATAL bootstrap process timed out", succeed_at=2)
    assert done.returncode == 0, done.stderr
    assert watcher.runs == 2


def test_only_an_installation_that_is_over_is_marked_as_such(watcher: Client) -> None:
    mark = watcher.project / "installation/lab/abc/installed"
    assert watcher.wait("has hosts in error", succeed_at=99).returncode != 0
    assert not mark.exists()
    assert watcher.wait("", succeed_at=1).returncode == 0
    assert mark.exists(), "who joins from now on needs an ISO of its own"


def test_a_wait_with_a_verdict_does_not_watch_again(watcher: Client) -> None:
    failed = watcher.wait("FATAL cluster has hosts in error", succeed_at=9)
    assert (failed.returncode, watcher.runs) == (6, 1)
    assert "raise generation above 1" in failed.stderr


def test_the_class_of_a_failure_is_said_when_watching_again_and_at_the_end(watcher: Client) -> None:
    failed = watcher.wait("FATAL failed to progress after all hosts available", succeed_at=9)
    assert watcher.runs == 3
    assert failed.stderr.count("(stuck in ready: ") == 3
    assert "attempt 2 ended (stuck in ready: " in failed.stderr


def test_a_failed_wait_names_the_directory_with_what_was_collected(watcher: Client) -> None:
    failed = watcher.wait("FATAL cluster has hosts in error", succeed_at=9)
    [made] = (watcher.project / "installation/lab/failures").iterdir()
    assert f"installation/lab/failures/{made.name}. " in failed.stderr
    assert (made / "summary.txt").read_text().startswith("hosts in error: ")


def test_a_step_that_is_interrupted_takes_its_tool_with_it_and_leaves_no_secret(maker: Client) -> None:
    maker.fake("openshift-install", 'exec cat "$COUNT.on"')
    os.mkfifo(maker.project / "count.on")
    command = [sys.executable, "-m", "installer", "image"]
    with subprocess.Popen(command, cwd=maker.project, env=maker.env, stdin=subprocess.PIPE, text=True) as step:
        assert step.stdin is not None
        step.stdin.write(json.dumps(maker.image_document()))
        step.stdin.close()
        # Opening it for writing waits until the tool reads, so until it runs.
        with (maker.project / "count.on").open("w"):
            assert list((maker.project / "installation/lab").glob(".*.partial"))
            step.terminate()
            assert step.wait() == 128 + signal.SIGTERM
    assert [path.name for path in (maker.project / "installation").rglob("*") if path.is_file()] == [".lock"]


def test_the_last_image_takes_what_was_collected_about_failures_with_it(maker: Client) -> None:
    maker.env["PULUMI_COMMAND_STDOUT"] = maker.image().stdout
    (maker.project / "installation/lab/failures/20250101T000000Z-install-complete").mkdir(parents=True)
    maker.run("remove-image", directory="installation/lab/abc")
    assert not list((maker.project / "installation").iterdir())


def test_a_failed_wait_behind_an_old_iso_says_so(watcher: Client) -> None:
    watcher.age = 30 * 3600
    assert "30 h old" in watcher.wait("FATAL cluster has hosts in error", succeed_at=9).stderr


def test_a_tool_that_never_ends_is_ended_at_the_limit() -> None:
    code, _ = tool.run(["sh", "-c", "exec sleep 60"], [], limit=0.2)
    assert code == -signal.SIGTERM


def test_a_pull_secret_is_masked_as_the_tool_quotes_it_and_in_parts() -> None:
    token = base64.b64encode(b"user:token-of-the-registry").decode()
    secret = json.dumps({"auths": {"registry.example.com": {"auth": token, "email": "me@example.com"}}}, indent=2)
    for shown in (secret, json.dumps(secret), json.dumps(secret)[1:-1], token, "token-of-the-registry"):
        for line in f"pullSecret: Invalid value: {shown}: bad".splitlines():
            for shape in tool.shapes([secret]):
                line = line.replace(shape, tool.MASK)
            assert token not in line and "token-of" not in line


def test_the_kubeadmin_password_never_passes(watcher: Client) -> None:
    done = watcher.wait("", succeed_at=1)
    assert 'password: "[secret]"' in done.stderr
    assert PASSWORD not in done.stderr + done.stdout


def test_a_wait_without_the_installers_state_says_where_to_run(watcher: Client) -> None:
    failed = watcher.run("wait", directory="nowhere", what="install-complete", attempts=1, generation=1, secrets=[])
    assert failed.returncode == 1
    assert "generation" in failed.stderr and "Traceback" not in failed.stderr


def test_a_missing_tool_is_one_sentence_with_the_setting(maker: Client) -> None:
    (maker.project / "bin" / "openshift-install").unlink()
    failed = maker.image()
    assert failed.returncode == 1
    assert "openshift.installer" in failed.stderr and "Traceback" not in failed.stderr
