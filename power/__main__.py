"""``python -m power stop|start --stack lab``: a running lab put to rest, and brought back."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence

from power.errors import PowerError
from power.lab import COMPUTE, MASTER, WORKER, Lab, recorded
from power.limits import Limits
from power.machines import Machines
from power.start import start
from power.stop import stop
from recovery.errors import RecoveryError


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0: the lab is at rest, or back; 1: not all of it, and standard error says what; 130: interrupted."""
    parser = argparse.ArgumentParser(prog="python -m power", description="Put a lab to rest, or bring it back.")
    parser.add_argument("what", choices=("stop", "start"))
    parser.add_argument("--stack", required=True, help="the stack whose machines these are")
    parser.add_argument("--dry-run", action="store_true", help="only tell what is on and what is off")
    parser.add_argument("--without-instances", action="store_true", help="don't have Nova stop them before")
    options = parser.parse_args(arguments)
    # What is killed politely ends as by Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    command = f"make {options.what} STACK={options.stack}"
    try:
        lab = recorded(options.stack)
        if options.dry_run:
            _tell(lab, options.what)
        elif options.what == "stop":
            stop(lab, _say, sys.stdout, Limits(), without_instances=options.without_instances)
            _say(f"Stack {lab.stack} is at rest. To bring it back: make start STACK={lab.stack}")
        else:
            start(lab, _say, sys.stdout, Limits())
            _say(f"Stack {lab.stack} is back.")
    except (PowerError, RecoveryError) as error:
        print(f"{command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"{command}: interrupted; what was done stays done, and the same command goes on.", file=sys.stderr)
        return 130
    return 0


def _tell(lab: Lab, what: str) -> None:
    """The order, and how each machine is now."""
    machines = Machines(lab, _say)
    roles = [MASTER, WORKER, COMPUTE] if what == "start" else [COMPUTE, WORKER, MASTER]
    for number, group in enumerate((group for role in roles if (group := lab.of(role))), start=1):
        on = machines.on(group)
        told = ", ".join(f"{one.domain} ({'on' if one in on else 'off'})" for one in group)
        _say(f"{number}. {told}")


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
