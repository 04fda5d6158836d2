"""The rounds of the daemon: find installations, ask machines, start what is complete, remove what is gone."""

from __future__ import annotations

import threading
from pathlib import Path

from .cluster import Cluster, Log
from .downloads import ADDRESS, Downloads
from .install import load
from .machines import DEFINITIONS, any_defined

ROUND_SECONDS = 1.0


class Daemon:
    """Watches ``root`` ($REHEARSAL_DIR/clusters); ``engine`` is $RHOSO_ENGINE or None; ``machines`` are libvirt's
    definitions."""

    def __init__(self, root: Path, engine: Path | None, log: Log, machines: Path = DEFINITIONS) -> None:
        self._root = root
        self._engine = engine
        self._machines = machines
        self._log = log
        self._clusters: dict[str, Cluster] = {}
        self._unreadable: dict[str, str] = {}
        self._stopping = threading.Event()

    def run(self) -> None:
        """Go round until :meth:`stop`; then end every control plane. The data stays."""
        downloads = self._serve_downloads()
        try:
            while not self._stopping.is_set():
                self._round()
                self._stopping.wait(ROUND_SECONDS)
        finally:
            for cluster in self._clusters.values():
                cluster.stop()
            if downloads is not None:
                downloads.stop()

    def stop(self) -> None:
        """Make :meth:`run` return soon; may be called from a signal handler."""
        self._stopping.set()

    def _serve_downloads(self) -> Downloads | None:
        try:
            return Downloads()
        except OSError as error:
            self._log(f"nothing can be downloaded from {ADDRESS[0]}:{ADDRESS[1]}: {error.strerror}")
            return None

    def _round(self) -> None:
        self._discover()
        for cluster in list(self._clusters.values()):
            if self._stopping.is_set():
                return
            if cluster.install.id not in self._clusters:
                continue  # displaced in this very round
            if not cluster.install.directory.is_dir():
                self._forget(cluster, "its directory was deleted")
            elif cluster.phase == "waiting":
                if cluster.all_answer():
                    self._displace(cluster)
                    cluster.start(self._stopping.is_set)
            elif cluster.phase == "resting":
                self._look_after_resting(cluster)
            elif cluster.is_silent():
                if any_defined(cluster.install.masters, self._machines):
                    cluster.rest()
                else:
                    self._forget(cluster, "none of its masters is there any more")
            elif cluster.phase == "running":
                cluster.revive()
                cluster.follow()

    def _look_after_resting(self, cluster: Cluster) -> None:
        if cluster.has_quorum():
            self._displace(cluster)
            cluster.resume(self._stopping.is_set)
        elif not any_defined(cluster.install.masters, self._machines):
            self._forget(cluster, "none of its masters is there any more")

    def _discover(self) -> None:
        for directory in sorted(self._root.glob("*/")) if self._root.is_dir() else ():
            name = directory.name
            if name in self._clusters or not (directory / "install.json").is_file():
                continue
            try:
                install = load(directory)
            except (OSError, ValueError, KeyError, TypeError) as error:
                if self._unreadable.get(name) != str(error):
                    self._unreadable[name] = str(error)
                    self._log(f"{name}: install.json cannot be used: {error}")
                continue
            self._clusters[name] = Cluster(install, self._engine, self._log)

    def _displace(self, newcomer: Cluster) -> None:
        """An address belongs to one installation: the machines that answer now are the newcomer's."""
        for other in list(self._clusters.values()):
            if other is not newcomer and other.install.api_vip == newcomer.install.api_vip:
                self._forget(other, f"displaced by {newcomer.install.id}")

    def _forget(self, cluster: Cluster, why: str) -> None:
        cluster.remove(why)
        del self._clusters[cluster.install.id]
