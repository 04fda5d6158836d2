"""The plan of a stack on standard output: python -m network --stack lab [--format table|json].

No passphrase is asked for, since no address depends on a secret.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from network import document, plan, table
from settings import SettingsError
from settings.stackfile import StackFileError, load_stack

FORMATS = {"table": table.text, "json": document.text}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the plan; the exit code is 1, with a message on standard error, if the stack has none."""
    parser = argparse.ArgumentParser(prog="python -m network", description="Who has which address in a lab.")
    parser.add_argument("--stack", required=True, help="the stack; its Pulumi.<stack>.yaml is read from here")
    parser.add_argument("--format", choices=FORMATS, default="table", help="for a person or for tools")
    options = parser.parse_args(arguments)
    try:
        made = plan(load_stack(options.stack, Path()))
    except (SettingsError, StackFileError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    # A reader that closes its end (`| head`) has what it wants.
    with suppress(BrokenPipeError):
        print(FORMATS[options.format](made), end="", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
