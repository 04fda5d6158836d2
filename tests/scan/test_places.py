"""A secret is found in each kind of place where none may be, and named by its label alone."""

from __future__ import annotations

import base64
import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from manifests.credentials import Credentials
from tests.lab import SECRET
from tests.scan.conftest import KUBEADMIN, PASSPHRASE, Project, written

NOVA = Credentials(SECRET).password("osp-secret/NovaPassword")
KEY = Credentials(SECRET).key_pair("computes").private
SAMPLE_OF_THE_GOLDEN_FILES = Credentials("x" * 64).password("osp-secret/NovaPassword")
FOREIGN_KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA0000\n"

PLANTED: dict[str, tuple[Callable[[Project], Path], str]] = {
    "the state": (
        lambda p: written(p.kept / ".pulumi/stacks/rhoso-lab/lab.json", json.dumps({"stdin": NOVA})),
        "osp-secret/NovaPassword",
    ),
    "a state in gzip": (
        lambda p: written(p.kept / ".pulumi/stacks/rhoso-lab/lab.json.gz", gzip.compress(NOVA.encode())),
        "osp-secret/NovaPassword",
    ),
    "the history": (
        lambda p: written(
            p.kept / ".pulumi/history/rhoso-lab/lab/lab-1.checkpoint.json", base64.b64encode(NOVA.encode())
        ),
        "osp-secret/NovaPassword",
    ),
    "a backup, also of a key that nobody told of": (
        lambda p: written(p.kept / ".pulumi/backups/rhoso-lab/lab/lab.1.json", json.dumps(FOREIGN_KEY)),
        "some private key",
    ),
    "the installer's log": (
        lambda p: written(p.root / "installation/lab/0/.openshift_install.log", f"password: {KUBEADMIN}", 0o600),
        "output kubeadminPassword",
    ),
    "what was collected of a failure": (
        lambda p: written(p.root / "installation/lab/failures/1/summary.txt", KUBEADMIN, 0o600),
        "output kubeadminPassword",
    ),
    "the engine's log": (
        lambda p: written(Path(os.environ["PULUMI_HOME"]) / "logs/pulumi.log", PASSPHRASE, 0o600),
        "passphrase",
    ),
    "a golden file, of the stack's own": (
        lambda p: written(p.root / "tests/golden/secret.yaml", f"NovaPassword: {NOVA}"),
        "osp-secret/NovaPassword",
    ),
    "a golden file, of those it is rendered from": (
        lambda p: written(p.root / "tests/golden/secret.yaml", f"NovaPassword: {SAMPLE_OF_THE_GOLDEN_FILES}"),
        "the golden files' osp-secret/NovaPassword",
    ),
    "a file that many may read": (
        lambda p: written(p.root / "installation/lab/0/auth/key", KEY, 0o640),
        "computes",
    ),
    "a kubeconfig in TMPDIR that all may read": (
        lambda p: written(p.temporary / "kubeconfig123", f"password: {KUBEADMIN}"),
        "output kubeadminPassword",
    ),
}


def test_a_clean_project_has_no_finding(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = project.scan(capsys)
    assert code == 0, said
    assert "no secret stands where it must not" in said
    for row in ("state", "git tree", "installation", "arguments"):
        assert any(line.startswith(row) and line.rstrip().endswith("-") for line in said.splitlines()), row


@pytest.mark.parametrize("place", PLANTED)
def test_a_planted_secret_is_found_in(project: Project, capsys: pytest.CaptureFixture[str], place: str) -> None:
    plant, label = PLANTED[place]
    path = plant(project)
    code, said = project.scan(capsys)
    assert code == 1
    assert [line for line in said.splitlines() if line.startswith(f"{path}") and f": {label} in clear" in line], said
    for value in (NOVA, KUBEADMIN, PASSPHRASE, SECRET, KEY.splitlines()[1], SAMPLE_OF_THE_GOLDEN_FILES):
        assert value not in said


def test_a_planted_secret_is_found_in_a_processs_arguments(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    line = [sys.executable, "-c", "import sys; print(flush=True); sys.stdin.read()", f"--password={NOVA}"]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout and process.stdin
        process.stdout.readline()
        code, said = project.scan(capsys)
        process.stdin.close()
    assert code == 1
    assert f"process {process.pid} (" in said
    assert NOVA not in said


def test_what_only_the_owner_can_read_is_no_finding(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    written(project.temporary / "kubeconfig123", f"password: {KUBEADMIN}", 0o600)
    assert project.scan(capsys)[0] == 0


def test_what_cant_be_read_is_named_and_does_not_pass(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    packed = written(project.kept / ".pulumi/stacks/rhoso-lab/lab.json.zst", b"\x28\xb5\x2f\xfd...")
    code, said = project.scan(capsys)
    assert code == 1
    assert f"Could not be read: {packed}: packed by zstd" in said


def test_a_given_path_must_hold_none_whatever_its_mode(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    log = written(project.temporary.parent / "run.log", f"{NOVA}", 0o600)
    code, said = project.scan(capsys, str(log))
    assert (code, str(log) in said) == (1, True)


def test_the_state_of_another_backend_is_asked_for(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.answers(whoami={"url": "s3://bucket?region=x"}, export={"deployment": {"stdin": NOVA}})
    code, said = project.scan(capsys)
    assert code == 1
    assert "the state of lab: osp-secret/NovaPassword in clear" in said
    assert "its history was not looked at" in said


def test_the_passphrase_of_published_samples_is_no_secret(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    config = json.loads((project.bin / "config.json").read_text())
    config["rhoso-lab:secret"]["value"] = "sample-" + "0" * 32
    project.answers(config=config)
    written(project.root / "README.md", f"The passphrase is {PASSPHRASE}.")
    code, said = project.scan(capsys)
    assert (code, "Published with the program, so not looked for: passphrase." in said) == (0, True)


def test_without_the_passphrase_it_says_so_and_does_not_pass(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    written(
        project.bin / "pulumi", "#!/bin/sh\necho 'secret'\necho 'error: incorrect passphrase' >&2; exit 255\n", 0o755
    )
    code, said = project.scan(capsys)
    assert code == 2
    assert said.splitlines() == [
        "pulumi --non-interactive config --show-secrets --json --stack lab failed: error: incorrect passphrase"
    ]
