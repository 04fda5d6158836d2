"""Running things inside a host: one command, or a shell for a person or a script."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from rehearsal import environment, namespace
from rehearsal.errors import RehearsalError
from rehearsal.host import CHECKOUT, Host
from rehearsal.processes import wait_for

_SHELL_RC = """\
PS1='(rehearsal {name}) \\w\\$ '
HISTFILE={directory}/shell_history
"""

_HINT = """\
You are inside rehearsal {name}: qemu:///system, the cluster and the Pulumi state are its own.
  pulumi stack ls   pulumi preview   pulumi up   virsh list   kubectl get nodes   exit
"""


def _command(host: Host, command: Sequence[str], directory: Path) -> list[str]:
    if host.is_around_us():
        return list(command)
    init = host.init() if host.exists() else None
    if init is None or not host.ready.exists():
        option = "" if host.name == "main" else f" NAME={host.name}"
        raise RehearsalError(f"rehearsal {host.name} does not run; start it with: make rehearsal{option}")
    return namespace.inside(init, command, directory)


def run(host: Host, command: Sequence[str], directory: Path) -> int:
    """Run a command inside and return its exit code."""
    return wait_for(_command(host, command, directory), CHECKOUT, environment.inside(host, os.environ))


def replace(host: Host, command: Sequence[str], directory: Path | None = None) -> NoReturn:
    """Become a command inside, in the caller's directory or the given one.

    Its exit code, signals and standard streams are then the caller's.
    """
    there = _command(host, command, directory or Path.cwd())
    variables = environment.inside(host, os.environ)
    try:
        os.execvpe(there[0], there, variables)
    except FileNotFoundError:
        raise RehearsalError(f"{there[0]}: no such command") from None


def shell(host: Host) -> NoReturn:
    """Become a shell inside: interactive on a terminal, else one that runs what comes on standard input."""
    bash = shutil.which("bash")
    if bash is None:
        replace(host, ["/bin/sh"])
    if not sys.stdin.isatty():
        replace(host, [bash, "--noprofile", "--norc"])
    _command(host, [], Path.cwd())
    rc = host.directory / "shellrc"
    rc.write_text(_SHELL_RC.format(name=host.name, directory=host.directory))
    print(_HINT.format(name=host.name), end="", flush=True)
    replace(host, [bash, "--noprofile", "--rcfile", str(rc), "-i"])
