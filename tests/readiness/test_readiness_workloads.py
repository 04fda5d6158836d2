"""Services, pods and Jobs: ready, or what ails them."""

from __future__ import annotations

from typing import Any

import pytest

from readiness import spec
from readiness.errors import TerminalFailureError
from tests.readiness.fake_api import FakeApi, Run, judged, says, thing

SERVICES = "/api/v1/namespaces/ns/services"
SLICES = "/apis/discovery.k8s.io/v1/namespaces/ns/endpointslices"
PODS = "/api/v1/namespaces/ns/pods"
JOBS = "/apis/batch/v1/namespaces/ns/jobs"
WEBHOOK = spec.endpoints("webhook", "ns")
SPEAKERS = spec.pods("speakers", "ns", {"component": "speaker", "app.kubernetes.io/name": "metallb"}, 2)


@pytest.mark.parametrize(
    ("check", "path"),
    [
        (WEBHOOK, f"{SERVICES}/webhook"),
        (spec.job("smoke", "ns"), f"{JOBS}/smoke"),
        (spec.policies(["osp"]), "/apis/nmstate.io/v1/nodenetworkconfigurationpolicies/osp"),
        (spec.lvm_cluster("lab", "ns"), "/apis/lvm.topolvm.io/v1alpha1/namespaces/ns/lvmclusters/lab"),
        (spec.csv("sub", "ns"), "/apis/operators.coreos.com/v1alpha1/namespaces/ns/subscriptions/sub"),
        (
            spec.data_plane_deployment("edpm", "ns"),
            "/apis/dataplane.openstack.org/v1beta1/namespaces/ns/openstackdataplanedeployments/edpm",
        ),
    ],
)
def test_what_is_not_there_or_on_its_way_out_is_not_ready(check: dict[str, Any], path: str) -> None:
    leaving = thing(path.rpartition("/")[2], says("Ready"), says("Complete"), ready=True, state="Ready")
    leaving["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    [absent], [going] = judged(check, {}), judged(check, {path: leaving})
    assert (absent.ready, absent.failed, absent.message) == (False, False, "not found")
    assert (going.ready, going.failed, going.message) == (False, False, "is being deleted")


def endpoint_slice(service: str, *endpoints: dict[str, Any]) -> dict[str, Any]:
    labels = {"kubernetes.io/service-name": service}
    return {f"{SLICES}/{service}-1": {"metadata": {"name": f"{service}-1", "labels": labels}, "endpoints": endpoints}}


def pod(name: str, *conditions: dict[str, Any], labels: dict[str, str] | None = None, **status: Any) -> dict[str, Any]:
    obj = thing(name, *conditions, **{"phase": "Running", **status})
    speaker = {"component": "speaker", "app.kubernetes.io/name": "metallb"}
    obj["metadata"]["labels"] = speaker if labels is None else labels
    return {f"{PODS}/{name}": obj}


def container(**state: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"name": "main", "state": state}]


@pytest.mark.parametrize(
    ("endpoints", "message"),
    [
        ([{"addresses": ["10.128.0.5"], "conditions": {"ready": True}}], None),
        ([{"addresses": ["10.128.0.5"]}], None),
        ([], "has no endpoints yet"),
        ([{"addresses": ["10.128.0.5"], "conditions": {"ready": False}}], "has 1 endpoints, none of them ready"),
    ],
)
def test_a_service_is_ready_with_one_ready_address(endpoints: list[dict[str, Any]], message: str | None) -> None:
    objects = {f"{SERVICES}/webhook": thing("webhook"), **endpoint_slice("webhook", *endpoints)}
    verdict = judged(WEBHOOK, objects)[0]
    assert (verdict.ready, verdict.message) == (message is None, message or "")


def test_addresses_of_another_service_do_not_count() -> None:
    objects = {f"{SERVICES}/webhook": thing("webhook"), **endpoint_slice("other", {"addresses": ["10.128.0.5"]})}
    assert judged(WEBHOOK, objects)[0].message == "has no endpoints yet"


def test_endpoints_without_their_service_are_not_enough() -> None:
    verdict = judged(WEBHOOK, endpoint_slice("webhook", {"addresses": ["10.128.0.5"]}))[0]
    assert (verdict.ready, verdict.message) == (False, "not found")


def test_labels_reach_the_api_server_as_one_selector(api: FakeApi, run: Run) -> None:
    for name in ("a", "b"):
        api.objects.update(pod(name, says("Ready")))
    api.objects.update(pod("other", says("Ready", "False"), labels={"component": "controller"}))
    run(SPEAKERS)
    selector = "app.kubernetes.io%2Fname%3Dmetallb%2Ccomponent%3Dspeaker"
    assert api.requests == {f"{PODS}?labelSelector={selector}": 1}


def test_too_few_pods_are_not_ready_although_each_of_them_is() -> None:
    verdict = judged(SPEAKERS, pod("a", says("Ready")))[0]
    assert (verdict.ready, verdict.message) == (False, "1 of 2 pods Ready")


def test_one_pod_too_many_that_is_not_ready_holds_the_gate() -> None:
    objects = {**pod("a", says("Ready")), **pod("b", says("Ready")), **pod("c", says("Ready", "False"))}
    verdict = judged(SPEAKERS, objects)[0]
    assert (verdict.ready, verdict.message) == (False, "2 of 3 pods Ready; c: Ready is False")


def test_pods_that_have_ended_or_are_leaving_count_neither_way() -> None:
    leaving = pod("leaving", says("Ready"))
    leaving[f"{PODS}/leaving"]["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    ended = {**pod("done", phase="Succeeded"), **pod("evicted", phase="Failed", reason="Evicted"), **leaving}
    assert not judged(SPEAKERS, {**pod("a", says("Ready")), **ended})[0].ready
    assert judged(SPEAKERS, {**pod("a", says("Ready")), **pod("b", says("Ready")), **ended})[0].ready


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (
            pod("b", containerStatuses=container(waiting={"reason": "ImagePullBackOff", "message": "Back-off x"})),
            "b: ImagePullBackOff: Back-off x",
        ),
        (
            pod(
                "b",
                initContainerStatuses=container(waiting={"reason": "CrashLoopBackOff"}),
                containerStatuses=container(waiting={"reason": "PodInitializing"}),
            ),
            "b: CrashLoopBackOff",
        ),
        (pod("b", containerStatuses=container(waiting={"reason": "ContainerCreating"})), "b: ContainerCreating"),
        (pod("b", containerStatuses=container(terminated={"exitCode": 3})), "b: a container ended with exit code 3"),
        (
            pod("b", says("PodScheduled", "False", "Unschedulable", "0/3 nodes are available"), phase="Pending"),
            "b: Unschedulable: 0/3 nodes are available",
        ),
        (pod("b", phase="Failed", reason="Evicted", message="no disk"), "b: Evicted: no disk"),
        (pod("b", phase="Pending"), "b: not started yet"),
    ],
)
def test_what_ails_a_pod_is_said(broken: dict[str, Any], message: str) -> None:
    verdict = judged(SPEAKERS, {**pod("a", says("Ready")), **broken})[0]
    assert (verdict.ready, verdict.failed) == (False, False)
    assert verdict.message == f"1 of 2 pods Ready; {message}"


def job_pod(name: str, created: str, message: str, owner: str | None = None) -> dict[str, Any]:
    ended = {"exitCode": 1, "message": message}
    made = pod(name, labels={"job-name": "smoke"}, phase="Failed", containerStatuses=container(terminated=ended))
    made[f"{PODS}/{name}"]["metadata"]["creationTimestamp"] = created
    if owner is not None:
        made[f"{PODS}/{name}"]["metadata"]["ownerReferences"] = [{"kind": "Job", "uid": owner}]
    return made


def test_a_complete_job_is_ready_without_a_look_at_its_pods(api: FakeApi, run: Run) -> None:
    api.objects[f"{JOBS}/smoke"] = thing("smoke", says("Complete"))
    run(spec.job("smoke", "ns"))
    assert api.requests == {f"{JOBS}/smoke": 1}


def test_a_failed_job_ends_with_what_its_last_container_said(api: FakeApi, run: Run) -> None:
    api.objects[f"{JOBS}/smoke"] = thing("smoke", says("Failed", "True", "BackoffLimitExceeded", "limit"))
    api.objects.update(job_pod("smoke-a", "2026-01-01T00:05:00Z", "log " * 200 + "no answer\nfrom 10.0.0.1\n"))
    api.objects.update(job_pod("smoke-b", "2026-01-01T00:00:00Z", "the first attempt's story"))
    with pytest.raises(TerminalFailureError) as ended:
        run(spec.job("smoke", "ns"), timeout=3600)
    assert "Job smoke: failed (BackoffLimitExceeded): …" in str(ended.value)
    assert str(ended.value).endswith("log no answer from 10.0.0.1"), "the end of a long story, where the error is"
    assert "first attempt" not in str(ended.value)


def test_a_failed_job_without_words_of_its_pods_has_its_own() -> None:
    job = thing("smoke", says("Failed", "True", "DeadlineExceeded", "was active longer than specified deadline"))
    verdict = judged(spec.job("smoke", "ns"), {f"{JOBS}/smoke": job})[0]
    assert verdict.failed
    assert verdict.message == "Failed is True (DeadlineExceeded: was active longer than specified deadline)"


def test_a_pod_of_an_earlier_job_of_the_same_name_says_nothing_about_this_one() -> None:
    job = thing("smoke", says("Failed", "True", "BackoffLimitExceeded", "limit"))
    job["metadata"]["uid"] = "new"
    objects = {f"{JOBS}/smoke": job, **job_pod("smoke-a", "2026-01-01T00:00:00Z", "old story", owner="old")}
    assert "old story" not in judged(spec.job("smoke", "ns"), objects)[0].message
    objects.update(job_pod("smoke-b", "2026-01-01T00:00:00Z", "new story", owner="new"))
    assert judged(spec.job("smoke", "ns"), objects)[0].message == "failed (BackoffLimitExceeded): new story"


@pytest.mark.parametrize(
    ("pods", "message"),
    [
        ({}, "1 pods active, 2 failed"),
        (
            pod(
                "smoke-a",
                labels={"job-name": "smoke"},
                phase="Pending",
                containerStatuses=container(waiting={"reason": "ErrImagePull", "message": "no such image"}),
            ),
            "1 pods active, 2 failed; ErrImagePull: no such image",
        ),
        (
            job_pod("smoke-a", "2026-01-01T00:00:00Z", "no answer"),
            "1 pods active, 2 failed; the last one said: no answer",
        ),
    ],
)
def test_a_job_under_way_says_how_it_fares(pods: dict[str, Any], message: str) -> None:
    objects = {f"{JOBS}/smoke": thing("smoke", active=1, failed=2), **pods}
    verdict = judged(spec.job("smoke", "ns"), objects)[0]
    assert (verdict.ready, verdict.failed, verdict.message) == (False, False, message)


TEMPEST = spec.ended_pods("Tempest t", "ns", {"instanceName": "t"})
RUN = {"instanceName": "t"}


@pytest.mark.parametrize(
    ("pods", "ready", "failed", "message"),
    [
        ({}, False, False, "has no pods yet"),
        (pod("t-0", labels=RUN), False, False, "0 of 1 pods have ended; t-0: not started yet"),
        (pod("t-0", labels=RUN, phase="Succeeded"), True, False, ""),
        (pod("other", labels={"instanceName": "u"}, phase="Succeeded"), False, False, "has no pods yet"),
        (
            pod("t-0", labels=RUN, phase="Succeeded") | pod("t-1", labels=RUN),
            False,
            False,
            "1 of 2 pods have ended; t-1: not started yet",
        ),
        (
            pod("t-0", labels=RUN, phase="Failed", message="tests failed", reason="Error"),
            False,
            True,
            "pod t-0 failed: Error: tests failed",
        ),
    ],
)
def test_pods_that_shall_end_are_judged_by_how_they_did(
    pods: dict[str, Any], ready: bool, failed: bool, message: str
) -> None:
    [verdict] = judged(TEMPEST, pods)
    assert (verdict.ready, verdict.failed, verdict.message) == (ready, failed, message)
