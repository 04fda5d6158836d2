"""The policy pack on the real engine: silent on a lab as it is, and each of its rules stops what breaks it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.rehearsal.conftest import Lab

pytestmark = pytest.mark.rehearsal

PACK = ("--policy-pack", "policy")
PROJECT = """\
name: {name}
runtime:
  name: python
  options: {{toolchain: pip, virtualenv: {venv}}}
"""


@dataclass(frozen=True)
class Aside:
    """Another project on the lab's host, which makes nothing outside its state."""

    lab: Lab
    project: Path

    def pulumi(self, command: str, *options: str, stack: str = "aside", expect: int | None = 0) -> str:
        """Runs pulumi on it, and returns what that says."""
        # The host's kubeconfig is an input of every provider that has none.
        line = (
            "env",
            "-u",
            "KUBECONFIG",
            f"PYTHONPATH={self.lab.project}",
            "pulumi",
            *command.split(),
            "--non-interactive",
        )
        done = self.lab.run(*line, "--cwd", str(self.project), "--stack", stack, *options, expect=expect)
        return done.stdout + done.stderr

    def judged(self, command: str, *options: str) -> str:
        """What is said of it under the policy pack, which must stop it."""
        said = self.pulumi(command, "--policy-pack", str(self.lab.project / "policy"), *options, expect=None)
        assert "error:" in said and "failed" in said, said
        return said

    def resources(self) -> dict[str, dict[str, Any]]:
        """What is recorded of it, by name."""
        state = json.loads(self.pulumi("stack export"))["deployment"].get("resources", [])
        return {resource["urn"].split("::")[-1]: resource for resource in state}


@contextmanager
def aside(lab: Lab, program: str) -> Iterator[Aside]:
    """A project of a program in this directory."""
    project = lab.directory.parent / program
    project.mkdir()
    shutil.copy(Path(__file__).with_name(f"{program}.py"), project / "__main__.py")
    (project / "Pulumi.yaml").write_text(PROJECT.format(name=program, venv=lab.project / ".venv"))
    lab.run("pulumi", "stack", "init", "--cwd", str(project), "aside")
    try:
        yield Aside(lab, project)
    finally:
        lab.run("pulumi", "stack", "rm", "--cwd", str(project), "--yes", "--force", "aside")
        shutil.rmtree(project)


def test_a_lab_as_it_is_breaks_no_rule(lab: Lab) -> None:
    said = lab.pulumi("preview", *PACK).stdout
    assert "✅ rhoso-lab" in said, said
    assert "unchanged" in said


def test_every_rule_stops_a_preview_of_what_breaks_it(lab: Lab) -> None:
    with aside(lab, "violating") as violating:
        said = violating.judged("preview")
    for rule, words in {
        "unique-macs": "first networkInterfaces[0], second networkInterfaces[0]: mac is 52:54:00:00:00:0a in each",
        "gated-objects": "ungated: no gate waits for this core.openstack.org/OpenStackControlPlane",
        "secrets-are-secret": "told-openly: stdin is in plain text",
        "fits-the-host": "2 domains ask for 256 MiB of memory together (the largest: first 128, second 128)",
        "listens-locally": "first: graphics.listenAddress is 0.0.0.0",
        "planned-addresses": "open: spec.type is NodePort",
        "production-is-protected": "large: protect is not set",
    }.items():
        assert f"[mandatory]  {rule}" in said, f"{rule}: {said}"
        assert words in said, f"{rule}: {said}"
    assert "1 volumes ask for 2 GB of disk" in said
    assert "a password" not in said, "no rule quotes a secret"


def test_a_run_is_judged_by_what_it_brought(lab: Lab) -> None:
    with aside(lab, "violating") as violating:
        said = violating.judged("up", "--yes", "--skip-preview", "--config", "violating:outputs=true")
    assert "[mandatory]  secret-outputs" in said
    assert "tells-a-key: stdout holds a private key" in said


def test_what_is_marked_production_is_changed_and_never_deleted_until_the_mark_is_gone(lab: Lab) -> None:
    now = ("--yes", "--skip-preview")
    marked, unmarked = ("--config", "guarded:production=true"), ("--config", "guarded:production=false")
    with aside(lab, "guarded") as guarded:
        said = guarded.pulumi("up", *now, *marked, "--policy-pack", str(lab.project / "policy"))
        assert "✅ rhoso-lab" in said
        before = guarded.resources()
        assert {name for name, item in before.items() if item.get("protect")} == {"openshift-install-complete", "seal"}

        kept = "production is true, so nothing of this stack may be deleted; first set it to false and run pulumi up"
        for options in (now, ("--preview-only",), (*now, "--run-program")):
            destroyed = guarded.pulumi("destroy", *options, expect=1)
            assert kept in destroyed and destroyed.count("(seal):") == 1, "it comes first, and alone"
        assert guarded.resources().keys() == before.keys()

        assert "1 replaced" in guarded.pulumi("up", *now, *marked, "--config", "guarded:written=again")
        rebuilt = guarded.pulumi("up", *now, *marked, "--config", "guarded:generation=2", expect=1)
        assert "generation: recorded 1, now 2. This would rebuild a lab with production: true" in rebuilt

        assert "2 replaced" in guarded.pulumi("up", *now, *unmarked, "--config", "guarded:generation=2")
        assert not [name for name, item in guarded.resources().items() if item.get("protect")]
        guarded.pulumi("destroy", *now)
        assert guarded.resources() == {}
