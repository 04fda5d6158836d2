"""Command line of the stand-in: words, options and exit codes of `oc` (cobra: 1 for whatever goes wrong)."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import NoReturn

from rehearsal.oc import node_image
from rehearsal.oc.errors import OcError

VERSION = "4.18.0"
KUSTOMIZE = "v5.4.2"


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    try:
        parsed = _parser().parse_args(arguments)
        if parsed.command == "version":
            _version(parsed.client, parsed.output)
        else:
            node_image.create(_request(parsed))
    except OcError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _version(client: bool, output: str) -> None:
    if not client:
        # Without --client the real one asks the server too and ends with 1 where none answers.
        raise OcError("this stand-in tells its own version only: oc version --client")
    if output == "json":
        client_version = {"gitVersion": VERSION, "platform": "linux/amd64"}
        document = {"clientVersion": client_version, "kustomizeVersion": KUSTOMIZE, "releaseClientVersion": VERSION}
        print(json.dumps(document, indent=2))
    else:
        print(f"Client Version: {VERSION}\nKustomize Version: {KUSTOMIZE}")


def _request(parsed: argparse.Namespace) -> node_image.Request:
    # The real one would go on with ~/.kube/config, which in a rehearsal is no cluster of the rehearsal.
    kubeconfig = parsed.kubeconfig or os.environ.get("KUBECONFIG")
    if not kubeconfig:
        raise OcError(
            "Missing or incomplete configuration info.  Please point to an existing, complete config file: KUBECONFIG "
            "is not set"
        )
    registry = parsed.registry_config or os.environ.get("REGISTRY_AUTH_FILE")
    return node_image.Request(
        Path(parsed.dir), parsed.output_name, Path(kubeconfig), Path(registry) if registry else None, parsed.report
    )


class _Parser(argparse.ArgumentParser):
    """Ends as cobra does, with 1 and not with argparse's 2."""

    def error(self, message: str) -> NoReturn:
        raise OcError(f"{message}\nSee '{self.prog} --help' for usage.")


def _parser() -> argparse.ArgumentParser:
    common = _Parser(add_help=False)
    common.add_argument("--kubeconfig", default="", help="path to the kubeconfig file; default: $KUBECONFIG")
    parser = _Parser(prog="oc", description=__doc__, allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True)
    version = commands.add_parser("version", parents=[common], allow_abbrev=False)
    version.add_argument("--client", action="store_true", help="client version only")
    version.add_argument("-o", "--output", choices=("", "json"), default="")
    adm = commands.add_parser("adm", help="tools for managing a cluster", allow_abbrev=False)
    images = adm.add_subparsers(dest="adm", required=True).add_parser("node-image", allow_abbrev=False)
    create = images.add_subparsers(dest="image", required=True).add_parser(
        "create", parents=[common], allow_abbrev=False
    )
    create.add_argument("--dir", default=".", help="where nodes-config.yaml is, and where the image goes")
    create.add_argument("-o", "--output-name", default="", help=f"the image's name; default: {node_image.ISO}")
    create.add_argument("-a", "--registry-config", default="", help="path to the registry credentials (pull secret)")
    create.add_argument("--report", action="store_true", help="write report.json also when all went well")
    return parser


if __name__ == "__main__":
    sys.exit(main())
