"""``Tempest``: the test operator's run. Its conditions only say that the tests ended; the verdict is its pod's phase.

Source: test-operator 18.0-fr2, controllers/tempest_controller.go and common.go; rhoso.md S12. The tests of APIs, which
are all that a lab's Tempest runs, pass as long as what they ask is up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .data_plane import ATTACHMENTS, control_plane, version
from .jobs import pod_status
from .standin import Outcome, StandIn, Unmet, View, condition
from .world import Object, World, is_true

KIND = "Tempest.test.openstack.org"
STORAGE_CLASSES = "StorageClass.storage.k8s.io"
_DEFAULT_CLASS = "local-storage"
_API = re.compile(r"tempest\.api\.(\w+)")
_SECTIONS = {"identity": "keystone", "image": "glance", "network": "neutron", "compute": "nova", "volume": "cinder"}


class Tempest(StandIn):
    """One run; it is never repeated."""

    kind = KIND
    operator = "openstack"
    retry = None

    def settled(self, obj: Object) -> bool:
        return is_true(obj, "DeploymentReady")

    def unmet(self, obj: Object, world: World) -> list[Unmet]:
        return [Unmet(sentence) for sentence in _needs(obj, world)]

    def act(self, obj: Object, world: World) -> Outcome:
        problems = list(_failures(obj, world))
        return Outcome("; ".join(problems), {"code": 1} if problems else {})

    def status(self, view: View, world: World) -> dict[str, Any]:
        inputs = (
            condition("InputReady", False, "Requested", view.unmet[0].sentence, severity="Info")
            if view.phase == "waiting"
            else condition("InputReady", True, "Ready", "Input data complete")
        )
        ended = view.phase in ("ready", "failed")
        run = (
            condition("DeploymentReady", True, "Ready", "Deployment completed")
            if ended
            else condition("DeploymentReady", False, "Requested", "Deployment in progress", severity="Info")
        )
        ready = {**run, "type": "Ready"} if view.phase != "waiting" else {**inputs, "type": "Ready"}
        return {"conditions": [ready, inputs, run]}

    def parts(self, view: View, world: World) -> list[dict[str, Any]]:
        if view.phase == "waiting":
            return []
        metadata, spec = view.obj["metadata"], view.obj["spec"]
        images = version(metadata["namespace"], world).get("containerImages") or {}
        image = spec.get("containerImage") or images.get("testTempestImage") or "tempest"
        container = {"name": "tempest-tests-runner", "image": image}
        labels = {
            "operator": "test-operator",
            "service": "tempest",
            "instanceName": metadata["name"],
            "workflowStep": "0",
        }
        return [
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": metadata["name"], "namespace": metadata["namespace"], "labels": labels},
                "spec": {
                    "containers": [container],
                    "restartPolicy": "Never",
                    "automountServiceAccountToken": False,
                },
                "status": pod_status(view, container),
            }
        ]


STANDINS = (Tempest(),)


def _needs(obj: Object, world: World) -> Iterator[str]:
    spec, namespace = obj["spec"], obj["metadata"]["namespace"]
    storage = spec.get("storageClass") or _DEFAULT_CLASS
    if world.get(STORAGE_CLASSES, storage) is None:
        yield f'the volume for the results stays Pending: storageclass.storage.k8s.io "{storage}" not found'
    for name in spec.get("networkAttachments") or ():
        if world.get(ATTACHMENTS, name, namespace) is None:
            yield f"network-attachment-definition {name} not found"
    wanted = (
        ("ConfigMap", spec.get("openStackConfigMap") or "openstack-config"),
        ("Secret", spec.get("openStackConfigSecret") or "openstack-config-secret"),
    )
    for kind, name in wanted:
        if world.get(kind, name, namespace) is None:
            yield f"{kind} {name} not found: waiting for the control plane"


def _failures(obj: Object, world: World) -> Iterator[str]:
    """Why tests fail, a sentence each."""
    plane = control_plane(obj["metadata"]["namespace"], world)
    if plane is None or not is_true(plane, "Ready"):
        yield "Keystone does not answer: the control plane is not Ready"
        return
    expressions = str((obj["spec"].get("tempestRun") or {}).get("includeList") or "").split()
    for expression in expressions:
        try:
            re.compile(expression)
        except re.error as error:
            yield f"includeList: {expression!r} is no regular expression: {error}"
            continue
        found = _API.match(expression)
        section = _SECTIONS.get(found[1], "") if found else ""
        if section and (plane["spec"].get(section) or {}).get("enabled") is False:
            yield f"{expression}: no endpoint for {section}, it does not run"
