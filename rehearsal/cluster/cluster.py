"""The life of one installation: waiting for its machines, starting, running, at rest while its masters are off.

Its state is told in ``clusters/<id>/status.json``: {id, phase, server, answered: [hostname], missing: [{hostname, role,
mac, ip, reason}], message, changed (epoch seconds)}. ``phase`` is waiting, starting, running, resting or failed.
"""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from . import hosts
from .address import NoInterfaceError
from .contents import ContentError, complete, fill, load_crds
from .controlplane import ControlPlane, StartError
from .install import Host, Install, write_json
from .joining import Joining
from .kube import Kube, KubeError
from .process import MissingBinaryError
from .returning import Returning, beat, was_complete

SILENT_POLLS = 3  # in a row without any master before a running cluster's API is away
BEAT_SECONDS = 10.0  # between two renewals of a kubelet's Lease, as Kubernetes has it
ATTEMPTS = 3  # starts before giving up; an attempt may lose its port to another program
WAITING_TIMEOUT = 3.0  # seconds for one machine's answer; short, for the last machine to come decides
GONE_TIMEOUT = 5.0  # seconds; long, for an emulated guest on a busy machine is slow but not gone
LOGGED = 4  # missing machines named in one log line; status.json has all

EXPECTED = (StartError, NoInterfaceError, MissingBinaryError, ContentError, KubeError, OSError)
"""Why a control plane does not come up."""

Log = Callable[[str], None]


class Cluster:
    """One ``clusters/<id>``; driven by the daemon's rounds."""

    def __init__(self, install: Install, engine: Path | None, log: Log) -> None:
        self.install = install
        self.phase = "resting" if was_complete(install) else "waiting"
        self._engine = engine
        self._log = log
        self._plane: ControlPlane | None = None
        self._kube: Kube | None = None
        self._joining: Joining | None = None
        self._returning: Returning | None = None
        self._beat = 0.0
        self._hindrance = ""
        self._silent = 0
        self._attempts = 0
        self._told: dict[str, Any] = {}
        self._missing = _entries(dict.fromkeys(install.hosts, "not asked yet"))
        self._tell(f"found, expects {len(install.hosts)} machines")

    def all_answer(self) -> bool:
        """Ask every machine; True when each is exactly what was installed."""
        complaints = hosts.complaints(self.install.hosts, self.install.id, WAITING_TIMEOUT)
        self._missing = _entries({host: complaint for host, complaint in complaints.items() if complaint})
        if self._missing:
            self._tell("")
        return not self._missing

    def is_silent(self) -> bool:
        """Ask the masters; True once none of them has answered for SILENT_POLLS rounds."""
        complaints = hosts.complaints(self.install.masters, self.install.id, GONE_TIMEOUT)
        self._silent = self._silent + 1 if all(complaints.values()) else 0
        return self._silent >= SILENT_POLLS

    def start(self, stopping: Callable[[], bool]) -> None:
        """Start and fill the control plane; on failure the phase is waiting again, or failed for good."""
        self.phase = "starting"
        self._attempts += 1
        self._tell(f"all {len(self.install.hosts)} machines answer, starting the control plane")
        began = time.monotonic()
        self._plane = ControlPlane(self.install)
        try:
            kube = self._plane.start(stopping)
            served = time.monotonic() - began
            fill(kube, self.install, self._crds())
            self._plane.start_controllers()
            complete(kube)
            self._plane.start_operators()
            self._follow_with(kube)
        except EXPECTED as error:
            self._retreat(str(error))
            return
        except Exception as defect:  # one installation's bad luck must not end the others' control planes
            self._retreat(f"a defect of this stand-in: {type(defect).__name__}: {defect}")
            return
        self.phase = "running"
        self._tell(
            f"{self.install.server} serves with {len(self.install.hosts)} nodes "
            f"(API {served:.1f} s, complete {time.monotonic() - began:.1f} s)"
        )

    def has_quorum(self) -> bool:
        """Ask the masters; True when enough of them are back for etcd, which is more than half."""
        complaints = hosts.complaints(self.install.masters, self.install.id, WAITING_TIMEOUT)
        return 2 * sum(not complaint for complaint in complaints.values()) > len(complaints)

    def rest(self) -> None:
        """The masters are off: so is the API, and what it knew is on their disks."""
        self.stop()
        self._silent = 0
        self.phase = "resting"
        self._tell("none of its masters answers any more: its API is away until they are back")

    def resume(self, stopping: Callable[[], bool]) -> None:
        """Serve again what was there before, with nodes of which nothing is heard yet; on failure it is tried again."""
        self._plane = ControlPlane(self.install)
        try:
            kube = self._plane.start(stopping)
            self._follow_with(kube)
            if self._returning is not None and self._joining is not None:
                self._returning.expect(kube, self._joining.hosts)
            self._plane.start_controllers()
            self._plane.start_operators()
        except (*EXPECTED, ValueError, KeyError) as error:
            self.stop()
            self._tell(f"its masters are back, and it can't serve yet: {error}")
            return
        self.phase = "running"
        away = len(self._returning.away) if self._returning is not None else 0
        self._tell(f"{self.install.server} serves again; {away} nodes are not back yet")

    def _follow_with(self, kube: Kube) -> None:
        self._kube = kube
        self._joining, self._returning = Joining(self.install, self._say), Returning(self.install, self._say)

    def _retreat(self, why: str) -> None:
        self.stop()
        self.phase = "failed" if self._attempts >= ATTEMPTS else "waiting"
        self._tell(f"start {self._attempts} of {ATTEMPTS} failed: {why}")

    def revive(self) -> None:
        """Start again whatever part of the control plane ended by itself."""
        if self._plane is None:
            return
        try:
            lines = self._plane.revive()
        except (OSError, MissingBinaryError) as error:
            lines = [f"could not start again what ended: {error}"]
        for line in lines:
            self._say(line)

    def follow(self) -> None:
        """Let machines join and come back, and take note of those whose Nodes were deleted."""
        if self._kube is None or self._joining is None or self._returning is None:
            return
        hindrance = ""
        try:
            self._joining.look(self._kube)
            away = len(self._returning.away)
            self._returning.look(self._kube, self._joining.hosts)
            if len(self._returning.away) < away:
                self._beat = 0.0  # a kubelet's first word is its Lease
            there = [host for host in self._joining.hosts if host.hostname not in self._returning.away]
            self._returning.note(there)
            if time.monotonic() >= self._beat + BEAT_SECONDS:
                self._beat = time.monotonic()
                beat(self._kube, self.install, there)
        except (OSError, KubeError, ValueError, KeyError) as error:
            hindrance = f"cannot look after joining machines: {error}"
        if hindrance not in ("", self._hindrance):
            self._say(hindrance)
        self._hindrance = hindrance
        if self._joining.hosts != self.install.hosts:
            self.install = replace(self.install, hosts=self._joining.hosts)
            self._tell(f"{self.install.server} serves with {len(self.install.hosts)} nodes")

    def stop(self) -> None:
        """End the control plane; its data stays for another start."""
        self._kube = self._joining = self._returning = None
        if self._plane is not None:
            self._plane.stop()
            self._plane = None

    def remove(self, why: str) -> None:
        """End the control plane and delete everything of this installation."""
        self.stop()
        shutil.rmtree(self.install.directory, ignore_errors=True)
        self._say(f"removed, {why}")

    def _crds(self) -> list[dict[str, Any]]:
        directory = self._engine / "crds" if self._engine is not None else None
        found = load_crds(directory) if directory is not None and directory.is_dir() else []
        if not found:
            self._log(f"{self.install.id}: no custom resource definitions in {directory or '$RHOSO_ENGINE (not set)'}")
        return found

    def _tell(self, message: str) -> None:
        """Write status.json and one log line if anything changed."""
        missing = sorted(self._missing.values(), key=lambda entry: entry["hostname"])
        status = {
            "id": self.install.id,
            "phase": self.phase,
            "server": self.install.server,
            "answered": sorted({host.hostname for host in self.install.hosts} - set(self._missing)),
            "missing": missing,
            "message": message or self._told.get("message", ""),
        }
        if status == self._told:
            return
        self._told = status
        with contextlib.suppress(FileNotFoundError):  # the directory may be deleted at any time
            write_json(self.install.file("status.json"), {**status, "changed": int(time.time())})
        if not message:
            message = f"{self.phase}, {len(status['answered'])}/{len(self.install.hosts)} machines answer"
            if missing:
                named = [f"{entry['hostname']} ({entry['reason']})" for entry in missing[:LOGGED]]
                more = f" and {len(missing) - LOGGED} more" if len(missing) > LOGGED else ""
                message += f"; missing {', '.join(named)}{more}"
        self._say(message)

    def _say(self, line: str) -> None:
        self._log(f"{self.install.id}: {line}")


def _entries(reasons: Mapping[Host, str]) -> dict[str, dict[str, str]]:
    """The ``missing`` entries of status.json by hostname."""
    return {host.hostname: {**asdict(host), "reason": reason} for host, reason in reasons.items()}
