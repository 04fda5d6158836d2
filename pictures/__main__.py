"""The command line of the pictures: python3 -m pictures --stack lab [--out docs/pictures]."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import pictures
from network import Plan, plan
from settings import SettingsError
from settings.stackfile import StackFileError, load_stack


def draw(the_plan: Plan) -> dict[str, str]:
    """File name → SVG of every picture of a lab."""
    drawn = {
        "logical": pictures.logical(the_plan),
        "physical": pictures.physical(the_plan),
        "order": pictures.order(the_plan),
    }
    return {f"{the_plan.stack}-{name}.svg": text for name, text in drawn.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pictures and name them; 1 if the stack's settings can't be read or are refused."""
    parser = argparse.ArgumentParser(prog="pictures", description="Draws a stack's networks, host and order as SVG.")
    parser.add_argument("--stack", required=True, help="the stack, whose settings are in Pulumi.<stack>.yaml")
    parser.add_argument("--out", type=Path, default=Path("docs/pictures"), help="directory (default: %(default)s)")
    options = parser.parse_args(arguments)
    try:
        drawn = draw(plan(load_stack(options.stack, Path())))
    except (SettingsError, StackFileError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    options.out.mkdir(parents=True, exist_ok=True)
    for name, text in drawn.items():
        path = options.out / name
        path.write_text(text, encoding="utf-8")
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
