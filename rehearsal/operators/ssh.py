"""Logging in to a compute as Ansible would: OpenSSH's client with the key of a Secret, never anybody's own."""

from __future__ import annotations

import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

UNREACHABLE = 255
"""OpenSSH's own exit code: no answer, no such key, no such user."""

_CONNECT_SECONDS = 20
_OPTIONS = (
    *("-F", "none", "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "LogLevel=ERROR"),
    # As Ansible's execution image is configured; ssh-known-hosts is deployed only later.
    *("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"),
)


@dataclass(frozen=True)
class Login:
    """A user of a machine, and the private key (PEM) that should be let in. ``address`` is an IP or a name."""

    address: str
    user: str
    key: str
    port: int = 22


@dataclass(frozen=True)
class Said:
    """What a command came to: exit code, output, and what it (or ssh itself) complained about."""

    code: int
    output: str
    complaint: str


def run(login: Login, script: str, timeout: float, *, root: bool = False) -> Said:
    """Run a shell script there, given on standard input; with ``root`` through ``sudo -n``.

    ``timeout``: seconds for all of it; past it the code is UNREACHABLE, as for a machine that does not answer.
    """
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as directory:
        key = Path(directory) / "key"
        with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(login.key.rstrip("\n") + "\n")
        command = ["ssh", *_OPTIONS, "-o", f"ConnectTimeout={_CONNECT_SECONDS}", "-i", str(key)]
        command += ["-p", str(login.port), "-l", login.user, login.address, "sudo -n sh -s" if root else "sh -s"]
        try:
            done = subprocess.run(
                command, input=script, capture_output=True, text=True, errors="replace", timeout=timeout, check=False
            )
        except subprocess.TimeoutExpired:
            return Said(UNREACHABLE, "", f"{login.address} said nothing for {timeout:.0f} s")
        except OSError as error:
            return Said(UNREACHABLE, "", f"ssh cannot be run: {error.strerror}")
    return Said(done.returncode, done.stdout, done.stderr.strip())
