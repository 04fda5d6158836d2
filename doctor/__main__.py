"""``python -m doctor --stack lab``: is everything there for a first ``pulumi up``? Nothing is changed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from doctor import table
from doctor.checks import examine
from doctor.finding import Verdict
from doctor.subject import Subject
from settings import SettingsError
from settings.stackfile import StackFileError, load_stack

FORMATS = {"table": table.text, "json": table.document}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print every finding; the exit code is 1 if a check failed, or the stack has no settings to check by."""
    parser = argparse.ArgumentParser(prog="python -m doctor", description="Check client and host before a first up.")
    parser.add_argument("--stack", required=True, help="the stack; its Pulumi.<stack>.yaml is read from here")
    parser.add_argument("--format", choices=FORMATS, default="table", help="for a person or for tools")
    options = parser.parse_args(arguments)
    try:
        subject = Subject.of(load_stack(options.stack, Path()))
    except (SettingsError, StackFileError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    findings = list(examine(subject))
    # A reader that closes its end (`| head`) has what it wants.
    with suppress(BrokenPipeError):
        print(FORMATS[options.format](options.stack, findings), end="", flush=True)
    return int(any(finding.verdict is Verdict.FAIL for finding in findings))


if __name__ == "__main__":
    sys.exit(main())
