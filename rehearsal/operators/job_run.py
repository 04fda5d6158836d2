"""Runs the script of a Job's container in a directory of its own, with the stand-in of ``openstack`` on its PATH.

There is no container around it: what the Job mounts lies below ``root`` in that directory, and every path of a mount in
the Job's command and environment is written anew. Nothing of this process' own environment reaches the script.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rehearsal.cluster.kube import Kube, KubeError

from .data_plane import values
from .job_volumes import mount
from .world import Object, World

CHECKOUT = Path(__file__).parents[2]
_MESSAGE = "/dev/termination-log"
_ETC = "/etc/openstack"
_PATH = "/usr/local/bin:/usr/bin:/bin"
_POLL_SECONDS = 0.2
_LOOK_SECONDS = 3.0  # between two looks whether the Job still is
_TAIL = 2048  # bytes of the log that stand in for a message, as the kubelet has it


@dataclass(frozen=True)
class Ended:
    """``message`` is the container's last word; ``reason`` the Job's, when it failed."""

    code: int
    message: str
    reason: str = ""


def run(obj: Object, world: World, directory: Path) -> Ended:
    """Run it to its end, once; its log stays in ``directory``/jobs. Ends it past its deadline or when it is deleted."""
    metadata, spec = obj["metadata"], obj["spec"]["template"]["spec"]
    home = directory / "jobs" / f"{metadata['namespace']}-{metadata['name']}"
    shutil.rmtree(home, ignore_errors=True)
    (home / "root").mkdir(parents=True)
    paths = mount(spec, metadata["namespace"], world, home / "root")
    inside = _Inside(home / "root", (*paths, _MESSAGE, _ETC))
    container = spec["containers"][0]
    environment = {
        "PATH": f"{_launcher(home)}:{Path(sys.executable).parent}:{_PATH}",
        **{entry["name"]: inside.path(str(entry.get("value", ""))) for entry in container.get("env") or ()},
        "REHEARSAL_CLOUD": str(directory),
        "REHEARSAL_CLOUD_CONFIGURATION": inside.path(_ETC),
    }
    message = Path(inside.path(_MESSAGE))
    message.parent.mkdir(parents=True, exist_ok=True)
    message.touch()
    words = [inside.path(word) for word in (*container["command"], *(container.get("args") or ()))]
    work = Path(inside.path(container.get("workingDir", "/")))
    work.mkdir(parents=True, exist_ok=True)
    log = home / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            # The script dies with this process, however that ends.
            [shutil.which("setpriv") or "setpriv", "--pdeathsig", "KILL", "--", *words],
            cwd=work,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            reason = _watched(process, obj, world)
        finally:
            _kill(process)
    code = process.returncode if process.returncode >= 0 else 128 - process.returncode
    said = message.read_text(errors="replace").strip()
    if not said and code and container.get("terminationMessagePolicy") == "FallbackToLogsOnError":
        said = log.read_text(errors="replace")[-_TAIL:].strip()
    return Ended(code or (1 if reason else 0), said, reason or ("BackoffLimitExceeded" if code else ""))


def number(text: str, option: str) -> int:
    """What an INI text gives for an option; 0 where it does not."""
    found = re.search(rf"^\s*{re.escape(option)}\s*=\s*(\d+)\s*$", text, re.MULTILINE)
    return int(found[1]) if found else 0


def plain(secret: Object | None) -> dict[str, str]:
    """The values of a Secret; none of one that is not there."""
    return values(secret) if secret is not None else {}


@dataclass(frozen=True)
class _Inside:
    """Where the paths of the container are on this machine."""

    root: Path
    mounts: tuple[str, ...]

    def path(self, text: str) -> str:
        """The text, with the root before it if it is a path of one of the mounts."""
        inside = any(text == mount or text.startswith(f"{mount}/") for mount in self.mounts)
        return f"{self.root}{text}" if inside else text


def _launcher(home: Path) -> Path:
    """A directory with the command."""
    programs = home / "bin"
    programs.mkdir()
    command = programs / "openstack"
    start = f"PYTHONPATH={shlex.quote(str(CHECKOUT))} PYTHONDONTWRITEBYTECODE=1"
    command.write_text(f'#!/bin/sh\n{start} exec {shlex.quote(sys.executable)} -m {__package__}.openstack_cli "$@"\n')
    command.chmod(0o755)
    return programs


def _watched(process: subprocess.Popen[bytes], obj: Object, world: World) -> str:
    """Wait for the end; the Job's reason when it was not the script's own."""
    spec: Mapping[str, Any] = obj["spec"]
    limit = spec.get("activeDeadlineSeconds")
    grace = float(spec["template"]["spec"].get("terminationGracePeriodSeconds", 30))
    began = looked = time.monotonic()
    kube = world.kube() if world.directory is not None and (world.directory / "install.json").exists() else None
    reason, until = "", None
    while process.poll() is None:
        now = time.monotonic()
        if until is not None and now > until:
            return reason
        if until is None and limit is not None and now > began + float(limit):
            reason = "DeadlineExceeded"
        elif until is None and kube is not None and now > looked + _LOOK_SECONDS:
            looked = now
            reason = "" if _is_there(kube, obj) else "BackoffLimitExceeded"
        if reason and until is None:
            # The kubelet tells the container's first process and nobody else.
            process.send_signal(signal.SIGTERM)
            until = now + grace
        time.sleep(_POLL_SECONDS)
    return reason


def _is_there(kube: Kube, obj: Object) -> bool:
    metadata = obj["metadata"]
    try:
        found = kube.request("GET", f"/apis/batch/v1/namespaces/{metadata['namespace']}/jobs/{metadata['name']}")
    except KubeError as error:
        return error.status != 404
    except OSError:
        return True
    told = found["metadata"]
    return told["uid"] == metadata["uid"] and not told.get("deletionTimestamp")


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End whatever is left of the script's session."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
