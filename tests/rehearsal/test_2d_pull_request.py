"""A change in review: previewed where the lab can't be reached, and compared with what the lab itself would say."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from manifests import osp_secret
from manifests.credentials import Credentials
from tests.rehearsal.conftest import Lab
from tests.rehearsal.test_2_review import secrets_of

pytestmark = pytest.mark.rehearsal

PASSPHRASE = "rehearsal"
IN_PLACE, REFUSED, ERROR = 10, 12, 1
_LEAK = """
from manifests import osp_secret
pulumi.log.warn("leaked " + osp_secret.data(credentials)["AdminPassword"])
"""
_OPEN = """
import pulumi_command
pulumi_command.local.Command("open", create="true", stdin="not wrapped")
"""


@dataclass
class Runner:
    """A checkout with an embedded host of its own, and the recorded state of a lab that it can't reach."""

    head: Path
    base: Path
    host: Path
    state: Path

    def review(self) -> tuple[int, str]:
        """The exit code and the report for what head is now."""
        out = self.state.with_name("report.md")
        options = {"--base": self.base, "--state": self.state, "--host": self.host, "--out": out}
        words = [str(word) for option in options.items() for word in option]
        done = self._run("review", "--stack", "rehearsal", *words)
        assert out.exists(), done.stderr
        text = out.read_text()
        out.unlink()
        return done.returncode, text

    def rehearsal(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """One command of ``python -m rehearsal`` for the runner's host."""
        return self._run("rehearsal", command, "--name", "review", "--dir", str(self.host), *arguments)

    def configure(self, **topology: object) -> None:
        """Change head's topology."""
        file = self.head / "Pulumi.rehearsal.yaml"
        document = yaml.safe_load((self.base / file.name).read_text())
        own = document["config"].setdefault("rhoso-lab:topology", {})
        for role, values in topology.items():
            own[role] = {**own.get(role, {}), **values}  # type: ignore[dict-item]
        file.write_text(yaml.safe_dump(document))

    def _run(self, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE}
        line = [sys.executable, "-m", module, *arguments]
        return subprocess.run(line, cwd=self.head, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def runner(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    """Started; the lab is only asked for its state, and of that with encrypted secrets."""
    directory = tmp_path_factory.mktemp("review")
    # Of what the lab was built with; what was built there is not in a checkout.
    head = directory / "head"
    shutil.copytree(lab.project, head, symlinks=True, ignore=shutil.ignore_patterns("installation", "__pycache__"))
    state = directory / "state.json"
    state.write_text(lab.pulumi("stack", "export").stdout)
    made = Runner(head, lab.project, directory / "host", state)
    started = made.rehearsal("start", "--no-image")
    try:
        assert started.returncode == 0, started.stderr
        yield made
    finally:
        made.rehearsal("stop")


def test_the_runner_has_no_route_and_no_machine(runner: Runner) -> None:
    assert runner.rehearsal("exec", "--", "ip", "route").stdout == ""
    assert json.loads(runner.rehearsal("exec", "--", "ip", "-j", "link").stdout)[0]["ifname"] == "lo"
    assert runner.rehearsal("exec", "--", "virsh", "list", "--all", "--name").stdout.strip() == ""


def test_another_compute_is_planned_as_the_lab_itself_would_plan_it(lab: Lab, runner: Runner) -> None:
    runner.configure(computes={"count": 3})
    code, report = runner.review()
    assert code == IN_PLACE, report
    assert "| `topology.computes.count` | free | `2` | `3` |" in report
    live = {
        (step["op"], *step["urn"].split("::")[2:])
        for step in lab.steps(lab.configured("three", topology={"computes": {"count": 3}}))
    }
    planned = {
        (op, kind, name)
        for line in report.splitlines()
        if "<code>" in line and len(words := line.partition("<code>")[2].partition("</code>")[0].split()) == 4
        for _, op, kind, name in [words]
    }
    assert planned == {(op, kind.rpartition("$")[2], name) for op, kind, name in live}
    assert "The preview took" in report
    assert "Rules of policy/" not in report
    assert "cluster/s9-data-plane/openstackdataplanenodeset-computes.yaml" in report
    for name, value in secrets_of(lab).items():
        for shape in (value, base64.b64encode(value.encode()).decode()):
            assert shape not in report, f"{name} is in the report"


def test_an_unknown_field_is_refused_in_the_api_servers_words_and_a_leaked_password_is_masked(
    lab: Lab, runner: Runner
) -> None:
    runner.configure()
    password = osp_secret.data(Credentials(secrets_of(lab)["secret"]))["AdminPassword"]
    manifest, program = runner.head / "manifests" / "control_plane.py", runner.head / "__main__.py"
    before = {file: file.read_text() for file in (manifest, program)}
    known = '"storageClass": openstack.storage.storage_class,'
    assert known in before[manifest]
    manifest.write_text(before[manifest].replace(known, f'{known} "storageClas": "typo",', 1))
    program.write_text(before[program] + _LEAK)
    try:
        code, report = runner.review()
    finally:
        for file, text in before.items():
            file.write_text(text)
    assert code == ERROR, report
    assert "storageClas" in report and "not declared in schema" in report
    assert "leaked [secret]" in report
    assert password not in report


def test_what_breaks_a_rule_of_the_policy_pack_is_told(runner: Runner) -> None:
    runner.configure()
    program = runner.head / "__main__.py"
    before = program.read_text()
    program.write_text(before + _OPEN)
    try:
        code, report = runner.review()
    finally:
        program.write_text(before)
    assert code == ERROR, report
    assert "secrets-are-secret: open: stdin is in plain text" in report
    assert "1 to create" in report, "the engine itself has nothing against it"


def test_what_would_rebuild_the_lab_is_refused_with_the_blueprints_sentence(runner: Runner) -> None:
    runner.configure(masters={"vcpus": 2})
    code, report = runner.review()
    assert code == REFUSED, report
    assert "| `topology.masters.vcpus` | rebuild | `1` | `2` |" in report
    assert "topology.masters.vcpus: recorded 1, now 2. This would rebuild the installed lab." in report
