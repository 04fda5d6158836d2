"""The command line of the embedded host: python3 -m rehearsal start | up | report | makespan | changes | shell | …"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rehearsal import environment, inside, lifecycle, pace, teardown
from rehearsal.errors import RehearsalError
from rehearsal.host import CHECKOUT, Host, locate

_MAKESPAN = CHECKOUT / "docs" / "makespan.json"
_CHANGES = CHECKOUT / "docs" / "changes.md"
_FAULTS = CHECKOUT / "docs" / "faults.md"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="rehearsal", description="An embedded KVM host for rehearsals of the lab.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, text in (
        ("start", "start the host unless it runs"),
        ("shell", "a shell inside; reads commands from standard input when that is no terminal"),
        ("exec", "run one command inside, with its exit code"),
        ("up", "pulumi up of a stack in miniature inside, keeping what took how long"),
        ("makespan", "measure how close an up from nothing, slowed as a real lab, comes to the graph's longest path"),
        ("changes", "write what the engine plans for a change of each setting (docs/changes.md)"),
        ("faults", "try faults of every kind, and write what came of each (docs/faults.md)"),
        ("status", "say whether it runs and what it runs"),
        ("report", "print what exists inside"),
        ("stop", "end it and remove every trace"),
    ):
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--name", help="the rehearsal's name (default: main)")
        command.add_argument("--dir", help="its state directory (default: <checkout>/.rehearsal/<name>)")
        if name == "start":
            command.add_argument("--no-image", dest="image", action="store_false", help="without the computes' image")
        if name == "exec":
            command.add_argument("arguments", nargs=argparse.REMAINDER, metavar="-- COMMAND …")
        if name == "up":
            command.add_argument("arguments", nargs=argparse.REMAINDER, metavar="-- FLAGS …")
        if name in ("up", "report", "makespan"):
            command.add_argument("--stack", default="rehearsal", help="what is rehearsed (default: rehearsal)")
        if name == "makespan":
            command.add_argument("--scale", type=float, default=pace.SCALE, help="of real time (default: %(default)s)")
            command.add_argument("--out", type=Path, default=_MAKESPAN, help="default: docs/makespan.json")
        if name == "changes":
            command.add_argument("--only", action="append", default=[], metavar="SETTING", help="may be repeated")
            command.add_argument("--missing", action="store_true", help="only rows that are not there or stale")
            command.add_argument("--out", type=Path, default=_CHANGES, help="default: docs/changes.md")
        if name == "faults":
            command.add_argument("--only", action="append", default=[], metavar="SERIES", help="may be repeated")
            command.add_argument("--out", type=Path, default=_FAULTS, help="default: docs/faults.md")
    return parser


def _rest(options: argparse.Namespace) -> list[str]:
    """What follows the command's own options, without the -- before it."""
    rest: list[str] = options.arguments
    return rest[1:] if rest[:1] == ["--"] else rest


def _run(host: Host, options: argparse.Namespace) -> int:
    match options.command:
        case "start":
            lifecycle.start(host, options.image)
        case "shell":
            inside.shell(host)
        case "exec":
            command = _rest(options)
            if not command:
                raise RehearsalError("exec needs a command: python3 -m rehearsal exec -- virsh list")
            inside.replace(host, command)
        case "up":
            command = [environment.interpreter(), "-m", "rehearsal.stacks", options.stack, *_rest(options)]
            inside.replace(host, command, CHECKOUT)
        case "makespan":
            # Only this needs the Python environment here, outside; the others do without, so that a host can be ended.
            from rehearsal import makespan

            return makespan.run(host, options.stack, options.scale, options.out)
        case "changes":
            from rehearsal import changes

            chosen = [word for path in options.only for word in ("--only", path)]
            return changes.run(host, [*chosen, *(["--missing"] if options.missing else [])], options.out)
        case "faults":
            from rehearsal import once

            chosen = [word for series in options.only for word in ("--only", series)]
            return once.run(host, "rehearsal.trials", ["--out", str(options.out.absolute()), *chosen])
        case "status":
            return lifecycle.status(host)
        case "report":
            inside.replace(host, [environment.interpreter(), "-m", "rehearsal.report", options.stack], CHECKOUT)
        case "stop":
            if not teardown.stop(host):
                print(f"rehearsal {host.name}: there is none ({host.directory})", file=sys.stderr)
                return 0
            print(f"rehearsal {host.name}: ended, and {host.directory} is removed", file=sys.stderr)
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; RehearsalError becomes one message and exit code 1."""
    options = _parser().parse_args(arguments)
    try:
        return _run(locate(options.name, options.dir), options)
    except RehearsalError as error:
        print(f"rehearsal: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
