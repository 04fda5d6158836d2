"""Settings read from a stack's file without Pulumi: secrets stand aside, everything else is as Pulumi would have it."""

from __future__ import annotations

from pathlib import Path

import pytest

from settings import SettingsError
from settings.stackfile import StackFileError, load_stack

ROOT = Path(__file__).parents[2]
GOOD = """
encryptionsalt: v1:salt
config:
  pulumi:disable-default-providers: ["*"]
  rhoso-lab:domain: example.com
  rhoso-lab:hosts: {kvm: {uri: "qemu:///system"}}
  rhoso-lab:secret: {secure: v1:aaaa}
  rhoso-lab:openshift: {pullSecret: {secure: v1:bbbb}, proxy: {http: {secure: v1:cccc}}}
"""


def written(directory: Path, text: str) -> Path:
    (directory / "Pulumi.mine.yaml").write_text(text)
    return directory


@pytest.mark.parametrize("stack", ["lab", "compact", "wide", "sno", "rehearsal"])
def test_every_stack_of_the_repository_is_read_without_its_passphrase(stack: str) -> None:
    assert load_stack(stack, ROOT).stack == stack


def test_the_lab_takes_fewer_than_fifteen_lines() -> None:
    assert len((ROOT / "Pulumi.lab.yaml").read_text().splitlines()) < 15


def test_secrets_stand_aside_each_for_one_of_its_kind(tmp_path: Path) -> None:
    settings = load_stack("mine", written(tmp_path, GOOD))

    assert settings.domain == "example.com"
    assert settings.openshift.proxy.http is not None


def test_a_secret_that_is_missing_is_still_missing(tmp_path: Path) -> None:
    without = "\n".join(line for line in GOOD.splitlines() if "rhoso-lab:secret" not in line)

    with pytest.raises(SettingsError, match="secret is missing"):
        load_stack("mine", written(tmp_path, without))


def test_a_misspelt_secret_is_no_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"secert is not a setting.*Did you mean secret"):
        load_stack("mine", written(tmp_path, f"{GOOD}  rhoso-lab:secert: {{secure: v1:dddd}}\n"))


@pytest.mark.parametrize("setting", ["networks: {storage: {vlan: {secure: v1:e}}}", "through: {secure: v1:e}"])
def test_what_is_encrypted_and_no_secret_is_told_so(setting: str, tmp_path: Path) -> None:
    with pytest.raises(StackFileError, match=r"(networks\.storage\.vlan|through) is no secret, but encrypted"):
        load_stack("mine", written(tmp_path, f"{GOOD}  rhoso-lab:{setting}\n"))


def test_a_stack_without_a_file_is_told_which_there_are(tmp_path: Path) -> None:
    written(tmp_path, GOOD)
    (tmp_path / "Pulumi.another.yaml").write_text(GOOD)

    with pytest.raises(StackFileError, match=r"no Pulumi\.nothing\.yaml here\. Stacks with a file: another, mine\.$"):
        load_stack("nothing", tmp_path)


def test_a_line_that_is_no_yaml_is_named_and_not_shown(tmp_path: Path) -> None:
    with pytest.raises(StackFileError, match="not YAML, line 9") as caught:
        load_stack("mine", written(tmp_path, f"{GOOD}  rhoso-lab:secret: c4nary: x: y\n"))
    assert "c4nary" not in str(caught.value)


def test_a_section_that_contains_itself_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StackFileError, match="contains itself"):
        load_stack("mine", written(tmp_path, f"{GOOD}  rhoso-lab:topology: &a {{workers: *a}}\n"))


@pytest.mark.parametrize("text", ["config: [", "- a list", "config: text"])
def test_what_is_no_stack_file_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(StackFileError, match=r"Pulumi\.mine\.yaml is not"):
        load_stack("mine", written(tmp_path, text))
