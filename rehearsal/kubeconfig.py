"""The file behind $KUBECONFIG: a context for every stack that has a cluster, called as the stack.

The current context is the stack that was brought up last. A rebuild gives a cluster new certificates, and `pulumi up`
may be typed in the shell, so kubectl's launcher asks here first. What it costs when nothing has changed is a look at a
few file times.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from rehearsal.host import CHECKOUT

Access: TypeAlias = dict[str, Any]
"""How one cluster is reached: {"cluster": …, "user": …}, both as a kubeconfig has them."""


def refresh(state: Path, current: str | None = None) -> None:
    """Bring $REHEARSAL_DIR/kubeconfig (mode 0600) up to date with the stacks' states; remove it if there is no cluster.

    `state` is $REHEARSAL_DIR; `current` becomes the current context if it has a cluster. Where pulumi cannot answer,
    what is known of a stack stays, for kubectl then says more.
    """
    file = state / "kubeconfig"
    changed = _changed(state)
    seen = file.stat().st_mtime_ns if file.exists() else 0
    if all(when <= seen for when in changed.values()) and current is None:
        return
    before, chosen = _read(file)
    after = {stack: access for stack, access in before.items() if stack in changed}
    complete = True
    for stack in [stack for stack, when in changed.items() if when > seen]:
        try:
            access = _asked(state, stack)
        except _NoAnswerError:
            complete = False
            continue
        after.pop(stack, None)
        if access is not None:
            after[stack] = access
    if not after:
        file.unlink(missing_ok=True)
        return
    latest = max(after, key=lambda stack: changed[stack])
    context = next(stack for stack in (current, chosen, latest) if stack in after)
    _write(file, after, str(context), max(changed.values()) if complete else seen)


def contexts(state: Path) -> tuple[list[str], str | None]:
    """The stacks that have a cluster, and the current one among them."""
    known, current = _read(state / "kubeconfig")
    return sorted(known), current


class _NoAnswerError(Exception):
    """Pulumi did not say whether there is a cluster."""


def _changed(state: Path) -> dict[str, int]:
    """When each stack's state was last written, in nanoseconds."""
    files = (state / "state" / ".pulumi" / "stacks").glob("*/*.json")
    return {file.stem: file.stat().st_mtime_ns for file in files}


def _asked(state: Path, stack: str) -> Access | None:
    """The access that the stack puts out; None when it has no cluster."""
    files = (state / "state" / ".pulumi" / "stacks").glob(f"*/{stack}.json")
    # Most stacks were never brought up, and to ask pulumi takes a second each.
    if not any('"kubeconfig"' in file.read_text(errors="replace") for file in files):
        return None
    command = ["pulumi", "--non-interactive", "stack", "output", "kubeconfig", "--show-secrets", "--stack", stack]
    answer = subprocess.run(
        command, cwd=CHECKOUT, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    if answer.returncode == 0 and answer.stdout.strip():
        document = yaml.safe_load(answer.stdout)
        return {"cluster": document["clusters"][0]["cluster"], "user": document["users"][0]["user"]}
    if "does not have output property" in answer.stderr:
        return None
    raise _NoAnswerError


def _read(file: Path) -> tuple[dict[str, Access], str | None]:
    """Access by stack, and the current stack, as the file has them."""
    try:
        document = yaml.safe_load(file.read_text())
    except FileNotFoundError:
        return {}, None
    users = {entry["name"]: entry["user"] for entry in document.get("users") or ()}
    clusters = {entry["name"]: entry["cluster"] for entry in document.get("clusters") or ()}
    known = {stack: {"cluster": clusters[stack], "user": users[stack]} for stack in clusters if stack in users}
    return known, document.get("current-context")


def _write(file: Path, known: Mapping[str, Access], current: str, when: int) -> None:
    """Replace the file in one step; `when` is the time of the newest state that it holds."""
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": stack, "cluster": access["cluster"]} for stack, access in known.items()],
        "users": [{"name": stack, "user": access["user"]} for stack, access in known.items()],
        "contexts": [{"name": stack, "context": {"cluster": stack, "user": stack}} for stack in known],
        "current-context": current,
    }
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix="kubeconfig-")
    with os.fdopen(descriptor, "w", encoding="utf-8") as fresh:
        fresh.write(yaml.safe_dump(document, sort_keys=False))
    os.utime(name, ns=(when, when))
    Path(name).replace(file)


if __name__ == "__main__":
    refresh(Path(os.environ["REHEARSAL_DIR"]))
    sys.exit(0)
