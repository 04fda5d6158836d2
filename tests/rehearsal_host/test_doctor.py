"""The doctor on a real libvirt: the embedded host, which it looks at as at any other."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from network import names
from tests.rehearsal_host.conftest import DOMAIN, NETWORK, Rehearsal

STACK = "rehearsal"
_IMAGE = "/var/lib/libvirt/images/compute.qcow2"
_POOL = "/var/lib/libvirt/rhoso-lab"
_EVERYTHING = """\
find /var/lib/libvirt /etc/libvirt | sort
for kind in list net-list pool-list; do virsh -q $kind --all; done
"""
"""Prints what a check could have left."""


def findings(host: Rehearsal, stack: str = STACK) -> tuple[int, dict[str, list[dict[str, Any]]]]:
    """The exit code, and all findings by their check's name."""
    done = host("exec", "--", "python", "-m", "doctor", "--stack", stack, "--format", "json")
    assert done.returncode in (0, 1), done.stderr
    found: dict[str, list[dict[str, Any]]] = {}
    for finding in json.loads(done.stdout)["findings"]:
        found.setdefault(finding["check"], []).append(finding)
    return done.returncode, found


def failed(found: dict[str, list[dict[str, Any]]]) -> set[str]:
    return {check for check, rows in found.items() if any(row["verdict"] == "fail" for row in rows)}


def image(host: Rehearsal) -> None:
    """A computes' image that nobody boots."""
    host.run("mkdir", "-p", str(Path(_IMAGE).parent))
    host.run("qemu-img", "create", "-q", "-f", "qcow2", _IMAGE, "1G")


def define(host: Rehearsal, what: str, xml: str) -> None:
    host.run("sh", "-c", f'cat > "$TMPDIR/x.xml" && virsh -q {what} "$TMPDIR/x.xml"', stdin=xml)


def test_a_fresh_host_lacks_nothing_but_the_computes_image(host: Rehearsal) -> None:
    code, found = findings(host)
    assert (code, failed(found)) == (1, {"compute image"})
    image(host)
    before = host.run("sh", "-c", _EVERYTHING)
    code, found = findings(host)
    assert (code, failed(found)) == (0, set())
    assert host.run("sh", "-c", _EVERYTHING) == before
    [speed] = found["disk speed"]
    assert "400 appends" in speed["found"]
    [nesting] = found["nesting"]
    assert "domainType is qemu" in nesting["found"]


def test_what_an_earlier_lab_left_is_removed_by_the_commands_that_are_told(host: Rehearsal) -> None:
    image(host)
    bridge = names.bridge("rhoso-lab", STACK, "ocp")
    define(host, "net-define", NETWORK.format(name=f"{STACK}-ocp").replace(f"'{STACK}-ocp-br'", f"'{bridge}'"))
    host.run("virsh", "-q", "net-start", f"{STACK}-ocp")
    machine = DOMAIN.format(network=f"{STACK}-ocp").replace(
        "<name>blank</name>", f"<name>{STACK}-worker-19</name><description>rhoso-lab/{STACK}</description>"
    )
    define(host, "define", machine)
    host.run("virsh", "-q", "start", f"{STACK}-worker-19")
    host.run("virsh", "-q", "pool-define-as", f"{STACK}-1", "dir", "--target", f"{_POOL}/{STACK}-1")
    host.run("virsh", "-q", "pool-build", f"{STACK}-1")
    host.run("virsh", "-q", "pool-start", f"{STACK}-1")
    host.run("virsh", "-q", "vol-create-as", f"{STACK}-1", f"{STACK}-master-0-root.qcow2", "1M")
    code, found = findings(host)
    assert (code, failed(found)) == (1, {"leftovers"})
    rows = found["leftovers"]
    assert len(rows) == 3
    for row in rows:
        host.run("sh", "-c", row["remedy"])
    code, found = findings(host)
    assert (code, failed(found)) == (0, set())
    assert [row["found"] for row in found["leftovers"]] == ["None."]
    for kind in ("list", "net-list", "pool-list"):
        assert host.run("virsh", "-q", kind, "--all", "--name").strip() == ""
    assert host.run("sh", "-c", f"ls -A {_POOL}") == ""


def test_what_is_somebody_elses_stops_it(host: Rehearsal) -> None:
    image(host)
    # A machine, a pool's directory and a range of another owner.
    define(host, "net-define", NETWORK.format(name="somebodys"))
    define(host, "define", DOMAIN.format(network="somebodys").replace("blank", f"{STACK}-master-0"))
    host.run("mkdir", "-p", f"{_POOL}/{STACK}-1")
    host.run("touch", f"{_POOL}/{STACK}-1/precious")
    code, found = findings(host)
    assert (code, failed(found)) == (1, {"machine names", "pool", "address ranges"})
    assert "precious" in found["pool"][0]["found"]


def test_the_table_is_what_make_prints(host: Rehearsal) -> None:
    done: subprocess.CompletedProcess[str] = host("exec", "--", "python", "-m", "doctor", "--stack", "lab")
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1].startswith("Stack lab: ")
    # The full-size lab on a machine of this size: memory is short, whatever else it has.
    assert any(line.split()[:2] == ["fail", "memory"] for line in done.stdout.splitlines())
