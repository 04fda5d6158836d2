"""Step ``boot-gate``: nothing boots an ISO that has grown too old, or that a clock ahead of this one has made.

Several certificates on it live 24 hours from its creation (agent-installer.md §2.5). A machine that boots it later, or
before they begin, installs a cluster that never comes up, which costs hours to see, so the limit is well before that.
"""

from __future__ import annotations

import time
from typing import Any

from installer.errors import StepError

MAXIMUM_HOURS = 20
AHEAD_MINUTES = 5
"""A clock that is corrected by less than a machine's way to its first use of a certificate does no harm."""


def run(document: dict[str, Any]) -> dict[str, Any]:
    """Input: ``created`` (seconds since the epoch), ``generation``. Output: ``booted``."""
    age = time.time() - float(document["created"])
    generation = int(document["generation"])
    anew = (
        f"Raise generation above {generation} (pulumi config set rhoso-lab:generation {generation + 1}) and run "
        "pulumi up again."
    )
    if age > MAXIMUM_HOURS * 3600:
        raise StepError(
            f"the agent ISO is {age / 3600:.0f} h old and its certificates end 24 h after it was made, so no machine "
            f"boots it any more. {anew}"
        )
    if age < -AHEAD_MINUTES * 60:
        raise StepError(
            f"the agent ISO says that it was made {-age / 60:.0f} min from now, and its certificates begin only then: "
            f"the clock of this machine was ahead when it was made, or is behind now (compare: date -u). If it is "
            f"behind, set it and run pulumi up again. If it was ahead: {anew}"
        )
    return {"booted": "allowed"}
