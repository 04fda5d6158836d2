"""Step ``credentials``: reads what the installer made for the administrator. Its stdout is secret."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from installer.errors import StepError


def run(document: dict[str, Any]) -> dict[str, Any]:
    """Input: ``directory``. Output: ``kubeconfig`` (text), ``password`` (of kubeadmin)."""
    directory = Path(document["directory"])
    return {"kubeconfig": _read(directory / "auth" / "kubeconfig"), "password": password(directory)}


def password(directory: Path) -> str:
    """The kubeadmin password in the installer directory."""
    return _read(directory / "auth" / "kubeadmin-password").strip()


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise StepError(
            f"{path} is missing: the installer directory belongs to another checkout or was removed. Run this where "
            "the cluster was installed, or raise generation to install it anew."
        ) from None
