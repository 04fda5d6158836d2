"""Running the stand-in in a directory with valid inputs: what the tests of its commands share."""

from __future__ import annotations

from pathlib import Path

import yaml

from rehearsal.openshift_install.__main__ import main
from tests.standin import documents
from tests.standin.spoil import spoil


def fill(directory: Path, **changes: object) -> Path:
    """Write both documents; `changes` are agent-config paths with `__` for a dot."""
    directory.mkdir(exist_ok=True)
    agent = documents.agent_config()
    for path, value in changes.items():
        spoil(agent, path.replace("__", "."), value)
    (directory / "install-config.yaml").write_text(yaml.safe_dump(documents.install_config()))
    (directory / "agent-config.yaml").write_text(yaml.safe_dump(agent))
    return directory


def run(directory: Path, *words: str) -> int:
    """Run one command on `directory` and return its exit code."""
    return main([*words, "--dir", str(directory)])


def payload(directory: Path) -> Path:
    """The one registered payload."""
    (found,) = (directory.parent / "rehearsal" / "clusters").iterdir()
    return found
