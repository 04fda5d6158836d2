"""Faults of a lab that stands, while `up` has something to change in it; each leaves it whole."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import yaml

from rehearsal.operators import faults
from rehearsal.operators.ssh import Login
from rehearsal.operators.ssh import run as run_there
from rehearsal.trials.lab import Lab
from rehearsal.trials.mending import mended
from rehearsal.trials.running import Run, running, signalled
from rehearsal.trials.trial import Row

_API, _ETCD = ("kube-apiserver", "--bind-address"), ("etcd", "--data-dir")
_SECONDS = 60  # of an API server that does not come back


def series(lab: Lab, short: bool) -> Iterator[Row]:
    """One after the other; CI tries two of them."""
    lab.logs_in()
    for trial in _FEW if short else _ALL:
        yield trial(lab)


def _two_at_once(lab: Lab) -> Row:
    first = _changing(lab)
    first.until(lambda: bool(lab.locks()))
    second = lab.run("up")
    code = second.end()
    row = mended(lab, "a second `up` while one runs", first)
    refused = "locked" in second.said
    seen = "the second is refused (the stack is locked), the first finishes" if refused else second.said
    wrong = (*row.wrong, *(() if code and refused else ("the second was not refused",)))
    return Row(row.fault, seen, row.remedy, row.seconds, wrong)


def _api_is_gone(lab: Lab) -> Row:
    run = _changing(lab)
    run.until_done(10)
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        # Whatever starts it again, as a kubelet would, finds it dead at once.
        signalled(running(*_API), signal.SIGKILL)
        run.until(lambda: bool(running(*_API)) or time.monotonic() > deadline)
    return mended(lab, f"the API server killed, and again for {_SECONDS} s, during `up`", run)


def _api_hangs(lab: Lab) -> Row:
    run = _changing(lab)
    run.until_done(10)
    with _stopped(_API):
        until = time.monotonic() + _SECONDS / 2
        run.until(lambda: time.monotonic() > until)
    return mended(lab, f"the API server hangs for {_SECONDS // 2} s during `up`", run)


def _etcd_is_slow(lab: Lab) -> Row:
    """Stopped for most of the time, so that every flush waits."""
    ended = threading.Event()

    def slow() -> None:
        while not ended.is_set():
            with _stopped(_ETCD):
                ended.wait(0.3)
            ended.wait(0.1)

    slowing = threading.Thread(target=slow)
    slowing.start()
    try:
        run = _changing(lab)
        run.end()
    finally:
        ended.set()
        slowing.join()
    return mended(lab, "etcd answers 300 ms late all through `up`", run)


def _plugin_dies(lab: Lab) -> Row:
    run = _changing(lab)
    run.until(lambda: bool(running("pulumi-resource-kubernetes")) and len(run.done) > 10)
    run.kill_child("pulumi-resource-kubernetes")
    return mended(lab, "the Kubernetes plugin killed during `up`", run)


def _steps_die(lab: Lab) -> Row:
    run = _changing(lab)
    run.until(lambda: bool(running("-m", "readiness")))
    run.kill_child("pulumi-resource-command")
    return mended(lab, "the command plugin killed while a gate waits", run)


def _gate_dies(lab: Lab) -> Row:
    run = _changing(lab)
    run.until(lambda: bool(running("-m", "readiness")))
    run.kill_child("-m", "readiness")
    return mended(lab, "a gate killed while it waits", run)


def _interrupted(lab: Lab) -> Row:
    run = _changing(lab)
    run.until(lambda: bool(running("-m", "readiness")))
    run.interrupt(signal.SIGINT)
    return mended(lab, "Ctrl-C while a gate waits", run)


def _webhook_is_away(lab: Lab) -> Row:
    with _faults(lab, {"webhook.openstack": "away"}):
        run = _changing(lab, timeouts={"controlPlane": 1, "api": 1})
        run.end()
    lab.asks_no_more("timeouts")
    return mended(lab, "OpenStack's webhook away during `up`, then back", run)


def _control_plane_flaps(lab: Lab) -> Row:
    with _faults(lab, {"OpenStackControlPlane": "flap"}):
        run = _changing(lab)
        run.end()
    return mended(lab, "the control plane ready and not ready in turns", run)


def _registry_refuses(lab: Lab) -> Row:
    said = "unable to pull image: unauthorized: the username or password is incorrect"
    with _faults(lab, {"OpenStackDataPlaneDeployment": f"fail: {said}"}):
        run = _deploying(lab)
        run.end()
    return mended(
        lab, "a wrong password for the registry (the deployment says so), then the right one", run, "unauthorized"
    )


def _sshd_is_down(lab: Lab) -> Row:
    _on_compute(lab, "kill $(pidof dropbear)")
    run = _deploying(lab)
    run.end()
    lab.virsh("reset", "rehearsal-compute-0")
    return mended(lab, "a compute's sshd down during a deployment, then the compute reset", run, "compute-0")


def _object_is_gone(lab: Lab) -> Row:
    lab.kubectl("delete", "network-attachment-definitions.k8s.cni.cncf.io", "storage", "-n", "openstack")
    run = lab.run("up", "--refresh")
    return mended(lab, "a network attachment deleted by hand before `up --refresh`", run)


def _machine_pauses(lab: Lab) -> Row:
    lab.virsh("suspend", "rehearsal-worker-0")
    run = _changing(lab)
    until = time.monotonic() + _SECONDS / 2
    run.until(lambda: time.monotonic() > until)
    lab.virsh("resume", "rehearsal-worker-0")
    return mended(lab, f"a worker paused for {_SECONDS // 2} s during `up`", run)


_FEW = (_two_at_once, _gate_dies)
_ALL: tuple[Callable[[Lab], Row], ...] = (
    *(_two_at_once, _api_is_gone, _api_hangs, _etcd_is_slow, _plugin_dies, _steps_die, _gate_dies, _interrupted),
    *(_control_plane_flaps, _registry_refuses, _sshd_is_down, _object_is_gone, _machine_pauses, _webhook_is_away),
)


def _changing(lab: Lab, **changes: object) -> Run:
    """An `up` that switches a service on, or off again."""
    lab.asks(openstack={"services": {"heat": {"enabled": not lab.asked("openstack", "services", "heat", "enabled")}}})
    if changes:
        lab.asks(**changes)
    return lab.run("up")


def _deploying(lab: Lab) -> Run:
    """An `up` that deploys on the computes."""
    lab.asks(compute={"bootstrapCommand": f"true {time.time_ns()}"})
    return lab.run("up")


@contextmanager
def _stopped(words: tuple[str, ...]) -> Iterator[None]:
    pids = running(*words)
    signalled(pids, signal.SIGSTOP)
    try:
        yield
    finally:
        signalled(pids, signal.SIGCONT)


@contextmanager
def _faults(lab: Lab, told: Mapping[str, str]) -> Iterator[None]:
    """The operators' faults on demand (rehearsal/operators/faults.py), and their end."""
    document = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": faults.FAULTS, "namespace": faults.NAMESPACE},
        "data": dict(told),
    }
    lab.kubectl("apply", "-f", "-", stdin=yaml.safe_dump(document))
    try:
        yield
    finally:
        lab.kubectl("delete", "configmap", faults.FAULTS, "-n", faults.NAMESPACE)


def _on_compute(lab: Lab, script: str) -> None:
    outputs = lab.outputs()
    login = Login(outputs["machines"]["compute-0"], "cloud-admin", outputs["computeSshKey"])
    run_there(login, script, 30.0, root=True)
