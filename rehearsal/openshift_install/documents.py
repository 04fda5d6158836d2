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


class StrictLoader(yaml.SafeLoader):
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
    """The inputs as found; `digest` identifies their bytes, `paths` are what a successful run consumes. `manifests`
    are the objects of the extra manifests by a file name of their own."""

    install_config: object
    agent_config: object
    manifests: dict[str, dict[str, Any]]
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
    manifests = {name: item for path in extra for name, item in _objects(path)}
    return Inputs(
        _load(install, "failed to create install config: ", EXIT_INSTALL_CONFIG),
        _load(agent, "", 1),
        manifests,
        digest.hexdigest(),
        (install, agent, *extra),
    )


def _load(path: Path, wrap: str, code: int) -> object:
    try:
        return yaml.load(path.read_text(), Loader=StrictLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InstallerError(f"{wrap}failed to unmarshal {path.name}: {error}", code) from error


def _objects(path: Path) -> list[tuple[str, dict[str, Any]]]:
    """The objects in one extra manifest.

    The real installer looks at none. What no cluster could take would come to light only when the bootstrap applies it,
    so it is refused here at once.
    """
    where = f"extra manifest openshift/{path.name}"
    try:
        found = [item for item in yaml.load_all(path.read_text(), Loader=StrictLoader) if item is not None]
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InstallerError(f"failed to load {where}: {error}") from error
    for item in found:
        if not isinstance(item, dict) or not all(_is_text(item.get(key)) for key in ("apiVersion", "kind")):
            raise InstallerError(f"{where}: apiVersion and kind are required")
        metadata = item.get("metadata")
        if not isinstance(metadata, dict) or not _is_text(metadata.get("name")):
            raise InstallerError(f"{where}: metadata.name is required")
    names = [path.name] if len(found) == 1 else [f"{path.name}-{number}" for number in range(len(found))]
    return list(zip(names, found, strict=True))


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)
