"""``python -m scan.rotate --stack lab [LABEL …]``: new versions of credentials, of all that can have one by default.

Only the numbers under `rotation` in the stack's file change; the next `pulumi up` replaces the credentials. Every
command is printed before it runs, so that it can be typed by hand as well.
"""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from settings import SettingsError
from settings.explain import NAMESPACE
from settings.rotation import LABELS, why_never
from settings.stackfile import StackFileError, load_stack


def main(arguments: Sequence[str] | None = None) -> int:
    """0 if all was written, else 1 with what is wrong; nothing is written if a label is wrong."""
    parser = argparse.ArgumentParser(prog="python -m scan.rotate", description="Raise versions of credentials.")
    parser.add_argument("--stack", required=True, help="the stack; its Pulumi.<stack>.yaml is changed")
    parser.add_argument("--dry-run", action="store_true", help="only print the commands")
    parser.add_argument("labels", nargs="*", metavar="LABEL", help="what to replace; all that can be if none is named")
    options = parser.parse_args(arguments)
    try:
        versions = load_stack(options.stack, Path()).rotation.versions()
    except (SettingsError, StackFileError) as error:
        print(error, file=sys.stderr)
        return 1
    problems = list(_problems(options.labels, versions))
    if problems:
        print("\n".join(problems), file=sys.stderr)
        return 1
    for label in options.labels or versions:
        path, version = f"{NAMESPACE}:rotation.{label}", str(versions[label] + 1)
        command = ["pulumi", "config", "set", "--stack", options.stack, "--path", path, version]
        print(shlex.join(command), f" # {LABELS[label].rotation}", flush=True)
        if not options.dry_run and (code := _run(command)):
            return code
    print(f"Next: pulumi up -s {options.stack}")
    return 0


def _problems(labels: Sequence[str], versions: Mapping[str, int]) -> Iterator[str]:
    """What is wrong with the labels, each in a sentence."""
    can = ", ".join(versions)
    for label in labels:
        if label in versions:
            continue
        if (why := why_never(label)) is not None:
            yield f"{label} can't be replaced in a running lab: {why}. A rebuild can: docs/secrets.md."
        else:
            yield f"{label} is no credential of this program. These can be replaced: {can}."


def _run(command: Sequence[str]) -> int:
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode
    except FileNotFoundError:
        print('pulumi is not on PATH; set it up: make setup, then eval "$(make -s env)".', file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
