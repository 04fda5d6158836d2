"""`agent create image`: what it writes, consumes and refuses, and its exit codes."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
import yaml

from tests.standin import documents
from tests.standin.commands import fill, payload, run


def test_create_image_writes_what_the_real_one_writes_and_consumes_its_inputs(directory: Path) -> None:
    """The list of agent-installer facts §2.2."""
    (directory / "openshift").mkdir()
    (directory / "openshift" / "extra.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: extra}\n")
    assert run(directory, "agent", "create", "image") == 0
    files = {str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file()}
    assert files == {
        "agent.x86_64.iso",
        "rendezvousIP",
        "auth/kubeconfig",
        "auth/kubeadmin-password",
        ".openshift_install_state.json",
        ".openshift_install.log",
    }
    assert (directory / "rendezvousIP").read_text() == "192.168.130.20"
    kubeconfig = yaml.safe_load((directory / "auth" / "kubeconfig").read_text())
    assert kubeconfig["clusters"][0]["cluster"]["server"] == "https://api.lab.example.com:6443"
    log = (directory / ".openshift_install.log").read_text()
    assert 'level=info msg="Consuming Install Config from target directory"' in log


def test_the_payload_is_registered_privately_with_every_host(directory: Path) -> None:
    """What the control plane of the rehearsal starts from."""
    assert run(directory, "agent", "create", "image") == 0
    found = payload(directory)
    install = json.loads((found / "install.json").read_text())
    assert install["id"] == found.name
    assert install["hosts"][3] == {
        "hostname": "worker-3",
        "role": "worker",
        "mac": "52:54:00:00:00:03",
        "ip": "192.168.130.23",
    }
    assert (install["api_vip"], install["machine_network"]) == ("192.168.130.5", "192.168.130.0/24")
    assert not (found / "ca.key").exists()
    open_to_others = [path for path in [found, *found.iterdir()] if stat.S_IMODE(path.stat().st_mode) & 0o077]
    assert open_to_others == []


def test_without_compute_replicas_the_masters_are_the_whole_cluster(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The zero must be written out: left out, three workers are awaited that no host is listed for."""
    agent, install = documents.agent_config(), documents.install_config()
    agent["hosts"] = agent["hosts"][:3]
    for written, expected in (([{"name": "worker", "replicas": 0}], 3), ([], 6)):
        install["compute"] = written
        target = fill(directory.parent / f"of-{expected}")
        (target / "install-config.yaml").write_text(yaml.safe_dump(install))
        (target / "agent-config.yaml").write_text(yaml.safe_dump(agent))
        assert run(target, "agent", "create", "image") == 0
        made = json.loads((target / ".openshift_install_state.json").read_text())
        assert (made["expected"], [host["role"] for host in made["hosts"]]) == (expected, ["master"] * 3)
        assert ("is less than the replicas (6)" in capsys.readouterr().err) == (expected == 6)


def test_the_iso_knows_hosts_by_their_macs(directory: Path) -> None:
    """Host name by the first MAC, network by any."""
    assert run(directory, "agent", "create", "image") == 0
    iso = json.loads((directory / "agent.x86_64.iso").read_text())
    assert iso["id"].strip() == payload(directory).name
    assert iso["hostnames/52:54:00:00:00:04"] == "worker-4\n"
    assert iso["hosts/04/role"] == "worker\n"
    assert "address mac:52:54:00:00:00:04 192.168.130.24/24" in iso["hosts/04/network"]


@pytest.mark.parametrize(
    ("level", "shown"),
    [
        ("debug", "DEBUG INFO"),
        ("trace", "DEBUG INFO"),
        ("INFO", "INFO"),
        ("warn", ""),
        ("warning", ""),
        ("error", ""),
        ("fatal", ""),
        ("panic", ""),
    ],
)
def test_a_log_level_of_the_real_tool_decides_what_the_console_shows(
    level: str, shown: str, directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In any capitals; a run without trouble has nothing above info to say."""
    assert run(directory, "agent", "create", "image", "--log-level", level) == 0
    assert sorted({line.split()[0] for line in capsys.readouterr().err.splitlines()}) == shown.split()


@pytest.mark.parametrize(("level", "said"), [("fatal", "FATAL"), ("error", "FATAL"), ("panic", "")])
def test_a_failure_is_shown_by_every_level_but_panic(
    level: str, said: str, directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The log file has it in any case."""
    (directory / "install-config.yaml").unlink()
    assert run(directory, "agent", "create", "image", "--log-level", level) == 1
    assert capsys.readouterr().err[:5] == said
    assert "level=fatal" in (directory / ".openshift_install.log").read_text()


def test_a_log_level_that_there_is_not_ends_the_command(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is done."""
    assert run(directory, "agent", "create", "image", "--log-level", "loud") == 1
    assert 'not a valid logrus Level: "loud"' in capsys.readouterr().err
    assert not (directory / ".openshift_install.log").exists()


@pytest.mark.parametrize("again", ["without inputs", "with the same inputs"])
def test_a_second_image_in_the_same_directory_is_refused(
    again: str, directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The state file has spent its assets; only other inputs or another directory help."""
    assert run(directory, "agent", "create", "image") == 0
    if again == "with the same inputs":
        fill(directory)
    assert run(directory, "agent", "create", "image") == 1
    assert "cannot generate ISO image due to configuration errors" in capsys.readouterr().err


def test_a_refused_document_leaves_everything_as_it_was(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Inputs stay, nothing is registered, the field is named, the exit code is 1."""
    fill(directory, rendezvousIP="192.168.130.24")
    assert run(directory, "agent", "create", "image") == 1
    assert "rendezvousIP: Invalid value" in capsys.readouterr().err
    assert (directory / "install-config.yaml").exists()
    assert not (directory.parent / "rehearsal").exists()


@pytest.mark.parametrize(
    ("name", "text", "code", "sentence"),
    [
        ("install-config.yaml", "a: [", 3, "failed to create install config"),
        ("install-config.yaml", "a: 1\na: 2\n", 3, "already set"),
        ("agent-config.yaml", "a: [", 1, "failed to unmarshal agent-config.yaml"),
    ],
)
def test_an_unreadable_document_ends_with_the_real_exit_code(
    name: str, text: str, code: int, sentence: str, directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """3 is the code for install-config alone."""
    (directory / name).write_text(text)
    assert run(directory, "agent", "create", "image") == code
    assert sentence in capsys.readouterr().err


def test_an_empty_directory_has_nothing_to_make_or_to_wait_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Named file, and wait-for's own exit code."""
    assert run(tmp_path, "agent", "create", "image") == 1
    assert "install-config.yaml" in capsys.readouterr().err
    assert run(tmp_path, "agent", "wait-for", "install-complete") == 5
