"""``python -m reset --stack lab``: `pulumi destroy` from every state, and then a look for what is left.

Nothing is asked of a cluster of the stack's own: all that lives in it goes with it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from doctor import table
from doctor.finding import Finding, Topic, Verdict
from doctor.leftovers import leftovers
from doctor.subject import Subject
from doctor.virsh import Unanswered
from recovery.engine import Engine
from recovery.errors import RecoveryError
from recovery.state import State
from reset import host
from settings import SettingsError
from settings.explain import NAMESPACE
from settings.stackfile import StackFileError, load_stack

_STATE = Topic("state", "client")


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 when nothing of the stack is left; 1 otherwise, with what it is and the command that removes it."""
    parser = argparse.ArgumentParser(prog="python -m reset", description="Destroy a stack, whatever state it is in.")
    parser.add_argument("--stack", required=True, help="the stack; its Pulumi.<stack>.yaml is read from here")
    stack = parser.parse_args(arguments).stack
    try:
        left = reset(Subject.of(load_stack(stack, Path())), Engine(NAMESPACE, stack))
    except (SettingsError, StackFileError, ValueError, RecoveryError, Unanswered) as error:
        print(f"make destroy: {error}", file=sys.stderr)
        return 1
    print(table.text(stack, left) if left else f"Stack {stack}: nothing of it is left.\n", end="")
    return 1 if left else 0


def reset(subject: Subject, engine: Engine) -> list[Finding]:
    """What is left afterwards. Raises `Unanswered`, before anything is touched, when libvirt does not answer; and
    RecoveryError when the engine can't be asked."""
    answer = subject.virsh.answer
    if not answer.ok:
        uri = subject.settings.host.uri
        raise Unanswered(f"{uri} does not answer ({answer.said}), so nothing was touched. Mend that: make doctor.")
    deployment = json.loads(engine.run("stack", "export"))
    resources = deployment["deployment"].get("resources") or []
    if any(_is_production(resource) for resource in resources):
        # The engine would refuse it too; this says how to go on.
        raise RecoveryError(
            f"stack {subject.stack} is recorded with production: true, of which nothing may be deleted, so nothing was "
            f"touched. To do it all the same: set production to false, pulumi up, and again."
        )
    host.started_pools(subject)
    # Asked anew from here on: what was stopped is active now.
    subject = Subject.of(subject.settings)
    strays = list(host.strays(subject, State(deployment)))
    gone = host.gone(resources, subject.virsh)
    if gone:
        targets = [option for urn in gone for option in ("--target", urn)]
        engine.run("refresh", "--yes", "--skip-preview", *targets)
        print(f"Gone already: {', '.join(urn.rpartition('::')[2] for urn in gone)}", flush=True)
    command = ["pulumi", "destroy", "--yes", "--skip-preview", "--non-interactive", "--stack", subject.stack]
    ended = subprocess.run(command, check=False).returncode == 0
    return list(_left(Subject.of(subject.settings), engine, strays, ended))


def _is_production(resource: Mapping[str, Any]) -> bool:
    """What the blueprint has recorded; only it has limits (settings/changes.py)."""
    recorded = resource.get("inputs", {}).get("limits")
    return isinstance(recorded, Mapping) and recorded.get("production") == "true"


def _left(subject: Subject, engine: Engine, strays: Sequence[host.Stray], ended: bool) -> Iterator[Finding]:
    recorded = json.loads(engine.run("stack", "export"))["deployment"].get("resources") or []
    names = [
        one["urn"].rpartition("::")[2] for one in recorded if one.get("id") and "pulumi:providers:" not in one["type"]
    ]
    there = {pool.name for pool in subject.own_pools}
    yield from (stray.finding(subject.settings.host.uri) for stray in strays if stray.pool.name in there)
    yield from (finding for finding in leftovers(subject) if finding.verdict is not Verdict.PASS)
    if names or not ended:
        yield _STATE.fails(
            f"pulumi destroy did not end well, and said above why; still recorded: {', '.join(names) or 'nothing'}.",
            f"Mend that, then again: make destroy STACK={subject.stack}. After a killed run, make recover before it.",
        )


if __name__ == "__main__":
    sys.exit(main())
