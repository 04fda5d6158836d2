"""What a stack's state knows, and what it says was under way when the last run ended.

The engine writes an operation into the state before it begins one, so what a killed run was making is listed there
(`pending_operations`: "creating", "updating", "deleting", "reading"; Pulumi 3.250, sdk/go/common/apitype/core.go).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

POOL, NETWORK = "libvirt:index/pool:Pool", "libvirt:index/network:Network"
DOMAIN = "libvirt:index/domain:Domain"

_LIBVIRT = "pulumi:providers:libvirt"


@dataclass(frozen=True)
class Operation:
    """One operation that did not end: ``kind`` as the engine says it, ``name`` what libvirt calls the thing."""

    kind: str
    type: str
    urn: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.urn.rpartition('::')[2]}"


class State:
    """``document`` is what `pulumi stack export` prints; secrets in it are encrypted."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        deployment = document.get("deployment") or {}
        self._resources: list[dict[str, Any]] = deployment.get("resources") or []
        self.operations = [_operation(entry) for entry in deployment.get("pending_operations") or []]
        self.ids = frozenset(str(resource.get("id")) for resource in self._resources if resource.get("id"))
        self._text = json.dumps(self._resources, ensure_ascii=False)

    @property
    def uri(self) -> str | None:
        """The libvirt that this stack's things are on; None while it has not come to any."""
        found = [resource["inputs"]["uri"] for resource in self._resources if resource["type"] == _LIBVIRT]
        return str(found[-1]) if found else None

    def begun(self, type_: str) -> frozenset[str]:
        """Names of the things of this type that a dead run was making."""
        return frozenset(one.name for one in self.operations if one.kind == "creating" and one.type == type_)

    def doubtful(self) -> list[str]:
        """URNs of libvirt's things that may or may not be as the state says: what was being deleted or changed."""
        changed = [one for one in self.operations if one.kind in ("deleting", "updating")]
        return [one.urn for one in changed if one.type.startswith("libvirt:")]

    def mentions(self, text: str) -> bool:
        """Whether any resource has this text somewhere, such as a path in a step's output."""
        return json.dumps(text, ensure_ascii=False)[1:-1] in self._text


def _operation(entry: Mapping[str, Any]) -> Operation:
    resource = entry["resource"]
    name = str((resource.get("inputs") or {}).get("name", ""))
    return Operation(str(entry["type"]), str(resource["type"]), str(resource["urn"]), name)
