"""Command line of the stand-in: the sub-commands, options and exit codes of `openshift-install`'s agent flow."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType

from rehearsal.openshift_install import create, waitfor
from rehearsal.openshift_install.errors import EXIT_INTERRUPTED, InstallerError
from rehearsal.openshift_install.log import Log, level

VERSION = "4.18.0"
"""The release whose rules are followed; the real binary has its own stamped in as well."""

_TEMPLATE = """\
# Note: This is a sample AgentConfig file showing which fields are available.
apiVersion: v1beta1
kind: AgentConfig
metadata:
  name: example-agent-config
# All fields are optional
rendezvousIP: your-node0-ip
hosts:
  - hostname: change-to-hostname
    role: master
    interfaces:
      - name: your-switch-name
        macAddress: 00:00:00:00:00
"""


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parsed = _parser().parse_args(arguments)
    try:
        shown = level(parsed.log_level)
    except InstallerError as error:
        print(f"FATAL {error}", file=sys.stderr)
        return error.code
    if parsed.command == "version":
        print(f"openshift-install {VERSION}\nrehearsal stand-in\nrelease architecture amd64")
        return 0
    signal.signal(signal.SIGTERM, _interrupt)
    directory = Path(parsed.dir)
    directory.mkdir(parents=True, exist_ok=True)
    log = Log(directory, shown)
    try:
        if parsed.agent == "wait-for":
            wait = waitfor.bootstrap_complete if parsed.event == "bootstrap-complete" else waitfor.install_complete
            wait(directory, log)
        elif parsed.target == "image":
            create.image(directory, log)
        else:
            (directory / "agent-config.yaml").write_text(_TEMPLATE)
            log.info("Created Agent Config Template in . directory")
    except InstallerError as error:
        log.fatal(str(error))
        return error.code
    except KeyboardInterrupt:
        log.warning("Received interrupt signal")
        return EXIT_INTERRUPTED
    return 0


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--dir", default=".", help="assets directory")
    common.add_argument("--log-level", default="info", help='log level (e.g. "debug | info | warn | error")')
    parser = argparse.ArgumentParser(prog="openshift-install", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("version", parents=[common], help="print version information")
    agent = commands.add_parser("agent", help="commands for the agent-based installation")
    flows = agent.add_subparsers(dest="agent", required=True)
    targets = flows.add_parser("create", help="make assets").add_subparsers(dest="target", required=True)
    targets.add_parser("image", parents=[common], help="generate the bootable image")
    targets.add_parser("agent-config-template", parents=[common], help="write a sample agent-config.yaml")
    events = flows.add_parser("wait-for", help="wait for an event").add_subparsers(dest="event", required=True)
    events.add_parser("bootstrap-complete", parents=[common], help="wait until the bootstrap is complete")
    events.add_parser("install-complete", parents=[common], help="wait until the cluster is ready")
    return parser


if __name__ == "__main__":
    sys.exit(main())
