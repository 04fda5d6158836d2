"""``python3 -m rehearsal.kubectl``: the command line."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from rehearsal.cluster.kube import Kube, KubeError

from . import commands
from .targets import UsageError

COMMANDS = {
    "get": commands.get,
    "apply": commands.apply,
    "delete": commands.delete,
    "api-resources": commands.api_resources,
    "version": commands.version,
}


def main(argv: list[str] | None = None) -> int:
    """Returns the exit code; 1 for whatever the server or the user got wrong."""
    arguments = _parser().parse_intermixed_args(argv)
    path = Path(arguments.kubeconfig or os.environ.get("KUBECONFIG") or "~/.kube/config").expanduser()
    try:
        kube = Kube.from_kubeconfig(path, arguments.context)
        return COMMANDS[arguments.command](kube, arguments)
    except BrokenPipeError:
        raise
    except FileNotFoundError as error:
        print(f"error: no such file: {error.filename}", file=sys.stderr)
    except UsageError as error:
        print(error, file=sys.stderr)
    except KubeError as error:
        print(f"Error from server: {error}", file=sys.stderr)
    except OSError as error:
        print(f"The connection to the server was not possible: {error.strerror or error}", file=sys.stderr)
    except (KeyError, ValueError) as error:
        print(f"error: {path} or the given file cannot be used: {error!r}", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kubectl", description="A small kubectl of the rehearsal.")
    parser.add_argument("command", choices=sorted(COMMANDS))
    parser.add_argument("words", nargs="*", metavar="TYPE NAME", help="nodes | node/master-0 | crd,ns | netcfg NAME …")
    parser.add_argument("--kubeconfig", help="default: $KUBECONFIG")
    parser.add_argument("--context", help="the context of the kubeconfig; default: its current one")
    parser.add_argument("-n", "--namespace", help="default: default")
    parser.add_argument("-A", "--all-namespaces", action="store_true")
    parser.add_argument("-o", "--output", choices=("wide", "json", "yaml", "name"))
    parser.add_argument("-l", "--selector", help="label selector")
    parser.add_argument("--no-headers", action="store_true")
    parser.add_argument("--raw", metavar="PATH", help="get: the answer to GET PATH as it is")
    parser.add_argument("-f", "--filename", help="apply, delete: a YAML file, or - for standard input")
    parser.add_argument("--wait", default="true", choices=("true", "false"), help="delete: until it is gone")
    return parser


if __name__ == "__main__":
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:  # `kubectl get … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    sys.exit(code)
