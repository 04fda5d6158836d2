"""What is done on a compute itself, over ssh: stopping the agents by which OpenStack knows it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from operations.cluster import Cluster
from readiness.errors import ConfigurationError, OutOfTimeError, TerminalFailureError

AGENTS = ("edpm_ovn_controller", "edpm_ovn_metadata_agent", "edpm_nova_compute")
"""systemd units that EDPM's Ansible made on a compute, in the order in which upstream stops them (rhoso.md §4.20)."""

_TRIES = 3
_PAUSE = 1.0  # seconds between them
_CONNECT = 10  # seconds for one connection
_QUOTED = 300  # characters of what ssh said

STOP = (
    f"for unit in {' '.join(AGENTS)}; do "
    # It ends with 5 for a unit that it doesn't know: then nothing of that name runs.
    'sudo -n systemctl stop "$unit" || { code=$?; [ "$code" -eq 5 ] || exit "$code"; }; done'
)
"""What the compute's shell is told."""


@dataclass(frozen=True)
class Login:
    """How to log in: ``key`` is a private key as PEM text. The user may use sudo without a password."""

    user: str
    key: str
    port: int = 22

    def __repr__(self) -> str:
        return f"Login({self.user})"


def stop_agents(cluster: Cluster, name: str, address: str, login: Login) -> bool:
    """Stop the agents on the compute ``name``; False if nothing answers at its address, which is said.

    Raises TerminalFailureError when the machine is there but refuses, for its agents would register again.
    """
    if not _answers(address, login.port):
        cluster.say(
            f"{name} does not answer at {address}, port {login.port}: taken for gone, its agents are not stopped"
        )
        return False
    cluster.say(f"stopping the agents on {name}")
    ended = _ssh(cluster, name, address, login, STOP)
    if ended.returncode != 0:
        said = " ".join(ended.stderr.split())[-_QUOTED:] or "nothing"
        raise TerminalFailureError(
            f"the agents on {name} ({login.user}@{address}) could not be stopped: exit code {ended.returncode}, "
            f"said: {said}"
        )
    return True


def _answers(address: str, port: int) -> bool:
    for attempt in range(_TRIES):
        if attempt:
            time.sleep(_PAUSE)
        try:
            socket.create_connection((address, port), _CONNECT).close()
        except OSError:
            continue
        return True
    return False


def _ssh(cluster: Cluster, name: str, address: str, login: Login, command: str) -> subprocess.CompletedProcess[str]:
    if shutil.which("ssh") is None:
        raise ConfigurationError("ssh is not on PATH; install OpenSSH's client (package openssh-clients)")
    with tempfile.TemporaryDirectory(prefix="operations-") as directory:
        key = Path(directory) / "key"
        descriptor = os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(login.key.rstrip("\n") + "\n")
        options = {
            "BatchMode": "yes",
            "StrictHostKeyChecking": "accept-new",
            "UserKnownHostsFile": f"{directory}/known_hosts",
            "ConnectTimeout": str(_CONNECT),
            "IdentitiesOnly": "yes",
            "IdentityAgent": "none",
            "LogLevel": "ERROR",
        }
        arguments = ["ssh", "-i", str(key), "-p", str(login.port)]
        arguments += [part for option, value in options.items() for part in ("-o", f"{option}={value}")]
        try:
            return subprocess.run(
                [*arguments, f"{login.user}@{address}", command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                timeout=max(cluster.left, _CONNECT),
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise OutOfTimeError(f"stopping the agents on {name} ({address}) did not end in time") from None
