"""A host for one command: started for it, and ended after it unless it ran already."""

from __future__ import annotations

from collections.abc import Sequence

from rehearsal import environment, inside, lifecycle, teardown
from rehearsal.host import CHECKOUT, Host


def run(host: Host, module: str, arguments: Sequence[str]) -> int:
    """Run `python -m module` inside; its exit code."""
    ran = host.exists() and host.init() is not None
    lifecycle.start(host)
    try:
        return inside.run(host, [environment.interpreter(), "-m", module, *arguments], CHECKOUT)
    finally:
        if not ran:
            teardown.stop(host)
