"""The configuration of a throwaway preview: head's, pointed at the embedded host."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from review import runner, stackconfig
from review.errors import ReviewError

REMOTE = "qemu+ssh://root@kvm.example.com/system"


def made(directory: Path, uri: str, **openshift: str) -> Path:
    """A project directory made from a checkout whose lab is at `uri`."""
    checkout = directory / "checkout"
    checkout.mkdir()
    (checkout / "Pulumi.yaml").write_text("name: rhoso-lab\nruntime: {name: python, options: {virtualenv: .venv}}\n")
    config = {"rhoso-lab:hosts": {"kvm": {"uri": uri}}, "rhoso-lab:openshift": openshift}
    document = {"encryptionsalt": "v1:salt", "config": config}
    (checkout / "Pulumi.lab.yaml").write_text(yaml.safe_dump(document))
    project = directory / "project"
    stackconfig.project(project, checkout, "lab")
    return project


def config(project: Path) -> dict[str, Any]:
    document = yaml.safe_load((project / "Pulumi.lab.yaml").read_text())
    assert document["encryptionsalt"] == "v1:salt", "the engine reads the secrets with it"
    found: dict[str, Any] = document["config"]
    return found


@pytest.mark.parametrize(
    ("head", "recorded", "used", "replaced"),
    [
        ("qemu:///system", "qemu:///system", "qemu:///system", {"qemu:///system": "qemu:///system"}),
        (REMOTE, REMOTE, "qemu:///system", {REMOTE: "qemu:///system"}),
        (REMOTE, None, "qemu:///system", {}),
    ],
)
def test_a_host_that_stays_is_the_embedded_one_in_configuration_and_state(
    tmp_path: Path, head: str, recorded: str | None, used: str, replaced: dict[str, str]
) -> None:
    project = made(tmp_path, head)
    assert stackconfig.local_uri(project, "lab", recorded) == replaced
    assert config(project)["rhoso-lab:hosts"]["kvm"]["uri"] == used


@pytest.mark.parametrize(("head", "recorded"), [(REMOTE, "qemu:///system"), ("qemu:///system", REMOTE)])
def test_another_host_stays_a_change_of_what_is_fixed(tmp_path: Path, head: str, recorded: str) -> None:
    project = made(tmp_path, head)
    assert stackconfig.local_uri(project, "lab", recorded) == {}
    used = config(project)["rhoso-lab:hosts"]["kvm"]["uri"]
    assert used != recorded and used.startswith("qemu") and used.endswith(":///system"), "local, and not the recorded"


def test_programs_of_the_real_client_are_the_embedded_hosts(tmp_path: Path) -> None:
    project = made(tmp_path, "qemu:///system", installer="/opt/4.18/openshift-install", client="/opt/4.18/oc")
    assert config(project)["rhoso-lab:openshift"] == {"installer": "openshift-install", "client": "oc"}


def test_only_configuration_is_copied_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    project = made(tmp_path, "qemu:///system")
    assert yaml.safe_load((project / "Pulumi.yaml").read_text()) == {"name": "rhoso-lab", "runtime": "python"}
    assert (project / "Pulumi.lab.yaml").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("kind", "provider"), [("passphrase", "passphrase"), ("cloud", "cloud")])
def test_who_keeps_the_secrets_is_read_from_the_state(kind: str, provider: str) -> None:
    text = json.dumps({"version": 3, "deployment": {"secrets_providers": {"type": kind}}})
    assert runner.provider_of_secrets(text) == provider


@pytest.mark.parametrize("text", ["", "[]", "{}", "no JSON"])
def test_what_is_no_state_is_said(text: str) -> None:
    with pytest.raises(ReviewError, match="pulumi stack export writes one"):
        runner.provider_of_secrets(text)


def test_the_passphrase_is_read_from_where_pulumi_looks_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"):
        monkeypatch.delenv(name, raising=False)
    assert runner.passphrase() is None
    file = tmp_path / "passphrase"
    file.write_text("from a file\n")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE_FILE", str(file))
    assert runner.passphrase() == "from a file"
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "from a variable")
    assert runner.passphrase() == "from a variable"
    # GitHub makes a secret that is not there an empty variable.
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "")
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE_FILE")
    assert runner.passphrase() is None
