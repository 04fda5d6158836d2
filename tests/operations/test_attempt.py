"""What runs only once is made again under a next name, but never twice in one run."""

from __future__ import annotations

from typing import Any

import pytest

from readiness.errors import ConfigurationError, OutOfTimeError, TerminalFailureError
from tests.operations.fake_cluster import (
    COMPLETE,
    DEPLOYED,
    DEPLOYMENTS,
    FAILED,
    GIVEN_UP,
    JOBS,
    NAMESPACE,
    PODS,
    FakeCluster,
    Step,
    ends,
)

NAME = "computes-0123456789"
DEPLOYMENT: dict[str, Any] = {
    "apiVersion": "dataplane.openstack.org/v1beta1",
    "kind": "OpenStackDataPlaneDeployment",
    "metadata": {"name": NAME, "namespace": NAMESPACE, "labels": {"a": "b"}},
    "spec": {"nodeSets": ["computes"], "deploymentRequeueTime": 15},
}
ASKED: dict[str, Any] = {"what": "the data plane", "object": DEPLOYMENT, "collection": DEPLOYMENTS}
JOB: dict[str, Any] = {
    "apiVersion": "batch/v1",
    "kind": "Job",
    "metadata": {"name": "smoke-test-1", "namespace": NAMESPACE},
    "spec": {"backoffLimit": 0},
}


def test_what_has_succeeded_is_only_looked_at(cluster: FakeCluster, step: Step) -> None:
    cluster.add(DEPLOYMENTS, NAME, status=DEPLOYED)
    assert step("attempt", **ASKED) == {"name": NAME, "attempt": 1}
    assert cluster.writes == []


def test_what_is_running_is_waited_for(cluster: FakeCluster, step: Step) -> None:
    cluster.add(DEPLOYMENTS, NAME)

    def operator(world: FakeCluster) -> None:
        if world.requests == 6:
            ends(DEPLOYMENTS, NAME, DEPLOYED)(world)

    cluster.controllers.append(operator)
    assert step("attempt", **ASKED) == {"name": NAME, "attempt": 1}
    assert cluster.writes == []


def test_what_failed_in_an_earlier_run_is_made_again_with_the_same_spec(cluster: FakeCluster, step: Step) -> None:
    first = cluster.add(DEPLOYMENTS, NAME, status=GIVEN_UP)
    cluster.controllers.append(ends(DEPLOYMENTS, f"{NAME}-2", DEPLOYED))
    assert step("attempt", **ASKED) == {"name": f"{NAME}-2", "attempt": 2}
    made = cluster.objects[f"{DEPLOYMENTS}/{NAME}-2"]
    assert made["spec"] == DEPLOYMENT["spec"]
    assert made["metadata"]["labels"] == {"a": "b"}
    [owner] = made["metadata"]["ownerReferences"]
    assert (owner["kind"], owner["name"], owner["uid"]) == (DEPLOYMENT["kind"], NAME, first["metadata"]["uid"])
    assert any(f"{NAME} failed in an earlier run; trying again as {NAME}-2" in line for line in step.progress)


def test_the_newest_attempt_decides_by_number(cluster: FakeCluster, step: Step) -> None:
    for suffix in ("", *(f"-{number}" for number in range(2, 11))):
        cluster.add(DEPLOYMENTS, NAME + suffix, status=GIVEN_UP)
    cluster.controllers.append(ends(DEPLOYMENTS, f"{NAME}-11", DEPLOYED))
    assert step("attempt", **ASKED) == {"name": f"{NAME}-11", "attempt": 11}
    assert cluster.writes == [("POST", f"{NAME}-11")]


def test_a_later_attempt_that_succeeded_is_enough(cluster: FakeCluster, step: Step) -> None:
    cluster.add(DEPLOYMENTS, NAME, status=GIVEN_UP)
    cluster.add(DEPLOYMENTS, f"{NAME}-2", status=DEPLOYED)
    assert step("attempt", **ASKED) == {"name": f"{NAME}-2", "attempt": 2}
    assert cluster.writes == []


def test_what_fails_in_this_run_ends_it_and_the_next_run_is_announced(cluster: FakeCluster, step: Step) -> None:
    cluster.add(DEPLOYMENTS, NAME)

    def operator(world: FakeCluster) -> None:
        if world.requests == 4:
            ends(DEPLOYMENTS, NAME, GIVEN_UP)(world)

    cluster.controllers.append(operator)
    with pytest.raises(TerminalFailureError, match=r"bootstrap failed.*\n.*next pulumi up tries again, as .*-2"):
        step("attempt", **ASKED)
    assert cluster.writes == []


def test_a_second_failure_ends_the_run_too(cluster: FakeCluster, step: Step) -> None:
    cluster.add(DEPLOYMENTS, NAME, status=GIVEN_UP)
    cluster.controllers.append(ends(DEPLOYMENTS, f"{NAME}-2", GIVEN_UP))
    with pytest.raises(TerminalFailureError, match=f"tries again, as {NAME}-3"):
        step("attempt", **ASKED)
    assert cluster.writes == [("POST", f"{NAME}-2")]


def test_names_that_only_begin_alike_are_no_attempts(cluster: FakeCluster, step: Step) -> None:
    cluster.add(DEPLOYMENTS, NAME, status=DEPLOYED)
    for other in (f"{NAME}-ovn", f"{NAME}-2-ovn", f"{NAME}2", f"{NAME}-02", f"x-{NAME}-2"):
        cluster.add(DEPLOYMENTS, other, status=GIVEN_UP)
    assert step("attempt", **ASKED) == {"name": NAME, "attempt": 1}


def test_an_attempt_on_its_way_out_does_not_count(cluster: FakeCluster, step: Step) -> None:
    cluster.add(DEPLOYMENTS, NAME, status=DEPLOYED)
    cluster.add(DEPLOYMENTS, f"{NAME}-2", status=GIVEN_UP, metadata={"deletionTimestamp": "2030-01-01T00:00:00Z"})
    assert step("attempt", **ASKED) == {"name": NAME, "attempt": 1}


def test_what_was_made_and_is_gone_is_told_with_a_remedy(cluster: FakeCluster, step: Step) -> None:
    with pytest.raises(ConfigurationError, match="Run pulumi refresh"):
        step("attempt", **ASKED)


def test_a_failed_job_is_made_again_and_its_pod_has_the_word(cluster: FakeCluster, step: Step) -> None:
    cluster.add(JOBS, "smoke-test-1", status=FAILED)
    ended = {"terminated": {"exitCode": 3, "message": "the instance got no answer from 10.0.0.1"}}
    pod = {"labels": {"job-name": "smoke-test-1-2"}}
    cluster.add(PODS, "smoke-test-1-2-x", metadata=pod, status={"containerStatuses": [{"state": ended}]})
    cluster.controllers.append(ends(JOBS, "smoke-test-1-2", FAILED))
    with pytest.raises(TerminalFailureError, match=r"no answer from 10\.0\.0\.1.*\n.*as smoke-test-1-3"):
        step("attempt", what="the smoke test", object=JOB, collection=JOBS)
    cluster.controllers.append(ends(JOBS, "smoke-test-1-3", COMPLETE))
    done = step("attempt", what="the smoke test", object=JOB, collection=JOBS)
    assert done == {"name": "smoke-test-1-3", "attempt": 3}


@pytest.mark.parametrize("trouble", [(500, "failed calling webhook: connection refused"), "drop", "lost"])
def test_making_it_again_survives_trouble_and_makes_one(cluster: FakeCluster, step: Step, trouble: Any) -> None:
    cluster.add(DEPLOYMENTS, NAME, status=GIVEN_UP)
    cluster.trouble["POST", DEPLOYMENTS].append(trouble)
    cluster.controllers.append(ends(DEPLOYMENTS, f"{NAME}-2", DEPLOYED))
    assert step("attempt", **ASKED) == {"name": f"{NAME}-2", "attempt": 2}
    assert cluster.names(DEPLOYMENTS) == [NAME, f"{NAME}-2"]


def test_a_refusal_to_make_it_again_is_told(cluster: FakeCluster, step: Step) -> None:
    cluster.add(DEPLOYMENTS, NAME, status=GIVEN_UP)
    cluster.trouble["POST", DEPLOYMENTS].append((422, "spec.nodeSets: Required value"))
    with pytest.raises(TerminalFailureError, match=rf"Deployment {NAME}-2 is refused: spec\.nodeSets"):
        step("attempt", **ASKED)


def test_out_of_time_says_what_it_waited_for(cluster: FakeCluster, step: Step) -> None:
    cluster.add(DEPLOYMENTS, NAME)
    with pytest.raises(OutOfTimeError, match=f"the data plane not ready.*\n.*{NAME}: no condition Ready yet"):
        step("attempt", timeout=0.1, **ASKED)


def test_another_kind_is_a_mistake(cluster: FakeCluster, step: Step) -> None:
    cluster.add(JOBS, "a")
    manifest = {**JOB, "kind": "CronJob", "metadata": {"name": "a", "namespace": NAMESPACE}}
    with pytest.raises(ConfigurationError, match=r"object\.kind CronJob is none of Job, OpenStackDataPlane"):
        step("attempt", what="x", object=manifest, collection=JOBS)
