"""The official downloads: what a machine with the open internet uses.

Only the fall-back to the Go build was tried where this was written, as no download server can be reached there. So
each download is one step that is bounded in time, checked before it is used, and never the last way out.
"""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
import threading
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

from .errors import RouteClosedError
from .parts import PULUMI_VERSION, Part, Plugin
from .progress import step

PULUMI_ARCHIVE = f"https://get.pulumi.com/releases/sdk/pulumi-v{PULUMI_VERSION}-linux-x64.tar.gz"
KUBERNETES_RELEASES = "https://dl.k8s.io/release"
_CONNECT_SECONDS = 5
_STALL_SECONDS = 30
_PLUGIN_SECONDS = 300
_CHUNK = 1 << 20


@functools.lru_cache(maxsize=None)
def refusal(url: str) -> str:
    """Why a file can't be had, or "" if the server offers it.

    Asked once a run for each server, so that all its parts fall back together, and within ten seconds at most: each
    of a server's addresses may be tried for five, and there can be many.
    """
    answers = ["not reachable (no answer in time)"]

    def ask() -> None:
        try:
            urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=_CONNECT_SECONDS).close()
        except (OSError, ValueError) as error:
            answers.append(f"not reachable ({getattr(error, 'reason', error)})")
        else:
            answers.append("")

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(2 * _CONNECT_SECONDS)
    return answers[-1]


def _need(url: str) -> None:
    if reason := refusal(url):
        raise RouteClosedError(f"{urlsplit(url).hostname} {reason}")


def fetch(url: str, to: Path) -> None:
    """Download one file. Raises RouteClosedError on any failure, a stalled transfer among them."""
    try:
        with urllib.request.urlopen(url, timeout=_STALL_SECONDS) as answer, to.open("wb") as file:
            shutil.copyfileobj(answer, file, _CHUNK)
    except (OSError, ValueError) as error:
        raise RouteClosedError(f"{url}: {error}") from error


def pulumi(part: Part, staging: Path) -> None:
    """Take the CLI and its Python language host from the official archive."""
    url = PULUMI_ARCHIVE
    _need(url)
    (staging / "bin").mkdir(parents=True)
    with tempfile.TemporaryDirectory(dir=staging) as directory, step(f"downloading pulumi {PULUMI_VERSION}"):
        archive = Path(directory) / "pulumi.tar.gz"
        fetch(url, archive)
        try:
            with tarfile.open(archive) as tar:
                for place in part.files:
                    member = tar.extractfile(f"pulumi/{Path(place).name}")
                    if member is None:
                        raise KeyError(place)
                    with member, (staging / place).open("wb") as file:
                        shutil.copyfileobj(member, file)
                    (staging / place).chmod(0o755)
        except (tarfile.TarError, KeyError, EOFError) as error:
            raise RouteClosedError(f"{url}: not the expected archive ({error})") from error


def plugin(part: Plugin, staging: Path, cli: Path) -> None:
    """Let the pinned CLI install a plugin as it does everywhere else."""
    _need(PULUMI_ARCHIVE)
    environment = {**os.environ, "PULUMI_HOME": str(staging / "home"), "PULUMI_SKIP_UPDATE_CHECK": "true"}
    command = [str(cli), "plugin", "install", "resource", part.name, part.version, "--non-interactive"]
    try:
        with step(f"downloading {part.title}"):
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, timeout=_PLUGIN_SECONDS, check=False
            )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RouteClosedError(f"pulumi plugin install: {error}") from error
    if done.returncode != 0:
        raise RouteClosedError(f"pulumi plugin install: {done.stderr.strip()[-300:]}")


def control_plane(part: Part, staging: Path) -> None:
    """Take the control plane's binaries from the official server, each with its published checksum."""
    binaries = f"{KUBERNETES_RELEASES}/v{part.version}/bin/linux/amd64"
    _need(f"{binaries}/{Path(part.files[0]).name}")
    (staging / "bin").mkdir(parents=True)
    for place in part.files:
        url = f"{binaries}/{Path(place).name}"
        with step(f"downloading {Path(place).name} {part.version}"):
            fetch(url, staging / place)
            fetch(f"{url}.sha256", staging / "checksum")
        expected = (staging / "checksum").read_text().split()[:1]
        if expected != [hashlib.sha256((staging / place).read_bytes()).hexdigest()]:
            raise RouteClosedError(f"{url}: the checksum does not match")
        (staging / place).chmod(0o755)
