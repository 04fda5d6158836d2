"""The environment inside the host: what the program, the engine and the stand-ins may rely on there."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from rehearsal.host import CHECKOUT, Host
from rehearsal.namespace import SYSTEM_PATH

# What points out of the host: proxies (the cluster's own address would be asked of them), services under the machine's
# /run, another libvirt, and whatever would make a Python or a Pulumi inside differ from the next one.
_LEAKS = (
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "FTP_PROXY", "NO_PROXY"),
    *("XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "DBUS_SYSTEM_BUS_ADDRESS", "SSH_AUTH_SOCK", "NOTIFY_SOCKET"),
    *("LIBVIRT_DEFAULT_URI", "VIRSH_DEFAULT_CONNECT_URI", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"),
    *("PULUMI_STACK", "PULUMI_ACCESS_TOKEN", "PULUMI_CONFIG_PASSPHRASE_FILE", "PULUMI_PYTHON_CMD"),
    *("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES"),
)


def interpreter() -> str:
    """The Python of the checkout's virtual environment, or the running one before that is made."""
    venv = CHECKOUT / ".venv" / "bin" / "python"
    return str(venv) if venv.exists() else sys.executable


def runnable(module: str) -> bool:
    """Whether `python -m module` finds something to run."""
    try:
        spec = importlib.util.find_spec(module)
        if spec is not None and spec.submodule_search_locations is not None:
            spec = importlib.util.find_spec(f"{module}.__main__")
    except ModuleNotFoundError:
        return False
    return spec is not None


def _recorded_engine(host: Host) -> Path | None:
    """The engine that the host was last started with."""
    link = host.directory / "engine"
    return link.readlink() if link.is_symlink() else None


def _engine() -> Path | None:
    """The engine as RHOSO_ENGINE or engine/ has it; None before it is set up."""
    if given := os.environ.get("RHOSO_ENGINE"):
        return Path(given)
    try:
        root = Path(str(importlib.import_module("engine").paths().root))
    except ImportError:
        return None
    return root if root.is_dir() else None


def outside_path(host: Host) -> str:
    """The caller's PATH without the host's own launchers: where a real command would be found."""
    entries = os.environ.get("PATH", "").split(os.pathsep)
    return os.pathsep.join(entry for entry in entries if entry and Path(entry) != host.bin)


def _path(host: Host, engine: Path | None, callers: str) -> str:
    ours = [CHECKOUT / ".venv" / "bin", host.bin, *([engine / "bin"] if engine else [])]
    entries = [*map(str, ours), *callers.split(os.pathsep), *SYSTEM_PATH]
    return os.pathsep.join(dict.fromkeys(entry for entry in entries if entry))


def inside(host: Host, callers: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment as it is inside `host`.

    HOME and XDG_CACHE_HOME stay the caller's. Pulumi gets a home under the rehearsal's directory, for it notes the
    selected stack and its log-ins there; its plugins are the engine's.
    """
    leaks = {name.lower() for name in _LEAKS}
    kept = {name: value for name, value in callers.items() if name.lower() not in leaks}
    engine = _recorded_engine(host) or _engine()
    return {
        **kept,
        **({"RHOSO_ENGINE": str(engine)} if engine else {}),
        "REHEARSAL_DIR": str(host.directory),
        "REHEARSAL_NAME": host.name,
        "PATH": _path(host, engine, kept.get("PATH", "")),
        "TMPDIR": str(host.directory / "tmp"),
        "KUBECONFIG": str(host.directory / "kubeconfig"),
        "PULUMI_HOME": str(host.directory / "pulumi"),
        "PULUMI_BACKEND_URL": f"file://{host.directory / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "rehearsal",
        "PULUMI_PARALLEL": "64",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def prepare(host: Host) -> None:
    """Make the directories that the environment names; note the engine, and make its plugins the own home's plugins."""
    for name in ("tmp", "state", "pulumi"):
        (host.directory / name).mkdir(exist_ok=True)
    links = {host.directory / "engine": "", host.directory / "pulumi" / "plugins": "home/plugins"}
    if engine := _engine():
        for link, target in links.items():
            link.unlink(missing_ok=True)
            link.symlink_to(engine / target)
