"""A Job with OpenStack's command line: one script of a ConfigMap, run once in the ``openstackclient`` image.

It needs no right in the cluster. Cloud, password and authorities come from what Keystone's and OpenStack's operators
write for the pod ``openstackclient`` (keystone-operator, reconcileCloudConfig).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_WORK = "/work"
_CLOUD = "/etc/openstack"


@dataclass(frozen=True)
class Run:
    """``name`` is the ConfigMap's with the scripts and the pod's label; ``script`` the key of the one that is run.

    ``limit`` ends the Job, the getting of the image included; ``grace`` is what an ended one has left. Both in seconds.
    """

    name: str
    script: str
    limit: int
    grace: int

    @property
    def scripts(self) -> str:
        """The directory where the script and its neighbours lie."""
        return f"/{self.name}"


def spec(run: Run, client: str, environment: Mapping[str, str]) -> dict[str, Any]:
    """The Job's ``spec``. ``client`` is the container image with the command line."""
    variables = {
        "OS_CLOUD": "default",
        "OS_CACERT": f"{_CLOUD}/tls-ca-bundle.pem",
        # The Job runs as any user, whose home is not the image's.
        "HOME": _WORK,
        **environment,
    }
    return {
        # A second try would only hide why the first one failed; whether to try again is the user's to say.
        "backoffLimit": 0,
        "activeDeadlineSeconds": run.limit,
        "template": {
            "metadata": {"labels": {"app": run.name}},
            "spec": {
                "restartPolicy": "Never",
                "automountServiceAccountToken": False,
                "terminationGracePeriodSeconds": run.grace,
                "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
                "containers": [_container(run, client, variables)],
                "volumes": [
                    {"name": "scripts", "configMap": {"name": run.name}},
                    {"name": "cloud", "projected": {"sources": _cloud()}},
                    {"name": "work", "emptyDir": {}},
                ],
            },
        },
    }


def _container(run: Run, client: str, variables: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": run.name,
        "image": client,
        "command": ["/bin/bash", f"{run.scripts}/{run.script}"],
        "workingDir": _WORK,
        "env": [{"name": name, "value": value} for name, value in variables.items()],
        # What the script has no sentence for is told by its last lines.
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        "volumeMounts": [
            {"name": "scripts", "mountPath": run.scripts, "readOnly": True},
            {"name": "cloud", "mountPath": _CLOUD, "readOnly": True},
            {"name": "work", "mountPath": _WORK},
        ],
    }


def _cloud() -> list[dict[str, Any]]:
    return [
        {"configMap": {"name": "openstack-config", "items": [_item("clouds.yaml")]}},
        {"secret": {"name": "openstack-config-secret", "items": [_item("secure.yaml")]}},
        {"secret": {"name": "combined-ca-bundle", "items": [_item("tls-ca-bundle.pem")]}},
    ]


def _item(key: str) -> dict[str, str]:
    return {"key": key, "path": key}
