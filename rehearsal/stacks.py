"""Driving the engine inside a host: the stacks in its backend, `up` with a record of what took how long."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rehearsal import events, kubeconfig, miniature, timeline
from rehearsal.errors import RehearsalError
from rehearsal.host import CHECKOUT
from rehearsal.processes import wait_for

PREVIEWED = ("rehearsal", "lab", "compact", "wide", "sno")
"""The stacks that come with the program: all can be previewed in the shell."""


def _ask(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["pulumi", "--non-interactive", *arguments], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )


def ensure(wanted: str) -> None:
    """Make `wanted` and the program's own stacks known to the host's backend, and select `wanted`.

    A settings file that carries its encryptionsalt is left as it is, byte for byte; any other but that of `wanted` is
    passed by, for pulumi would write one into it. So is one whose passphrase is not the published one.
    """
    if shutil.which("pulumi") is None:
        raise RehearsalError("there is no pulumi here yet; get it and start again with: make setup")
    listed = _ask("stack", "ls", "--json")
    if listed.returncode != 0:
        raise RehearsalError(f"pulumi cannot list the stacks:\n{listed.stderr.strip()}")
    known = {str(stack["name"]).rsplit("/", 1)[-1] for stack in json.loads(listed.stdout)}
    for stack in dict.fromkeys((wanted, *PREVIEWED)):
        file = CHECKOUT / f"Pulumi.{stack}.yaml"
        if stack in known or not file.exists():
            continue
        if stack != wanted and "\nencryptionsalt:" not in f"\n{file.read_text(errors='replace')}":
            continue
        made = _ask("stack", "init", "--no-select", stack)
        if made.returncode == 0:
            print(f"stack {stack} is made in {os.environ['PULUMI_BACKEND_URL']}", flush=True)
        elif stack == wanted:
            raise RehearsalError(f"pulumi cannot make stack {stack}:\n{made.stderr.strip()}")
    selected = _ask("stack", "select", wanted)
    if selected.returncode != 0:
        raise RehearsalError(f"pulumi cannot select stack {wanted}:\n{selected.stderr.strip()}")


def up(state: Path, stack: str, flags: Sequence[str]) -> int:
    """`pulumi up` of a stack as it can be rehearsed; the exit code is pulumi's. `state` is $REHEARSAL_DIR."""
    name = miniature.prepare(stack, CHECKOUT)
    if name != stack:
        print(f"Pulumi.{name}.yaml is Pulumi.{stack}.yaml in miniature", flush=True)
    ensure(name)
    log = state / "log" / f"events-{time.time_ns()}.jsonl"
    with events.followed(log) as pipe:
        # The event log is one of the engine's debugging options, shown only when these are on.
        command = ["pulumi", "up", "--stack", name, "--yes", "--skip-preview", "--event-log", str(pipe), *flags]
        code = wait_for(command, CHECKOUT, {**os.environ, "PULUMI_DEBUG_COMMANDS": "true"})
    timeline.absorb(state, name, log)
    kubeconfig.refresh(state, name)
    if code != 0:
        print(f"What is up stays up; once more with: {again(name)}", file=sys.stderr)
    return code


def again(stack: str) -> str:
    """What a person types to bring `stack` up once more."""
    own, host = miniature.original(stack, CHECKOUT), os.environ["REHEARSAL_NAME"]
    options = [f" STACK={own}"] if own != stack else []
    options += [f" NAME={host}"] if host != "main" else []
    return "make rehearsal" + "".join(options)


if __name__ == "__main__":
    try:
        sys.exit(up(Path(os.environ["REHEARSAL_DIR"]), sys.argv[1], sys.argv[2:]))
    except RehearsalError as error:
        sys.exit(f"rehearsal: {error}")
