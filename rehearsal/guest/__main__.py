"""`python3 -m rehearsal.guest image --out FILE [--kernel DIR]`: build the computes' disk image."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from rehearsal.guest import GuestError, compute_image


def main() -> int:
    """Parse the command line, build, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python3 -m rehearsal.guest", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    image = commands.add_parser("image", help="build the computes' image (qcow2)")
    image.add_argument("--out", type=Path, required=True)
    image.add_argument("--kernel", type=Path, default=None, help="default: $RHOSO_ENGINE/kernel")
    arguments = parser.parse_args()
    try:
        compute_image(arguments.out, kernel=arguments.kernel or kernel_directory())
    except GuestError as error:
        print(f"rehearsal.guest: {error}", file=sys.stderr)
        return 1
    return 0


def kernel_directory() -> Path:
    """Return the engine's kernel directory. Raises GuestError when RHOSO_ENGINE is not set."""
    engine = os.environ.get("RHOSO_ENGINE")
    if not engine:
        raise GuestError("RHOSO_ENGINE is not set: run inside the rehearsal, or give --kernel")
    return Path(engine) / "kernel"


if __name__ == "__main__":
    sys.exit(main())
