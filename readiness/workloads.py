"""Judges what runs in pods: a Service's endpoints, pods by label, a Job."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .model import EndedPods, Endpoints, Job, Pods
from .paths import labelled, path
from .verdict import Found, Object, Verdict, conditions, end_of, has, own_words, reasoned, status, there

# A container is told to be waiting in these states while all goes well.
USUAL = ("ContainerCreating", "PodInitializing")


def endpoints(check: Endpoints, found: Found) -> list[Verdict]:
    """Ready when an address of the Service is ready.

    Asked of EndpointSlices: they are what routes the traffic, they say ``ready`` of each address, and the older
    Endpoints are deprecated (Kubernetes 1.33). ``ready`` left out stands for true [discovery.k8s.io/v1].
    """
    service = there(check.name, found.one(path("v1", "services", check.service, check.namespace)))
    if isinstance(service, Verdict):
        return [service]
    slices = path("discovery.k8s.io/v1", "endpointslices", namespace=check.namespace)
    members = found.all(labelled(slices, {"kubernetes.io/service-name": check.service})) or []
    known = [endpoint for member in members for endpoint in member.get("endpoints") or [] if endpoint.get("addresses")]
    if any((endpoint.get("conditions") or {}).get("ready") is not False for endpoint in known):
        return [Verdict(check.name, True)]
    message = f"has {len(known)} endpoints, none of them ready" if known else "has no endpoints yet"
    return [Verdict(check.name, False, message)]


def pods(check: Pods, found: Found) -> list[Verdict]:
    """Ready when enough live pods are there and every live one is Ready; otherwise says what ails the first."""
    listing = labelled(path("v1", "pods", namespace=check.namespace), check.selector)
    known = sorted(found.all(listing) or [], key=_name)
    live = [pod for pod in known if not _deleted(pod) and status(pod).get("phase") not in ("Succeeded", "Failed")]
    waiting = [pod for pod in live if not has(conditions(status(pod)).get("Ready"), "True")]
    ready = len(live) - len(waiting)
    if not waiting and ready >= check.count:
        return [Verdict(check.name, True)]
    message = f"{ready} of {max(check.count, len(live))} pods Ready"
    ended = [pod for pod in known if status(pod).get("phase") == "Failed"]
    first = next(iter(waiting + ended), None)
    if first is not None:
        message += f"; {_name(first)}: {_ailing(first)}"
    return [Verdict(check.name, False, message)]


def ended_pods(check: EndedPods, found: Found) -> list[Verdict]:
    """Ready when there are pods and all have Succeeded; failed with the last words of one that has Failed."""
    listing = labelled(path("v1", "pods", namespace=check.namespace), check.selector)
    known = sorted((pod for pod in found.all(listing) or [] if not _deleted(pod)), key=_created)
    failed = [pod for pod in known if status(pod).get("phase") == "Failed"]
    if failed:
        words = _last_words(failed) or _ailing(failed[-1])
        return [Verdict(check.name, False, f"pod {_name(failed[-1])} failed: {words}", failed=True)]
    running = [pod for pod in known if status(pod).get("phase") != "Succeeded"]
    if known and not running:
        return [Verdict(check.name, True)]
    message = f"{len(known) - len(running)} of {len(known)} pods have ended" if known else "has no pods yet"
    return [
        Verdict(check.name, False, f"{message}; {_name(running[0])}: {_ailing(running[0])}" if running else message)
    ]


def job(check: Job, found: Found) -> list[Verdict]:
    """Complete, or Failed for good with what its last failed container said at its end."""
    job = there(check.name, found.one(path("batch/v1", "jobs", check.job, check.namespace)))
    if isinstance(job, Verdict):
        return [job]
    said = conditions(status(job))
    if has(said.get("Complete"), "True"):
        return [Verdict(check.name, True)]
    listing = labelled(path("v1", "pods", namespace=check.namespace), {"job-name": check.job})
    # The Job's own pods only: an earlier Job of the same name may have left some behind that are being deleted.
    uid = job["metadata"].get("uid")
    known = sorted((pod for pod in found.all(listing) or [] if _owned(pod, uid)), key=_created)
    words = _last_words(known)
    if has(said.get("Failed"), "True"):
        reason = said["Failed"].get("reason")
        message = f"failed ({reason}): {words}" if words and reason else words or own_words(said["Failed"])
        return [Verdict(check.name, False, message, failed=True)]
    message = f"{status(job).get('active') or 0} pods active, {status(job).get('failed') or 0} failed"
    live = [pod for pod in known if status(pod).get("phase") == "Pending"]
    if live:
        message += f"; {_ailing(live[-1])}"
    elif words:
        message += f"; the last one said: {words}"
    return [Verdict(check.name, False, message)]


def _ailing(pod: Object) -> str:
    """Why a pod is not Ready: a container's trouble, else the scheduler's, else what the pod says itself."""
    waiting = [state["waiting"] for state in _states(pod) if state.get("waiting")]
    for entry in waiting:
        if entry.get("reason") not in USUAL:
            return reasoned(entry)
    for state in _states(pod):
        ended = state.get("terminated")
        if ended and ended.get("exitCode"):
            return f"a container ended with exit code {ended['exitCode']}"
    said = conditions(status(pod))
    if has(said.get("PodScheduled"), "False"):
        return reasoned(said["PodScheduled"])
    if waiting:
        return reasoned(waiting[0])
    return reasoned(status(pod)) or (own_words(said["Ready"]) if "Ready" in said else "not started yet")


def _last_words(pods: list[Object]) -> str:
    """The termination message of the newest container that ended badly; pods are sorted by age."""
    for pod in reversed(pods):
        for state in _states(pod):
            ended = state.get("terminated")
            if ended and ended.get("exitCode") and ended.get("message"):
                return end_of(str(ended["message"]))
    return ""


def _states(pod: Object) -> Iterator[Mapping[str, Any]]:
    for key in ("initContainerStatuses", "containerStatuses"):
        for container in status(pod).get(key) or []:
            yield container.get("state") or {}


def _owned(pod: Object, uid: str | None) -> bool:
    owners = pod["metadata"].get("ownerReferences") or []
    return not owners or any(owner.get("uid") == uid for owner in owners)


def _deleted(pod: Object) -> bool:
    return bool(pod["metadata"].get("deletionTimestamp"))


def _name(pod: Object) -> str:
    return str(pod["metadata"]["name"])


def _created(pod: Object) -> str:
    return str(pod["metadata"].get("creationTimestamp") or "")
