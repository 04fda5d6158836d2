"""Step ``image``: from rendered documents to the agent ISO, in an installer directory named by its inputs' hash.

The tool deletes its inputs and refuses a second run in the same directory (agent-installer.md §2.4), so the directory
is built aside under a lock and renamed when it is complete: what carries the final name is whole. It is always built
anew: where the state knows no image, a directory of that name is what a run that died or a lost state left behind.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from installer import directory, tool
from installer.errors import StepError

ISO = "agent.x86_64.iso"
NODES = "nodes.json"
"""In the installer directory: the names of the nodes that the ISO installs."""
INSTALLED = "installed"
"""In the installer directory once the installation is complete: from then on nobody serves who boots its ISO."""


def run(document: dict[str, Any]) -> dict[str, Any]:
    """Input: ``installer`` (command), ``directory`` (relative), ``files`` ({relative path: text}), ``api`` (VIP),
    ``api_name`` (DNS name), ``nodes`` (names), ``secrets`` (strings never to be shown). Output: ``directory``,
    ``iso``, ``sha256``, ``created`` (seconds since the epoch)."""
    final = Path(document["directory"])
    final.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _lock(final.parent / directory.LOCK):
        work = final.with_name(f".{final.name}.partial")
        try:
            _build(document, work, final)
        finally:
            # It holds the pull secret, and nothing else would ever remove it.
            shutil.rmtree(work, ignore_errors=True)
    return _built(final)


def remove(document: dict[str, Any]) -> dict[str, Any]:
    """Removes the directory if it still holds what the resource made: a replacement may have built it anew. Input:
    ``directory``, and what ``run`` said in PULUMI_COMMAND_STDOUT. Output: ``removed``."""
    final = Path(document["directory"])
    if not (final / ISO).is_file() or _built(final) != json.loads(os.environ["PULUMI_COMMAND_STDOUT"]):
        return {"removed": False}
    shutil.rmtree(final)
    directory.leave(final.parent)
    return {"removed": True}


def _built(final: Path) -> dict[str, Any]:
    iso = final / ISO
    return {"directory": str(final), "iso": str(iso), "sha256": _sha256(iso), "created": int(iso.stat().st_mtime)}


def _build(document: dict[str, Any], work: Path, final: Path) -> None:
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(mode=0o700)
    for name, text in document["files"].items():
        path = work / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
    started = time.time()
    command = [document["installer"], "agent", "create", "image", "--dir", str(work), "--log-level", "info"]
    code, _ = tool.run(command, document["secrets"])
    if code != 0:
        raise StepError(f"openshift-install agent create image failed with exit code {code}; its log is above.", code)
    iso = work / ISO
    if not iso.is_file():
        raise StepError(f"openshift-install ended well but wrote no {ISO}; its log is above.")
    # The certificates inside are as old as the start of the run, not as the last write.
    os.utime(iso, (started, started))
    _reach_the_api_by_its_address(work / "auth" / "kubeconfig", document["api"], document["api_name"])
    (work / NODES).write_text(json.dumps(document["nodes"]), encoding="utf-8")
    shutil.rmtree(final, ignore_errors=True)
    work.rename(final)


def _reach_the_api_by_its_address(kubeconfig: Path, address: str, name: str) -> None:
    """Clients need no DNS: the server is the VIP, and TLS still verifies the name it was issued for."""
    text = kubeconfig.read_text(encoding="utf-8")
    by_name = f"server: https://{name}:6443"
    if by_name not in text:
        raise StepError(f"{kubeconfig.name} doesn't hold '{by_name}'; is openshift-install of another kind?")
    line = next(line for line in text.splitlines() if by_name in line)
    indent = line[: len(line) - len(line.lstrip(" -"))].replace("-", " ")
    by_address = line.replace(f"https://{name}:6443", f"https://{address}:6443")
    replaced = text.replace(line, f"{by_address}\n{indent}tls-server-name: {name}")
    kubeconfig.write_text(replaced, encoding="utf-8")


@contextlib.contextmanager
def _lock(path: Path) -> Iterator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        for block in iter(lambda: handle.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()
