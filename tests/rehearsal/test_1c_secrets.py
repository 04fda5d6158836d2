"""The scan on a lab that is up: nothing of its secrets stands where it must not, and what is planted is found."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rehearsal.conftest import ROOT, Lab

pytestmark = pytest.mark.rehearsal

CLEAN = "Stack rehearsal: no secret stands where it must not."


# Takes the secret by standard input, and scans while another process has it among its arguments.
HAS_IT_IN_ITS_ARGUMENTS = """
import subprocess, sys
line = [sys.executable, "-c", "import sys; print(flush=True); sys.stdin.read()", sys.stdin.read()]
with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
    process.stdout.readline()
    done = subprocess.run([sys.executable, "-m", "scan", "--stack", "rehearsal"])
    process.stdin.close()
sys.exit(done.returncode)
"""


def scanned(lab: Lab, *paths: str, project: Path | None = None) -> tuple[int, str]:
    """Exit code, and the report."""
    done = lab.run("python", "-m", "scan", "--stack", "rehearsal", *paths, project=project, expect=None)
    return done.returncode, done.stdout + done.stderr


def inside(lab: Lab, *command: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """A command inside the host whose output must not get into the lab's transcript."""
    line = [sys.executable, "-m", "rehearsal", "exec", "--name", "tests", "--dir", str(lab.directory), "--", *command]
    return subprocess.run(line, cwd=lab.project, input=stdin, capture_output=True, text=True, check=False)


def password(lab: Lab) -> str:
    """kubeadmin's."""
    done = inside(lab, "pulumi", "stack", "output", "kubeadminPassword", "--show-secrets", "--stack", "rehearsal")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_lab_that_is_up_has_no_secret_in_clear_anywhere(lab: Lab, tmp_path: Path) -> None:
    said, arguments = tmp_path / "transcript", tmp_path / "arguments"
    said.write_text("\n".join(lab.transcript))
    arguments.write_text("\n".join(lab.arguments))
    assert len(lab.arguments) > 20, "processes were watched during up"
    code, report = scanned(lab, str(tmp_path), str(lab.directory / "log"))
    assert code == 0, report
    assert report.splitlines()[-1] == CLEAN
    for row in ("state", "history", "logs", "installation", "temporary files", "given paths", "arguments"):
        assert any(line.startswith(row) and line.endswith("  -") for line in report.splitlines()), row


def test_the_git_tree_has_no_secret_in_clear(lab: Lab) -> None:
    """The checkout itself, golden files and all; the lab runs from a copy that has no tests."""
    code, report = scanned(lab, project=ROOT)
    assert code == 0, report
    assert any(line.startswith("git tree") for line in report.splitlines())


def test_a_readable_file_with_a_credential_is_found(lab: Lab) -> None:
    planted = lab.directory / "tmp" / "planted"
    secret = password(lab)
    planted.write_text(json.dumps({"password": secret}))
    planted.chmod(0o644)
    try:
        code, report = scanned(lab)
    finally:
        planted.unlink()
    assert code == 1
    assert "planted, mode 0644: output kubeadminPassword in clear." in report
    assert secret not in report


def test_a_credential_in_a_processs_arguments_is_found(lab: Lab) -> None:
    secret = password(lab)
    done = inside(lab, "python", "-c", HAS_IT_IN_ITS_ARGUMENTS, stdin=secret)
    assert done.returncode == 1, done.stderr
    assert re.search(r"^process \d+ \(python.*\): output kubeadminPassword in clear\.$", done.stdout, re.MULTILINE)
    assert secret not in done.stdout
    assert scanned(lab)[0] == 0, "it has ended"
