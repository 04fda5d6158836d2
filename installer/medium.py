"""Step ``medium``: what a worker boots to become a node: the installation's agent ISO, or one of its own.

The agent ISO knows its nodes, and a node that it doesn't know makes the installation wait for ever; once that is over,
nobody serves who boots it, also not one of its own nodes that had left. Who joins later boots an ISO that the running
cluster itself makes (agent-installer.md §2.4; openshift/installer docs/user/agent/add-node/add-nodes.md). The tokens on
it live 48 h, so it is made right before its machine.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from installer import image, tool
from installer.errors import StepError

_ISO = "node.x86_64.iso"
# An upload of a gigabyte through a slow connection, and no libvirtd that never answers.
_SECONDS = 1800.0


def run(document: dict[str, Any]) -> dict[str, Any]:
    """Input: ``node`` (name), ``directory`` (the installation's), ``iso`` (path of the agent ISO on the host), ``oc``
    (command), ``config`` (nodes-config.yaml as text), ``pull_secret``, ``work`` (relative directory), ``uri``,
    ``pool``, ``volume`` (name for an ISO of its own), ``generation``, ``secrets``. Output: ``iso`` (path on the host),
    ``volume`` (its own, else empty)."""
    directory = Path(document["directory"])
    own = _nodes(directory, int(document["generation"]))
    if document["node"] in own and not (directory / image.INSTALLED).exists():
        return {"iso": document["iso"], "volume": ""}
    work = Path(document["work"])
    shutil.rmtree(work, ignore_errors=True)
    try:
        iso = _made(document, directory, work)
        return {"iso": _uploaded(document, iso), "volume": document["volume"]}
    finally:
        # It holds the pull secret and the cluster's credentials for joining.
        shutil.rmtree(work, ignore_errors=True)


def remove(document: dict[str, Any]) -> dict[str, Any]:
    """Deletes the volume that ``run`` made, if any (what it said is in PULUMI_COMMAND_STDOUT). Output: ``removed``."""
    volume = json.loads(os.environ["PULUMI_COMMAND_STDOUT"])["volume"]
    if volume:
        _delete(document["uri"], document["pool"], volume)
    return {"removed": bool(volume)}


def _nodes(directory: Path, generation: int) -> list[str]:
    try:
        nodes: list[str] = json.loads((directory / image.NODES).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise StepError(
            f"{directory / image.NODES} is missing, so it isn't known which nodes the cluster was installed with. Run "
            f"this where the cluster was installed, or raise generation above {generation} to install it anew."
        ) from None
    return nodes


def _made(document: dict[str, Any], directory: Path, work: Path) -> Path:
    node, oc = document["node"], document["oc"]
    if shutil.which(oc) is None:
        raise StepError(
            f"openshift.client: {oc!r} is not on PATH, and {node} needs it to join the cluster. Put the oc of the "
            "cluster's release there (oc adm release extract --command=oc …), or name another one in the setting."
        )
    work.mkdir(mode=0o700, parents=True)
    texts = {"nodes-config.yaml": document["config"], "pull-secret.json": document["pull_secret"]}
    for name, text in texts.items():
        path = work / name
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
    os.environ["KUBECONFIG"] = str((directory / "auth" / "kubeconfig").absolute())
    command = [oc, "adm", "node-image", "create", "--dir", str(work), "--output-name", _ISO]
    code, _ = tool.run([*command, "--registry-config", str(work / "pull-secret.json")], document["secrets"])
    if code != 0:
        raise StepError(
            f"oc adm node-image create failed with exit code {code}; its log is above. {node} isn't one of the nodes "
            "that the cluster was installed with: it joins the running cluster, which must be installed and answer.",
            code,
        )
    iso = work / _ISO
    if not iso.is_file():
        raise StepError(f"oc adm node-image create ended well but wrote no {_ISO}; its log is above.")
    return iso


def _uploaded(document: dict[str, Any], iso: Path) -> str:
    uri, pool, volume = document["uri"], document["pool"], document["volume"]
    # What a run that died left behind; the pool is the stack's own.
    _delete(uri, pool, volume)
    _virsh(uri, "vol-create-as", pool, volume, str(iso.stat().st_size), "--format", "raw")
    _virsh(uri, "vol-upload", "--pool", pool, volume, str(iso))
    return _virsh(uri, "vol-path", "--pool", pool, volume).strip()


def _delete(uri: str, pool: str, volume: str) -> None:
    if volume in _virsh(uri, "vol-list", pool).split():
        _virsh(uri, "vol-delete", "--pool", pool, volume)


def _virsh(uri: str, *arguments: str) -> str:
    line: Sequence[str] = ("virsh", "--quiet", "--connect", uri, *arguments)
    try:
        done = subprocess.run(
            line, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StepError(f"virsh {arguments[0]} at {uri} failed: {error}") from None
    if done.returncode != 0:
        said = " ".join(text.replace("error: ", "", 1) for text in done.stderr.splitlines() if text)
        raise StepError(f"virsh {arguments[0]} at {uri} failed: {said}")
    return done.stdout
