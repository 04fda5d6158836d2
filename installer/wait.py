"""Step ``wait``: watches an installation until the tool says that it is done.

``wait-for`` is a pure observer, so it may be run again as often as one likes; an ended wait doesn't end the
installation. Which failures are worth another try: agent-installer.md §2.3.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from installer import boot_gate, credentials, tool
from installer.errors import StepError

_WORTH_ANOTHER_TRY = (
    "bootstrap process timed out",
    "failed to progress after all hosts available",
    "failed to prepare cluster installation",
)
_HOPELESS = ("has hosts in error", "updated status from installing to error")


def run(document: dict[str, Any]) -> dict[str, Any]:
    """Input: ``installer``, ``directory``, ``what`` (bootstrap-complete or install-complete), ``attempts``,
    ``limit`` (seconds for one attempt), ``generation``, ``created`` (of the ISO, seconds since the epoch),
    ``secrets``. Output: ``complete``."""
    directory = Path(document["directory"])
    what = document["what"]
    if not (directory / ".openshift_install_state.json").is_file():
        raise StepError(
            f"{directory} holds no installer state, so this installation can't be watched from here. Run pulumi up "
            "in the checkout that made the ISO, or raise generation to build it anew."
        )
    masked = [*document["secrets"], credentials.password(directory)]
    command = [document["installer"], "agent", "wait-for", what, "--dir", str(directory), "--log-level", "info"]
    for attempt in range(1, int(document["attempts"]) + 1):
        code, tail = tool.run(command, masked, float(document["limit"]))
        if code == 0:
            return {"complete": what}
        if any(sign in tail for sign in _HOPELESS) or not any(sign in tail for sign in _WORTH_ANOTHER_TRY):
            break
        print(f"wait-for {what}: attempt {attempt} ended without a verdict, watching again", file=sys.stderr)
    raise StepError(
        f"openshift-install agent wait-for {what} failed with exit code {code}; its log is above. "
        "The machines are left as they are. pulumi up watches again; if the installation died inside them, raise "
        f"generation above {document['generation']} and run pulumi up.{_age(document['created'])}",
        code if code > 0 else 1,
    )


def _age(created: float) -> str:
    """A gate that passed yesterday says nothing of machines made today."""
    hours = (time.time() - float(created)) / 3600
    if hours <= boot_gate.MAXIMUM_HOURS:
        return ""
    return f" The agent ISO is {hours:.0f} h old: a machine that booted it late can't join any more."
