"""`oc adm node-image create`: an ISO from which machines join a running cluster.

Checks come in the real command's order: the files, the credentials, the cluster, then (in the pod) the document against
the cluster. Only what goes wrong in the pod leaves a report.json.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from rehearsal.cluster import members
from rehearsal.guest import GuestError, agent_iso
from rehearsal.guest.__main__ import kernel_directory
from rehearsal.oc import nodes_config, report
from rehearsal.oc.errors import OcError
from rehearsal.oc.target import Target
from rehearsal.openshift_install import create as installer
from rehearsal.openshift_install import syntax
from rehearsal.openshift_install.agent_config import Host
from rehearsal.openshift_install.documents import StrictLoader
from rehearsal.openshift_install.fields import Document

CONFIG = "nodes-config.yaml"
ISO = "node.x86_64.iso"


@dataclass(frozen=True)
class Request:
    """The command's options; `registry` is the file of the credentials, None when there is none."""

    directory: Path
    output: str
    kubeconfig: Path
    registry: Path | None
    report: bool


def create(request: Request) -> None:
    """Write the ISO and tell the cluster's stand-in which machines may join. Raises OcError."""
    value = _config(request.directory / CONFIG)
    _check_credentials(request.registry)
    target = Target(request.kubeconfig)
    target.check()
    _say("Launching command")
    began = time.time()
    try:
        hosts = _joined(request.directory, value, target)
    except _JoinerError as error:
        report.write(request.directory, began, str(error))
        print(f"level=fatal msg={error}", file=sys.stderr)
        raise OcError("image generation error: <nil> (exit code: 1)") from error
    if request.report:
        report.write(request.directory, began)
    _rename(request.directory, request.output)
    target.register(hosts)
    _say("Command successfully completed")


class _JoinerError(Exception):
    """What node-joiner in its pod ends with."""


def _joined(directory: Path, value: object, target: Target) -> tuple[Host, ...]:
    """What the pod does: judge the document, write the ISO."""
    document = Document()
    hosts = nodes_config.read(document, value, target.taken())
    if document.problems:
        found = document.problems
        raise _JoinerError(found[0] if len(found) == 1 else "[" + ", ".join(found) + "]")
    files = installer.on_the_iso(target.installation, hosts, ["worker"] * len(hosts))
    try:
        agent_iso(directory / ISO, {**files, "image": f"{members.IMAGE}\n".encode()}, kernel=kernel_directory())
    except GuestError as error:
        raise _JoinerError(f"failed to fetch Agent Installer ISO: {error}") from error
    return hosts


def _config(path: Path) -> Any:
    try:
        return yaml.load(path.read_text(), Loader=StrictLoader)
    except FileNotFoundError:
        raise OcError(f"stat {CONFIG}: no such file or directory (in {path.parent})") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise OcError(f"config file {CONFIG} is not valid: {error}") from error


def _check_credentials(path: Path | None) -> None:
    """The release image is read with them, and no registry of the product gives it to a stranger."""
    if path is None:
        raise OcError("unable to read the release image: unauthorized: use --registry-config (-a)")
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise OcError(f"unable to load --registry-config {path}: {error}") from error
    if reason := syntax.pull_secret(text):
        raise OcError(f"unable to load --registry-config {path}: {reason}")


def _rename(directory: Path, output: str) -> None:
    """Call every ISO below the directory by the wanted name, as the real one does, and replace no file."""
    if not output:
        return
    for path in sorted(directory.rglob("*.iso")):
        if path.name == output:
            continue
        if path.with_name(output).exists():
            raise OcError(f"file already exists: {path.with_name(output)}")
        path.rename(path.with_name(output))


def _say(text: str) -> None:
    print(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} [node-image create] {text}", flush=True)
