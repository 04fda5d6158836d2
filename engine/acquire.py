"""Gets each part by the first way that is open: what is there, the official download, the Go build."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from . import cache, download, gobuild, parts
from .cache import Layout
from .errors import RouteClosedError
from .parts import Part, Plugin
from .progress import say

Fill = Callable[[Path], None]
"""Puts a part's files into an empty directory, or raises RouteClosedError; the last way may raise EngineError."""


def everything(layout: Layout) -> None:
    """Get every part that the engine directory still lacks, the quick ones first."""
    logs = layout.root / "log"

    def builder(part: Part) -> tuple[str, Fill]:
        return "Go build", lambda staging: gobuild.build(part, staging, logs)

    acquire(
        layout,
        parts.PULUMI,
        [
            ("PATH", lambda staging: link_from_path(parts.PULUMI, staging)),
            ("download", lambda staging: download.pulumi(parts.PULUMI, staging)),
            builder(parts.PULUMI),
        ],
    )
    for plugin in parts.PLUGINS:
        acquire(layout, plugin, [*_plugin_routes(plugin, layout.bin / "pulumi"), builder(plugin)])
    control_plane = parts.CONTROL_PLANE
    routes = [("download", lambda staging: download.control_plane(control_plane, staging)), builder(control_plane)]
    acquire(layout, control_plane, routes)


def _plugin_routes(plugin: Plugin, cli: Path) -> list[tuple[str, Fill]]:
    return [
        ("installed plugins", lambda staging: copy_installed(plugin, staging)),
        ("download", lambda staging: download.plugin(plugin, staging, cli)),
    ]


def acquire(layout: Layout, part: Part, routes: Sequence[tuple[str, Fill]]) -> None:
    """Get one part by the first open route, unless it is finished; says which, and why not the ones before."""
    wanted = cache.key(part)
    if cache.is_finished(layout, part.name, wanted, part.files):
        return
    if other := cache.elsewhere(layout, part.name, wanted, part.files):
        routes = [("earlier set-up", lambda staging: _link(other.root, part, staging)), *routes]
    closed = []
    for name, fill in routes:

        def fill_and_name(staging: Path, fill: Fill = fill) -> tuple[str, ...]:
            fill(staging)
            if lacking := [file for file in part.files if not os.access(staging / file, os.X_OK)]:
                raise RouteClosedError(f"it brings no {', '.join(lacking)}")
            return part.files

        try:
            cache.publish(layout, part.name, wanted, name, fill_and_name)
        except RouteClosedError as error:
            closed.append(f"{name}: {error}")
            if name == routes[-1][0]:
                raise
        else:
            because = f" ({'; '.join(closed)})" if closed else ""
            say(f"  {part.title}: {name}{because}")
            return


def link_from_path(part: Part, staging: Path) -> None:
    """Use a `pulumi` of the pinned version that is on PATH with its language host beside it."""
    # Our own directories may be on PATH in a rehearsal's shell; an older one of them is not "already there".
    search = [item for item in os.environ.get("PATH", os.defpath).split(os.pathsep) if not _is_ours(Path(item))]
    found = shutil.which("pulumi", path=os.pathsep.join(search))
    if found is None:
        raise RouteClosedError("no pulumi")
    directory = Path(found).resolve().parent
    version = subprocess.run([found, "version"], capture_output=True, text=True, check=False).stdout.strip()
    if version != f"v{part.version}":
        raise RouteClosedError(f"{found} is {version or 'unable to say its version'}")
    (staging / "bin").mkdir(parents=True)
    for place in part.files:
        beside = directory / Path(place).name
        if not os.access(beside, os.X_OK):
            raise RouteClosedError(f"{found} has no {beside.name} beside it")
        (staging / place).symlink_to(beside)


def _is_ours(directory: Path) -> bool:
    return cache.base() in directory.parents


def copy_installed(plugin: Plugin, staging: Path) -> None:
    """Use a plugin that the user's own Pulumi has installed in that version."""
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    source = home / "plugins" / Path(plugin.directory).name
    if _is_ours(source) or not source.is_dir() or source.with_name(source.name + ".partial").exists():
        raise RouteClosedError("not there")
    # Copied, as the engine overlooks a plugin directory that is a link.
    shutil.copytree(source, staging / plugin.directory)


def _link(root: Path, part: Part, staging: Path) -> None:
    """Take the same part from another engine directory, as hard links where the file system has them."""
    for place in part.files:
        target = staging / place
        target.parent.mkdir(parents=True, exist_ok=True)
        source = root / place
        try:
            os.link(source.resolve(), target)
        except OSError:
            shutil.copy2(source, target)
