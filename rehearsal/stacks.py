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

from rehearsal import kubeconfig, timeline
from rehearsal.errors import RehearsalError
from rehearsal.host import CHECKOUT
from rehearsal.processes import wait_for

# Both can be previewed in the shell; only the first is brought up.
STACKS = ("rehearsal", "lab")


def _ask(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["pulumi", "--non-interactive", *arguments], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )


def ensure() -> None:
    """Make each stack whose settings are in the checkout known to the host's backend, and select the first.

    A settings file that carries its encryptionsalt is left as it is, byte for byte.
    """
    if shutil.which("pulumi") is None:
        raise RehearsalError("there is no pulumi here yet; get it and start again with: make setup")
    listed = _ask("stack", "ls", "--json")
    if listed.returncode != 0:
        raise RehearsalError(f"pulumi cannot list the stacks:\n{listed.stderr.strip()}")
    known = {str(stack["name"]).rsplit("/", 1)[-1] for stack in json.loads(listed.stdout)}
    for stack in STACKS:
        if stack in known or not (CHECKOUT / f"Pulumi.{stack}.yaml").exists():
            continue
        made = _ask("stack", "init", "--no-select", stack)
        if made.returncode != 0:
            raise RehearsalError(f"pulumi cannot make stack {stack}:\n{made.stderr.strip()}")
        print(f"stack {stack} is made in {os.environ['PULUMI_BACKEND_URL']}", flush=True)
    selected = _ask("stack", "select", STACKS[0])
    if selected.returncode != 0:
        raise RehearsalError(f"pulumi cannot select stack {STACKS[0]}:\n{selected.stderr.strip()}")


def up(state: Path, flags: Sequence[str]) -> int:
    """`pulumi up` of the rehearsal's stack; the exit code is pulumi's. `state` is $REHEARSAL_DIR."""
    ensure()
    events = state / "log" / f"events-{time.time_ns()}.jsonl"
    # The event log is one of the engine's debugging options, shown only when these are on.
    command = ["pulumi", "up", "--stack", STACKS[0], "--yes", "--skip-preview", "--event-log", str(events), *flags]
    code = wait_for(command, CHECKOUT, {**os.environ, "PULUMI_DEBUG_COMMANDS": "true"})
    timeline.absorb(state, events)
    kubeconfig.refresh(state)
    if code != 0:
        print("What is up stays up; once more with: make rehearsal", file=sys.stderr)
    return code


if __name__ == "__main__":
    try:
        sys.exit(up(Path(os.environ["REHEARSAL_DIR"]), sys.argv[1:]))
    except RehearsalError as error:
        sys.exit(f"rehearsal: {error}")
