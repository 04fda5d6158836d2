"""Reads the two documents and the extra manifests from the installation directory.

YAML is read as the real tool's strict decoder reads it: a key given twice is an error.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from rehearsal.openshift_install.errors import EXIT_INSTALL_CONFIG, InstallerError

INSTALL_CONFIG = "install-config.yaml"
AGENT_CONFIG = "agent-config.yaml"


class _StrictLoader(yaml.SafeLoader):
    """SafeLoader that refuses a key given twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f'key "{key.value}" already set in map', problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


@dataclass(frozen=True)
class Inputs:
    """The inputs as found; `digest` identifies their bytes, `paths` are what a successful run consumes."""

    install_config: object
    agent_config: object
    manifests: dict[str, bytes]
    digest: str
    paths: tuple[Path, ...]


def read(directory: Path) -> Inputs | None:
    """Return the inputs in `directory`, or None when there are none. Raises InstallerError when one is unreadable."""
    install, agent = directory / INSTALL_CONFIG, directory / AGENT_CONFIG
    extra = sorted(path for path in (directory / "openshift").glob("*") if path.suffix in (".yaml", ".yml"))
    if not install.exists() and not agent.exists():
        return None
    for path, name in ((install, "Install Config"), (agent, "Agent Config")):
        if not path.exists():
            raise InstallerError(
                f'failed to fetch Agent Installer ISO: failed to load asset "{name}": {path.name} file not found'
            )
    digest = hashlib.sha256()
    for path in (install, agent, *extra):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    manifests = {}
    for path in extra:
        _manifest(path)
        manifests[path.name] = path.read_bytes()
    return Inputs(
        _load(install, "failed to create install config: ", EXIT_INSTALL_CONFIG),
        _load(agent, "", 1),
        manifests,
        digest.hexdigest(),
        (install, agent, *extra),
    )


def _load(path: Path, wrap: str, code: int) -> object:
    try:
        return yaml.load(path.read_text(), Loader=_StrictLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InstallerError(f"{wrap}failed to unmarshal {path.name}: {error}", code) from error


def _manifest(path: Path) -> None:
    """Extra manifests are not validated by the installer; only what the cluster could not even read is refused."""
    try:
        documents = [item for item in yaml.safe_load_all(path.read_text()) if item is not None]
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InstallerError(f"failed to load extra manifest openshift/{path.name}: {error}") from error
    for item in documents:
        if not isinstance(item, dict) or not item.get("apiVersion") or not item.get("kind"):
            raise InstallerError(f"extra manifest openshift/{path.name}: apiVersion and kind are required")
