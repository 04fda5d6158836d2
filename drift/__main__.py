"""``python -m drift --stack lab``: what was changed by hand, and with ``--put-back`` the `up` that undoes it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from doctor.virsh import Unanswered
from drift import table
from drift.engine import DriftError, put_back
from drift.finding import find
from recovery.engine import Engine
from recovery.errors import RecoveryError
from settings.explain import NAMESPACE

DRIFTED = 2
FORMATS = {"table": table.text, "json": table.document}


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0: nothing differs; 2: something does; 1: not everything could be compared, or putting back failed."""
    parser = argparse.ArgumentParser(prog="python -m drift", description="What somebody changed by hand.")
    parser.add_argument("--stack", required=True, help="the stack that is compared with its host and cluster")
    parser.add_argument("--format", choices=FORMATS, default="table", help="for a person or for tools")
    parser.add_argument("--put-back", action="store_true", help="then undo what `pulumi up` can undo")
    options = parser.parse_args(arguments)
    try:
        resources = json.loads(Engine(NAMESPACE, options.stack).run("stack", "export"))["deployment"]
        found = find(options.stack, resources.get("resources") or [])
    except (DriftError, RecoveryError, Unanswered) as error:
        print(f"make drift: {error}", file=sys.stderr)
        return 1
    print(FORMATS[options.format](options.stack, found.rows, found.unread), end="", flush=True)
    if options.put_back and found.unread:
        print("make drift: nothing was put back; first mend what could not be compared.", file=sys.stderr)
        return 1
    if options.put_back and any(row.mended for row in found.rows):
        return put_back(options.stack, found.kept)
    return 1 if found.unread else DRIFTED if found.rows else 0


if __name__ == "__main__":
    sys.exit(main())
