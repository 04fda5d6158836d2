"""What holds credentials is a secret to the engine: encrypted in the state, masked in what is displayed.

Validation is given every value unwrapped, so whether one is a secret is seen only where a remediation is asked first
(`__main__.py`). A value that is not known yet looks plain there although it may be a secret (tried on 3.250), so a
preview judges what is known, and the run the rest, before anything is made of it. No message quotes a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from policy.model import COMMAND, UNKNOWN, Hidden, Resource, Violation, leaves, of_type

ALWAYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "kubernetes:core/v1:Secret": ("stringData", "data"),
        # How the API or the hosts are reached, and with what.
        COMMAND: ("stdin",),
        "libvirt:index/cloudInitDisk:CloudInitDisk": ("userData",),
        "libvirt:index/ignition:Ignition": ("content",),
        "pulumi:providers:kubernetes": ("kubeconfig",),
    }
)
"""Type → properties of which every value must be a secret, whatever it is."""

_NAMES = re.compile(r"passw|secret|token|credential|private|kubeconfig|api_?key", re.IGNORECASE)
_CONTENTS = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a kubeconfig with a key": re.compile(r"client-key-data['\"]?\s*:"),
    "a registry's credentials": re.compile(r"['\"]auths['\"]\s*:"),
    "a URL with a password": re.compile(r"[a-z]://[^/\s:@]+:[^/\s:@]+@"),
}
_REMEDY = "Wrap it: components/outputs.py secret()."


def violations(resource: Resource) -> Iterator[Violation]:
    """Of one resource whose inputs have ``Hidden`` in place of secrets: what lies open and must not."""
    for path, value in leaves(resource.props):
        reason = _reason(resource.type, path, value)
        if reason:
            yield Violation(f"{resource.name}: {path} is in plain text, and {reason}. {_REMEDY}", resource.urn)


def _reason(resource_type: str, path: str, value: Any) -> str | None:
    if isinstance(value, Hidden) or value in (None, "", UNKNOWN):
        return None
    top, _, rest = path.partition(".")
    if top in ALWAYS.get(resource_type, ()):
        return f"{top} of a {resource_type} must be a secret"
    if resource_type == COMMAND and top == "environment" and _NAMES.search(rest):
        return "a variable of this name must be a secret"
    found = _found(value)
    return f"it holds {found}, which must be a secret" if found else None


def of_outputs(resources: Sequence[Resource]) -> Iterator[Violation]:
    """Of commands whose output holds credentials and is not declared secret; known only in a run, or after one."""
    for command in of_type(resources, COMMAND):
        for stream in ("stdout", "stderr"):
            found = _found(command.props.get(stream))
            if found and stream not in command.secret_outputs:
                yield Violation(
                    f"{command.name}: {stream} holds {found} and is not declared secret; what holds credentials must "
                    f"be. Name it in additional_secret_outputs (components/installer_step.py: secret_outputs).",
                    command.urn,
                )


def _found(value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    return next((what for what, pattern in _CONTENTS.items() if pattern.search(value)), None)
