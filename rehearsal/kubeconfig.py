"""The file behind $KUBECONFIG: the kubeconfig that the program's stack puts out, as new as the stack's state.

A rebuild gives the cluster new certificates, and `pulumi up` may be typed in the shell, so kubectl's launcher asks here
first. What it costs when nothing has changed is two looks at file times.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from rehearsal.host import CHECKOUT

_STACK = "rehearsal"


def refresh(state: Path) -> None:
    """Write $REHEARSAL_DIR/kubeconfig (mode 0600) if the stack's state is newer; remove it if there is no cluster.

    `state` is $REHEARSAL_DIR. When pulumi cannot answer the file stays as it is, for kubectl then says more.
    """
    file = state / "kubeconfig"
    states = list((state / "state" / ".pulumi" / "stacks").glob(f"*/{_STACK}.json"))
    if not states or (file.exists() and file.stat().st_mtime >= states[0].stat().st_mtime):
        return
    began = states[0].stat().st_mtime
    asked = ["pulumi", "--non-interactive", "stack", "output", "kubeconfig", "--show-secrets", "--stack", _STACK]
    answer = subprocess.run(asked, cwd=CHECKOUT, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if answer.returncode == 0 and answer.stdout.strip():
        fresh = state / "kubeconfig.new"
        fresh.touch(mode=0o600)
        fresh.write_text(answer.stdout)
        os.utime(fresh, (began, began))
        fresh.replace(file)
    elif "does not have output property" in answer.stderr:
        file.unlink(missing_ok=True)


if __name__ == "__main__":
    refresh(Path(os.environ["REHEARSAL_DIR"]))
    sys.exit(0)
