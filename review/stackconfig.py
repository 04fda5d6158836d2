"""The configuration that a throwaway preview runs with: head's own, with the embedded host in the real one's place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from settings import stackfile
from settings.explain import NAMESPACE

LOCAL = "qemu:///system"
_ALSO_LOCAL = "qemu+unix:///system"
"""Another way to write it: hosts.uri is of class fixed, and a change of it must stay one."""

_PROGRAMS = {"installer": "openshift-install", "client": "oc"}
"""Settings of class free that name a program, and what the embedded host has in its place."""


def file(project: Path, stack: str) -> Path:
    """The stack's file in a project directory."""
    return project / f"Pulumi.{stack}.yaml"


def project(directory: Path, checkout: Path, stack: str) -> None:
    """Make `directory` a project of the same name with a copy of the stack's file, and without a program."""
    directory.mkdir()
    head = stackfile.read(checkout / "Pulumi.yaml")
    (directory / "Pulumi.yaml").write_text(yaml.safe_dump({"name": head["name"], "runtime": "python"}))
    document = stackfile.read(file(checkout, stack))
    config = document.setdefault("config", {})
    openshift = config.get(f"{NAMESPACE}:openshift")
    for setting, program in _PROGRAMS.items():
        if isinstance(openshift, dict) and setting in openshift:
            openshift[setting] = program
    _write(directory, stack, document)


def local_uri(directory: Path, stack: str, recorded: str | None) -> dict[str, str]:
    """Point the copy of the stack's file at the embedded host; returns what has to be replaced in the recorded state.

    `recorded`: how the lab's host is reached, None before there is one.
    """
    document = stackfile.read(file(directory, stack))
    hosts = (document.get("config") or {}).get(f"{NAMESPACE}:hosts")
    described = next(iter(hosts.values()), None) if isinstance(hosts, dict) else None
    wanted = described.get("uri") if isinstance(described, dict) else None
    if not isinstance(described, dict) or not isinstance(wanted, str):
        return {}  # the program itself says what is wrong
    if recorded is None or wanted == recorded:
        described["uri"] = LOCAL
    else:
        described["uri"] = _ALSO_LOCAL if recorded == LOCAL else LOCAL
    _write(directory, stack, document)
    return {recorded: LOCAL} if recorded is not None and wanted == recorded else {}


def _write(directory: Path, stack: str, document: dict[str, Any]) -> None:
    target = file(directory, stack)
    target.touch(mode=0o600)
    target.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
