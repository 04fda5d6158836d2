"""A cluster without guests: a real API server as an installation leaves it, and the operators' process beside it."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from rehearsal.cluster import contents
from rehearsal.cluster.controlplane import ControlPlane
from rehearsal.cluster.install import load
from rehearsal.cluster.kube import Kube, KubeError
from tests.cluster.fake_machines import CHECKOUT, PATIENCE, write_payload

POLL_SECONDS = 0.1
MASTERS, WORKERS = 3, 3
_NUMBERS = itertools.count(1)


class Cluster:
    """One cluster; ``directory`` is its ``clusters/<id>``, ``kube`` an administrator's client of the test's own."""

    def __init__(self, directory: Path, engine: Path, kube: Kube) -> None:
        self.directory = directory
        self.kube = kube
        self._engine = engine
        self._operators: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        """What the operators have said so far."""
        path = self.directory / "operators.log"
        return path.read_text() if path.exists() else ""

    def start_operators(self) -> None:
        """Start ``python -m rehearsal.operators``."""
        variables = {**os.environ, "RHOSO_ENGINE": str(self._engine), "PYTHONPATH": str(CHECKOUT)}
        with (self.directory / "operators.log").open("ab") as log:
            command = [sys.executable, "-m", "rehearsal.operators", str(self.directory)]
            self._operators = subprocess.Popen(command, env=variables, stdout=log, stderr=log)

    def stop_operators(self) -> int:
        """End it; returns its exit code."""
        assert self._operators is not None
        self._operators.terminate()
        try:
            return self._operators.wait(30)
        except subprocess.TimeoutExpired:
            self._operators.kill()
            raise
        finally:
            self._operators = None

    def apply(self, *objects: Mapping[str, Any]) -> None:
        """Apply objects, ``status`` too where one is given. Raises KubeError."""
        for obj in objects:
            whole = {key: value for key, value in obj.items() if key != "status"}
            self.kube.apply(whole)
            if "status" in obj:
                self.kube.apply({**whole, "status": obj["status"]}, "status")

    def get(self, api_version: str, kind: str, name: str, namespace: str | None = None) -> dict[str, Any] | None:
        """An object, None when it (or its kind) is not there."""
        try:
            resource = self.kube.resource_of(api_version, kind)
            found: dict[str, Any] = self.kube.request("GET", resource.path(namespace, name))
        except KubeError as error:
            if error.status == 404:
                return None
            raise
        return found

    def delete(self, api_version: str, kind: str, name: str, namespace: str | None = None) -> None:
        """Delete an object. Raises KubeError."""
        resource = self.kube.resource_of(api_version, kind)
        self.kube.request("DELETE", resource.path(namespace, name))

    def eventually(self, what: str, holds: Callable[[], Any], patience: float = PATIENCE) -> Any:
        """Poll until ``holds`` returns something true, and return that; fails with the operators' log."""
        deadline = time.monotonic() + patience
        while not (found := holds()):
            ended = self._operators is not None and self._operators.poll() is not None
            assert not ended, f"{what}: the operators have ended:\n{self.log[-6000:]}"
            assert time.monotonic() < deadline, f"{what}: not within {patience:.0f} s; operators:\n{self.log[-6000:]}"
            time.sleep(POLL_SECONDS)
        return found

    def condition(self, obj: Mapping[str, Any] | None, kind: str) -> dict[str, Any]:
        """The condition of that type, {} without one."""
        conditions = ((obj or {}).get("status") or {}).get("conditions") or []
        return next((entry for entry in conditions if entry["type"] == kind), {})


@contextmanager
def running(engine: Path, root: Path) -> Iterator[Cluster]:
    """A cluster of 3 masters and 3 workers that nobody answers for; the operators are not started yet."""
    number, place = next(_NUMBERS), os.getpid()
    network = f"127.{number + 100}.{place // 250 % 250}"
    host = place % 200 + 20
    nodes = [(f"master-{i}", "master", f"{network}.{host + i}") for i in range(MASTERS)]
    nodes += [(f"worker-{i}", "worker", f"{network}.{host + MASTERS + i}") for i in range(WORKERS)]
    directory = root / "clusters" / "operators"
    write_payload(directory, "operators", f"{network}.{host + MASTERS + WORKERS}", nodes)
    install = load(directory)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RHOSO_ENGINE", str(engine))
        plane = ControlPlane(install)
        cluster = None
        try:
            kube = plane.start(stopping=lambda: False)
            contents.fill(kube, install, contents.load_crds(engine / "crds"))
            plane.start_controllers()
            contents.complete(kube)
            cluster = Cluster(directory, engine, kube)
            yield cluster
        finally:
            if cluster is not None and cluster._operators is not None:
                cluster.stop_operators()
            plane.stop()
