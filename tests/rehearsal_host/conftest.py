"""Real embedded hosts for tests: each lives in the test's own directory and is ended with the test."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]

NETWORK = """
<network>
  <name>{name}</name>
  <bridge name='{name}-br'/>
  <forward mode='nat'/>
  <ip address='192.168.130.1' netmask='255.255.255.0'/>
  <dns><host ip='192.168.130.5'><hostname>api.lab.example.com</hostname></host></dns>
</network>
"""

DOMAIN = """
<domain type='qemu'>
  <name>blank</name>
  <memory unit='MiB'>64</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <interface type='network'><source network='{network}'/><model type='virtio'/></interface>
  </devices>
</domain>
"""


@dataclass(frozen=True)
class Rehearsal:
    """One embedded host, driven as a person drives it: by the command line."""

    directory: Path

    def __call__(
        self,
        command: str,
        *arguments: str,
        stdin: str = "",
        cwd: Path = CHECKOUT,
        environment: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """`python -m rehearsal COMMAND --dir … ARGUMENTS`."""
        return subprocess.run(
            [sys.executable, "-m", "rehearsal", command, "--dir", str(self.directory), *arguments],
            input=stdin,
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": str(CHECKOUT), **(environment or {})},
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )

    def start(self) -> None:
        """Start it without the computes' image, which takes longer than the host itself."""
        done = self("start", "--no-image")
        assert done.returncode == 0, done.stderr

    def run(self, *command: str, stdin: str = "") -> str:
        """Standard output of a command inside; it must succeed."""
        done = self("exec", "--", *command, stdin=stdin)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Rehearsal]:
    """A host that runs."""
    rehearsal = Rehearsal(tmp_path / "host")
    try:
        rehearsal.start()
        yield rehearsal
    finally:
        rehearsal("stop")


@pytest.fixture
def other_host(tmp_path: Path) -> Iterator[Rehearsal]:
    """A second one beside it."""
    rehearsal = Rehearsal(tmp_path / "other")
    try:
        rehearsal.start()
        yield rehearsal
    finally:
        rehearsal("stop")
