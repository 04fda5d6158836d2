"""Extra manifests in ``openshift/``: read strictly, consumed, and left as JSON for the rehearsal's control plane."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.cluster_machines import ClusterMachinesArgs, _image_document
from manifests import install_manifests
from tests import lab
from tests.standin.commands import payload, run

CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: extra}\n"


def kept(directory: Path) -> dict[str, Any]:
    """The objects in the payload by file name."""
    return {path.name: json.loads(path.read_text()) for path in (payload(directory) / "manifests").iterdir()}


def test_each_object_is_in_the_payload_and_none_in_the_directory(directory: Path) -> None:
    extra = directory / "openshift"
    extra.mkdir()
    (extra / "one.yaml").write_text(CONFIG_MAP)
    (extra / "two.yml").write_text(f"---\n{CONFIG_MAP}---\n---\n{CONFIG_MAP.replace('extra', 'second')}")
    (extra / "notes.txt").write_text("nothing of the installer's")
    assert run(directory, "agent", "create", "image") == 0
    found = kept(directory)
    assert {name: item["metadata"]["name"] for name, item in found.items()} == {
        "one.yaml.json": "extra",
        "two.yml-0.json": "extra",
        "two.yml-1.json": "second",
    }
    assert [path.name for path in extra.iterdir()] == ["notes.txt"]


def test_what_the_program_hands_over_is_taken_as_it_is(directory: Path) -> None:
    """All of the installation's documents, as the image step writes them."""
    settings, plan = lab.settings(), lab.plan()
    key = yaml.safe_load((directory / "install-config.yaml").read_text())["sshKey"]
    document = _image_document(ClusterMachinesArgs(settings, plan, key, "pool", {}))
    for name, text in document["files"].items():
        (directory / name).parent.mkdir(exist_ok=True)
        (directory / name).write_text(text)
    assert run(directory, "agent", "create", "image") == 0
    assert kept(directory) == {f"{name}.json": item for name, item in install_manifests.render(settings, plan).items()}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: [", "failed to load"),
        ("kind: ConfigMap\nmetadata: {name: extra}\n", "apiVersion and kind are required"),
        ("apiVersion: v1\nkind: [ConfigMap]\nmetadata: {name: extra}\n", "apiVersion and kind are required"),
        ("apiVersion: v1\nkind: ConfigMap\n", "metadata.name is required"),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: }\n", "metadata.name is required"),
        (f"{CONFIG_MAP}kind: Secret\n", 'key "kind" already set'),
        (f"{CONFIG_MAP}---\njust a text\n", "apiVersion and kind are required"),
    ],
)
def test_a_manifest_that_no_cluster_could_take_is_refused(
    text: str, sentence: str, directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It would only be found an hour later on the real thing. Nothing is consumed."""
    (directory / "openshift").mkdir()
    file = directory / "openshift" / "99-extra.yaml"
    file.write_text(text)
    assert run(directory, "agent", "create", "image") == 1
    told = capsys.readouterr().err
    assert sentence in told
    assert "99-extra.yaml" in told
    assert file.exists()
    assert not (directory.parent / "rehearsal" / "clusters").exists()
