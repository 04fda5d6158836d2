"""One command raises the versions of what can be replaced, and refuses what can't with the reason."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from scan.rotate import main
from settings.rotation import LABELS, Rotation
from tests.scan.conftest import Project, written

ROTATABLE = {label for label, known in LABELS.items() if known.rotation is not Rotation.NEVER}


@pytest.fixture
def ran(project: Project) -> Path:
    """A file with the arguments of every command that pulumi was asked for."""
    log = project.root.parent / "ran"
    written(project.bin / "pulumi", f'#!/bin/sh\necho "$*" >>{log}\n', 0o755)
    return log


def commands(log: Path) -> list[str]:
    return log.read_text().splitlines() if log.exists() else []


def test_all_that_can_be_replaced_gets_the_next_version(
    project: Project, ran: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = project.root / "Pulumi.lab.yaml"
    document = yaml.safe_load(file.read_text())
    document["config"]["rhoso-lab:rotation"] = {"MetadataSecret": 4}
    file.write_text(yaml.safe_dump(document))
    assert main(["--stack", "lab"]) == 0
    versions = dict.fromkeys(ROTATABLE, 2) | {"MetadataSecret": 5}
    wanted = {f"config set --stack lab --path rhoso-lab:rotation.{name} {number}" for name, number in versions.items()}
    assert set(commands(ran)) == wanted
    said = capsys.readouterr().out
    assert all(f"pulumi {command}" in said for command in wanted), "what is run is shown"
    assert said.splitlines()[-1] == "Next: pulumi up -s lab"


@pytest.mark.usefixtures("project")
def test_a_dry_run_only_tells(ran: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--stack", "lab", "--dry-run", "LibvirtPassword"]) == 0
    assert commands(ran) == []
    assert "pulumi config set --stack lab --path rhoso-lab:rotation.LibvirtPassword 2" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("label", "says"),
    [
        ("NovaPassword", "NovaPassword can't be replaced in a running lab: the operators would hand a new one"),
        ("NovaPasword", "NovaPasword is no credential of this program. These can be replaced: MetadataSecret, "),
    ],
)
@pytest.mark.usefixtures("project")
def test_what_cant_be_replaced_is_refused_and_nothing_is_written(
    ran: Path, capsys: pytest.CaptureFixture[str], label: str, says: str
) -> None:
    assert main(["--stack", "lab", "LibvirtPassword", label]) == 1
    assert commands(ran) == []
    assert says in capsys.readouterr().err


@pytest.mark.usefixtures("ran")
def test_the_first_command_that_fails_ends_it(project: Project) -> None:
    written(project.bin / "pulumi", "#!/bin/sh\nexit 7\n", 0o755)
    assert main(["--stack", "lab"]) == 7
