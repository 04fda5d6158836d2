"""What a failed wait collects, with a fake libvirt and real sockets."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from installer import evidence

SECRET = "very-secret-pull-token"
XML = "<domain><devices><serial type='pty'>{log}</serial></devices></domain>"
VIRSH = """
shift 3
case "$1 $2" in
"domstate lab-master-0") echo running ;;
"domstate lab-master-1") echo 'shut off' ;;
"dumpxml "*) cat "$CONSOLES/$2.xml" ;;
"screenshot lab-master-0") echo P6 > "$3" ;;
*) echo "error: Domain is not running" >&2; exit 1 ;;
esac
"""


@pytest.fixture
def node() -> Iterator[int]:
    """A port of 127.0.0.1 that answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """A failed wait of two masters in a project directory; the consoles' XML is beside it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bin").mkdir()
    virsh = tmp_path / "bin" / "virsh"
    virsh.write_text(f"#!/bin/sh\n{VIRSH}")
    virsh.chmod(0o755)
    monkeypatch.setenv("PATH", str(virsh.parent), prepend=":")
    monkeypatch.setenv("CONSOLES", str(tmp_path))
    for name in ("lab-master-0", "lab-master-1"):
        (tmp_path / f"{name}.xml").write_text(XML.format(log=""))
    directory = Path("installation/lab/abc")
    directory.mkdir(parents=True)
    return {
        "directory": str(directory),
        "what": "bootstrap-complete",
        "nodes": {"master-0": "127.0.0.1", "master-1": "127.0.0.1"},
        "domains": {"master-0": "lab-master-0", "master-1": "lab-master-1"},
        "uri": "qemu:///system",
    }


def test_everything_is_in_one_private_directory_beside_the_installers(document: dict[str, object]) -> None:
    made = evidence.collect(document, [], "hosts in error")
    assert made.parent == Path("installation/lab/failures")
    assert re.fullmatch(r"\d{8}T\d{6}Z-bootstrap-complete", made.name)
    assert made.stat().st_mode & 0o777 == 0o700
    assert evidence.collect(document, [], "once more") != made


def test_who_answers_and_what_libvirt_says_is_in_the_summary(
    document: dict[str, object], node: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        silent = other.getsockname()[1]
    monkeypatch.setattr(evidence, "PORTS", (node, silent))
    summary = (evidence.collect(document, [], "the reason") / "summary.txt").read_text()
    assert summary.startswith("the reason\n")
    assert re.search(r"^master-0 +127\.0\.0\.1 +answers +connection refused +running ", summary, re.M), summary
    assert re.search(r"^master-1 .* shut off +", summary, re.M)


def test_the_end_of_the_tools_log_is_kept_without_secrets(document: dict[str, object]) -> None:
    log = Path(str(document["directory"])) / ".openshift_install.log"
    log.write_text("".join(f"line {n}\n" for n in range(1000)) + f"auth: {SECRET}\n")
    made = evidence.collect(document, [SECRET], "")
    kept = (made / "installer.log").read_text()
    assert kept.endswith("line 999\nauth: [secret]\n") and len(kept.splitlines()) == 400


def test_a_consoles_last_lines_are_kept_without_secrets(document: dict[str, object], tmp_path: Path) -> None:
    console = tmp_path / "master-0-serial0.log"
    console.write_text(f"3 hosts expected, 2 ready\n{SECRET}\n")
    (tmp_path / "lab-master-0.xml").write_text(XML.format(log=f"<log file='{console}' append='off'/>"))
    made = evidence.collect(document, [SECRET], "")
    assert (made / "master-0.console").read_text() == "3 hosts expected, 2 ready\n[secret]\n"
    assert "master-0.console" in (made / "summary.txt").read_text()


def test_a_remote_hosts_consoles_are_read_over_ssh(document: dict[str, object], tmp_path: Path) -> None:
    ssh = tmp_path / "bin" / "ssh"
    ssh.write_text('#!/bin/sh\necho "$@"\n')
    ssh.chmod(0o755)
    (tmp_path / "lab-master-0.xml").write_text(XML.format(log="<log file='/var/log/a b.log'/>"))
    remote = {**document, "uri": "qemu+ssh://root@kvm.example.com:2222/system?keyfile=/keys/lab"}
    made = evidence.collect(remote, [], "")
    asked = "-o BatchMode=yes -p 2222 -i /keys/lab root@kvm.example.com tail -n 200 '/var/log/a b.log'\n"
    assert (made / "master-0.console").read_text() == asked


def test_without_lines_there_is_a_picture_and_without_either_the_reason(document: dict[str, object]) -> None:
    made = evidence.collect(document, [], "")
    assert (made / "master-0.ppm").read_text() == "P6\n"
    assert not list(made.glob("master-1.*"))
    summary = (made / "summary.txt").read_text()
    assert "master-0.ppm; lines not to be had: the machine's XML names no log" in summary
    assert "screen not to be had: Domain is not running" in summary
    assert "installer.log: not to be had: No such file or directory" in summary


def test_a_client_without_virsh_still_collects(document: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    made = evidence.collect(document, [], "")
    assert "not to be had: No such file or directory" in (made / "summary.txt").read_text()
