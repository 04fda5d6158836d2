"""A project with a stack that has everything: a state, logs, an installation; and a pulumi that tells its secrets."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from scan.__main__ import main
from tests.lab import raw

KUBEADMIN = "kubeadmin-password-of-the-lab"
PASSPHRASE = "passphrase-of-the-lab"

# Answers as pulumi 3.250 does; the values stand in files beside it.
_PULUMI = """#!/bin/sh
here=$(dirname "$0")
case "$*" in
*" config "*) exec cat "$here/config.json" ;;
*" output "*--show-secrets*) exec cat "$here/plain.json" ;;
*" output "*) exec cat "$here/shown.json" ;;
*" whoami "*) exec cat "$here/whoami.json" ;;
*" export "* | *" export") exec cat "$here/export.json" ;;
*) echo "no such command: $*" >&2; exit 255 ;;
esac
"""


@dataclass(frozen=True)
class Project:
    """``root`` is the working directory; ``kept`` the file backend's."""

    root: Path
    kept: Path
    bin: Path
    temporary: Path

    def answers(self, **documents: Any) -> None:
        """What pulumi says from now on, by the name of its answer."""
        for name, document in documents.items():
            (self.bin / f"{name}.json").write_text(json.dumps(document))

    def scan(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
        """Exit code, and all that was printed."""
        code = main(["--stack", "lab", *arguments])
        said = capsys.readouterr()
        return code, said.out + said.err


def written(path: Path, content: str | bytes, mode: int = 0o644) -> Path:
    """A file with what it holds and its mode."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    path.chmod(mode)
    return path


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Nothing in it holds a secret where it must not be."""
    made = Project(*(tmp_path / name for name in ("project", "state", "bin", "tmp")))
    for path in (made.root, made.bin, made.temporary):
        path.mkdir()
    written(made.bin / "pulumi", _PULUMI, 0o755)
    values = raw()
    config = {
        f"rhoso-lab:{key}": value if isinstance(value, str) else json.dumps(value) for key, value in values.items()
    }
    made.answers(
        config={key: {"value": value, "secret": key == "rhoso-lab:secret"} for key, value in config.items()},
        shown={"kubeadminPassword": "[secret]", "api": "https://api.lab.example.com:6443"},
        plain={"kubeadminPassword": KUBEADMIN, "api": "https://api.lab.example.com:6443"},
        whoami={"url": f"file://{made.kept}"},
        export={"deployment": {}},
    )
    secure = {"secret": {"secure": "v1:x"}, "openshift": {"pullSecret": {"secure": "v1:x"}}}
    document = {"config": {f"rhoso-lab:{key}": secure.get(key, value) for key, value in values.items()}}
    written(made.root / "Pulumi.lab.yaml", yaml.safe_dump(document))
    written(made.kept / ".pulumi" / "stacks" / "rhoso-lab" / "lab.json", '{"ciphertext": "v1:x"}')
    written(made.root / "installation" / "lab" / "0" / "auth" / "kubeadmin-password", KUBEADMIN, 0o600)
    subprocess.run(["git", "init", "-q", str(made.root)], check=True)
    shutil.copy(Path(__file__).parents[2] / ".gitignore", made.root)
    monkeypatch.chdir(made.root)
    monkeypatch.setattr(tempfile, "tempdir", None)
    for name, value in {
        "PATH": f"{made.bin}:/usr/local/bin:/usr/bin:/bin",
        "TMPDIR": str(made.temporary),
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("KUBECONFIG", raising=False)
    return made
