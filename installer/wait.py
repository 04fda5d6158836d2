"""Step ``wait``: watches an installation until the tool says that it is done.

``wait-for`` is a pure observer, so it may be run again as often as one likes; an ended wait doesn't end the
installation. Which failures are worth another try: agent-installer.md §2.3.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from installer import credentials, tool
from installer.errors import StepError

_WORTH_ANOTHER_TRY = (
    "bootstrap process timed out",
    "failed to progress after all hosts available",
    "failed to prepare cluster installation",
)
_HOPELESS = ("has hosts in error", "updated status from installing to error")


def run(document: dict[str, Any]) -> dict[str, Any]:
    """Input: ``installer``, ``directory``, ``what`` (bootstrap-complete or install-complete), ``attempts``,
    ``generation``, ``secrets``. Output: ``complete``."""
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
        code, tail = tool.run(command, masked)
        if code == 0:
            return {"complete": what}
        if any(sign in tail for sign in _HOPELESS) or not any(sign in tail for sign in _WORTH_ANOTHER_TRY):
            break
        print(f"wait-for {what}: attempt {attempt} ended without a verdict, watching again", file=sys.stderr)
    raise StepError(
        f"openshift-install agent wait-for {what} failed with exit code {code}:\n{tail}\n"
        "The machines are left as they are. pulumi up watches again; if the installation died inside them, raise "
        f"generation above {document['generation']} and run pulumi up.",
        code,
    )
