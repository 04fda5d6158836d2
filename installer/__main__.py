"""``python3 -m installer STEP``: result on stdout as JSON, progress on stderr."""

from __future__ import annotations

import json
import os
import signal
import sys
from types import FrameType

from installer import boot_gate, credentials, image, medium, seed, wait
from installer.errors import StepError

STEPS = {
    "image": image.run,
    "remove-image": image.remove,
    "boot-gate": boot_gate.run,
    "medium": medium.run,
    "remove-medium": medium.remove,
    "seed": seed.run,
    "remove-seed": seed.remove,
    "wait": wait.run,
    "credentials": credentials.run,
}


def main(arguments: list[str]) -> int:
    """Exit code 0, or the failed step's own (the installer's where it was the installer that failed)."""
    if len(arguments) != 1 or arguments[0] not in STEPS:
        print(f"usage: python3 -m installer {'|'.join(STEPS)} < document.json", file=sys.stderr)
        return 2
    # The installer's own state holds the pull secret and every key of the cluster, and it makes it readable by a group.
    os.umask(0o077)
    # Ctrl-C on pulumi ends a step with SIGTERM: a tool goes with it, and so does what would hold a secret for good.
    signal.signal(signal.SIGTERM, _ended)
    try:
        result = STEPS[arguments[0]](json.load(sys.stdin))
    except StepError as error:
        print(error, file=sys.stderr)
        return error.code
    print(json.dumps(result, sort_keys=True))
    return 0


def _ended(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
