"""Step ``boot-gate``: nothing boots an ISO that has grown too old.

Several certificates on it live 24 hours from its creation (agent-installer.md §2.5). A machine that boots it later
installs a cluster that never comes up, which costs hours to see, so the limit is well before that.
"""

from __future__ import annotations

import time
from typing import Any

from installer.errors import StepError

MAXIMUM_HOURS = 20


def run(document: dict[str, Any]) -> dict[str, Any]:
    """Input: ``created`` (seconds since the epoch), ``generation``. Output: ``booted``."""
    age = time.time() - float(document["created"])
    if age > MAXIMUM_HOURS * 3600:
        generation = int(document["generation"])
        raise StepError(
            f"the agent ISO is {age / 3600:.0f} h old and its certificates end 24 h after it was made, so no machine "
            f"boots it any more. Raise generation above {generation} "
            f"(pulumi config set rhoso-lab:generation {generation + 1}) and run pulumi up again."
        )
    return {"booted": "allowed"}
