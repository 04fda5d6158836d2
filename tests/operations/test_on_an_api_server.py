"""The requests of the steps are what a real API server takes: creating, applying, patching, removing."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.cache import paths
from manifests import retire
from operations import attempts, jobs
from operations.cluster import Cluster
from readiness import spec
from readiness.errors import OutOfTimeError, TerminalFailureError
from tests.api.server import Definitions, running

NAMESPACE = "default"
JOBS = spec.path("batch/v1", "jobs", None, NAMESPACE)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Access to a server of this module's own, without controllers: a test says how its Jobs end."""
    given = os.environ.get("RHOSO_ENGINE")
    directory = tmp_path_factory.mktemp("api")
    with running(Path(given) if given else paths().root, directory, Definitions("none", ())) as server:
        ca, cert, key = ((directory / name).read_text() for name in ("ca.crt", "admin.crt", "admin.key"))
        yield spec.api(server._kube.server, ca, cert, key)


@pytest.fixture
def cluster(api: dict[str, Any]) -> Cluster:
    return Cluster(api, 60, io.StringIO(), first_pause=0.05)


def job(name: str) -> dict[str, Any]:
    made: dict[str, Any] = retire.render(NAMESPACE, "registry.example.com/client:1")[1]
    return {**made, "metadata": {**made["metadata"], "name": name}}


def end(cluster: Cluster, name: str, kind: str) -> None:
    """Say that a Job has ended, as the controller would."""
    now = "2030-01-01T00:00:00Z"
    reason = {"reason": "BackoffLimitExceeded", "message": "it is broken", "lastTransitionTime": now}
    said = [{"type": kind, "status": "True", **reason}]
    if kind == "Complete":
        said.append({"type": "SuccessCriteriaMet", "status": "True", **reason})
        times = {"startTime": now, "completionTime": now, "succeeded": 1}
    else:
        said.append({"type": "FailureTarget", "status": "True", **reason})
        times = {"startTime": now}
    cluster.patch(name, f"{JOBS}/{name}/status", {"status": {**times, "conditions": said}})


def test_a_failed_job_gets_a_second_attempt_that_the_first_one_owns(cluster: Cluster) -> None:
    cluster.create(JOBS, job("smoke-test-1"))
    end(cluster, "smoke-test-1", "Failed")
    cluster.restart_clock(0.1)
    with pytest.raises(OutOfTimeError, match="not ready"):
        attempts.finish(cluster, "the test", JOBS, job("smoke-test-1"))
    cluster.restart_clock(60)
    end(cluster, "smoke-test-1-2", "Complete")
    assert attempts.finish(cluster, "the test", JOBS, job("smoke-test-1")) == attempts.Attempt("smoke-test-1-2", 2)
    first, second = (cluster.get(f"{JOBS}/{name}") or {} for name in ("smoke-test-1", "smoke-test-1-2"))
    assert second["metadata"]["ownerReferences"][0]["uid"] == first["metadata"]["uid"]


def test_making_what_is_there_already_changes_nothing(cluster: Cluster) -> None:
    cluster.create(JOBS, job("there"))
    before = cluster.get(f"{JOBS}/there")
    cluster.create(JOBS, job("there"))
    assert cluster.get(f"{JOBS}/there") == before


def test_applying_makes_it_and_changes_it(cluster: Cluster) -> None:
    [scripts, _] = retire.render(NAMESPACE, "client")
    path = spec.path("v1", "configmaps", "retire", NAMESPACE)
    cluster.apply(path, scripts)
    cluster.apply(path, {**scripts, "data": {"retire.sh": "true"}})
    assert (cluster.get(path) or {})["data"] == {"retire.sh": "true"}
    cluster.delete("ConfigMap retire", path)
    cluster.delete("ConfigMap retire", path)
    assert cluster.get(path) is None


def test_a_job_of_an_earlier_run_is_gone_before_the_next_one_runs(cluster: Cluster) -> None:
    cluster.create(JOBS, job("retire-disable"))
    end(cluster, "retire-disable", "Complete")
    cluster.restart_clock(0.1)
    with pytest.raises(OutOfTimeError, match="not ready"):
        jobs.run(cluster, "retiring", job("retire-disable"))
    new = cluster.get(f"{JOBS}/retire-disable") or {}
    assert "conditions" not in new["status"], "the old one's success must not be taken for the new one's"


def test_what_the_server_refuses_is_told_in_its_words(cluster: Cluster) -> None:
    with pytest.raises(TerminalFailureError, match=r"Job x is refused: .*spec\.template.*HTTP 422"):
        cluster.create(JOBS, {**job("x"), "spec": {}})
