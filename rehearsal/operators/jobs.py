"""The kubelet and the Job controller, for Jobs with OpenStack's client image: their script runs for real (job_run.py).

Any other image would have to be pulled, and nobody does: its pod waits for it for ever, and says so. Statuses are those
of Kubernetes' Job controller; a Job that is done, or has failed, is never touched again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from . import job_run
from .data_plane import control_plane, version
from .job_volumes import missing
from .openstack_cli import state
from .standin import NOW, SINCE, Outcome, StandIn, Unmet, View, condition
from .world import Object, World, is_true

KIND = "Job.batch"
CLIENT_IMAGE = "openstackClientImage"
_PULL, _CREATE = "ImagePullBackOff", "ContainerCreating"
_DEADLINE = "DeadlineExceeded"
_SENTENCES = {
    "BackoffLimitExceeded": "Job has reached the specified backoff limit",
    _DEADLINE: "Job was active longer than specified deadline",
}


class Job(StandIn):
    """Runs once; the part of an Unmet is the reason for which the pod's container waits."""

    kind = KIND
    retry = None

    def settled(self, obj: Object) -> bool:
        return is_true(obj, "Complete") or is_true(obj, "Failed")

    def unmet(self, obj: Object, world: World) -> list[Unmet]:
        return list(_needs(obj, world))

    def act(self, obj: Object, world: World) -> Outcome:
        if world.directory is None:
            return Outcome("this world has no directory to run a Job in")
        with state.opened(world.directory) as known:
            known["cloud"] = cloud(obj["metadata"]["namespace"], world)
        ended = job_run.run(obj, world, world.directory)
        facts = {"code": ended.code, "message": ended.message, "reason": ended.reason}
        return Outcome("" if ended.code == 0 else ended.message or f"exit code {ended.code}", facts)

    def status(self, view: View, world: World) -> dict[str, Any]:
        status: dict[str, Any] = {"startTime": SINCE, "uncountedTerminatedPods": {}, "terminating": 0}
        if view.phase == "ready":
            text = "Reached expected number of succeeded pods"
            done = [condition(kind, True, "CompletionsReached", text) for kind in ("SuccessCriteriaMet", "Complete")]
            return {**status, "succeeded": 1, "ready": 0, "completionTime": SINCE, "conditions": done}
        if view.phase == "failed":
            reason = view.facts.get("reason") or "BackoffLimitExceeded"
            failed = [condition(kind, True, reason, _SENTENCES[reason]) for kind in ("FailureTarget", "Failed")]
            return {**status, "failed": 1, "ready": 0, "conditions": failed}
        return {**status, "active": 1, "ready": int(view.phase == "working")}

    def parts(self, view: View, world: World) -> list[dict[str, Any]]:
        return [pod(view)]


STANDINS = (Job(),)


def cloud(namespace: str, world: World) -> dict[str, Any]:
    """What the cloud's command line has to know of the cluster: {ready, discovers, password}."""
    plane = control_plane(namespace, world)
    if plane is None:
        return {"ready": False}
    spec = plane["spec"]
    nova = (spec.get("nova") or {}).get("template") or {}
    options = str((nova.get("schedulerServiceTemplate") or {}).get("customServiceConfig") or "")
    keystone = (spec.get("keystone") or {}).get("template") or {}
    key = (keystone.get("passwordSelectors") or {}).get("admin") or "AdminPassword"
    secret = world.get("Secret", str(keystone.get("secret") or spec["secret"]), namespace)
    return {
        "ready": is_true(plane, "Ready"),
        "discovers": job_run.number(options, "discover_hosts_in_cells_interval") > 0,
        "password": job_run.plain(secret).get(key),
    }


def _needs(obj: Object, world: World) -> Iterator[Unmet]:
    spec, namespace = obj["spec"]["template"]["spec"], obj["metadata"]["namespace"]
    containers = spec["containers"]
    if len(containers) != 1 or spec.get("initContainers") or not containers[0].get("command"):
        yield Unmet("the rehearsal's kubelet runs one container, and needs its command", _CREATE)
        return
    image = containers[0]["image"]
    client = (version(namespace, world).get("containerImages") or {}).get(CLIENT_IMAGE)
    if image != client:
        yield Unmet(f'Back-off pulling image "{image}": a rehearsal has OpenStack\'s client only ({client})', _PULL)
    for sentence in missing(spec, namespace, world):
        yield Unmet(sentence, _CREATE)


def pod(view: View) -> dict[str, Any]:
    """The pod of the Job's only attempt."""
    obj = view.obj
    metadata, template = obj["metadata"], obj["spec"]["template"]
    uid, name = metadata["uid"], metadata["name"]
    labels = {
        **((template.get("metadata") or {}).get("labels") or {}),
        **dict.fromkeys(("controller-uid", "batch.kubernetes.io/controller-uid"), uid),
        **dict.fromkeys(("job-name", "batch.kubernetes.io/job-name"), name),
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"{name[:57]}-{hashlib.sha256(uid.encode()).hexdigest()[:5]}",
            "namespace": metadata["namespace"],
            "labels": labels,
        },
        "spec": template["spec"],
        "status": pod_status(view, template["spec"]["containers"][0]),
    }


def pod_status(view: View, container: dict[str, Any]) -> dict[str, Any]:
    """The status of a pod that runs once, with the last word of its container."""
    running = view.phase == "working"
    if view.phase == "waiting":
        need = view.unmet[0]
        state_of: dict[str, Any] = {"waiting": {"reason": need.part or _CREATE, "message": need.sentence}}
    elif running:
        state_of = {"running": {"startedAt": SINCE}}
    else:
        bad = view.phase == "failed"
        terminated: dict[str, Any] = {
            "exitCode": view.facts.get("code", 1) if bad else 0,
            "reason": "Error" if bad else "Completed",
            "finishedAt": NOW,
        }
        message = view.facts.get("message") or view.problem
        state_of = {"terminated": {**terminated, **({"message": message} if message else {})}}
    phases = {"waiting": "Pending", "working": "Running", "ready": "Succeeded", "failed": "Failed"}
    ready = condition("Ready", running, "" if running else "PodCompleted")
    return {
        "phase": phases[view.phase],
        "conditions": [condition("PodScheduled", True), condition("Initialized", True), ready],
        "containerStatuses": [
            {
                "name": container["name"],
                "image": container["image"],
                "imageID": "",
                "ready": running,
                "restartCount": 0,
                "state": state_of,
            }
        ],
    }
