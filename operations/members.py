"""Step ``members``: computes that are no longer planned leave OpenStack, before its NodeSet forgets them.

The order is rhoso.md's (§4.20): nothing new is scheduled there, nothing may be left there, the agents are stopped, and
only then their records are deleted: a service that is deleted while its agent runs registers again.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from operations import jobs, remote
from operations.cluster import Cluster
from operations.document import Keys
from readiness import spec
from readiness.errors import ConfigurationError, TerminalFailureError

_BEFORE = "PULUMI_COMMAND_STDOUT"


def run(keys: Keys, cluster: Cluster) -> dict[str, Any]:
    """Input: ``members`` {name: address} as planned; ``ssh`` {user, key, optional port}; ``retire``: the ConfigMap and
    the Job of manifests/retire.py. What the last run put out is in PULUMI_COMMAND_STDOUT; without it nobody leaves.
    Output: ``members``; ``retired``, how many have left so far."""
    members = keys.addresses("members")
    ssh = keys.part("ssh")
    login = remote.Login(ssh.text("user"), ssh.text("key"), int(ssh.number_or("port", 22)))
    ssh.done()
    manifests = keys.objects("retire")
    keys.done()
    if [manifest.get("kind") for manifest in manifests] != ["ConfigMap", "Job"]:
        raise ConfigurationError("step members: retire must be what manifests.retire.render returns")
    before, retired = _before()
    gone = {name: address for name, address in before.items() if name not in members}
    if gone:
        _Leaving(cluster, gone, manifests).retire(login)
    else:
        cluster.say("no compute leaves")
    return {"members": members, "retired": retired + len(gone)}


def _before() -> tuple[dict[str, str], int]:
    """Who was planned before, and how many had left by then."""
    said = os.environ.get(_BEFORE, "").strip()
    if not said:
        return {}, 0
    try:
        known = json.loads(said)
        members = {str(name): str(address) for name, address in known["members"].items()}
        return members, int(known.get("retired", 0))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ConfigurationError(f"{_BEFORE} is not what this step puts out") from None


class _Leaving:
    """``gone`` maps names to addresses; ``manifests`` are the scripts' ConfigMap and the Job without its task."""

    def __init__(self, cluster: Cluster, gone: Mapping[str, str], manifests: Sequence[Mapping[str, Any]]) -> None:
        self._cluster = cluster
        self._gone = gone
        self._scripts, self._job = manifests
        self._names = " ".join(sorted(gone))

    def retire(self, login: remote.Login) -> None:
        """Take them all out of OpenStack. All are looked at before anything is stopped on any of them."""
        metadata = self._scripts["metadata"]
        path = spec.path("v1", "configmaps", metadata["name"], metadata["namespace"])
        self._cluster.say(f"leaving: {self._names}")
        self._cluster.apply(path, self._scripts)
        self._run("disable", f"taking {self._names} out of service")
        self._stop(login)
        self._run("delete", f"deleting the records of {self._names}")
        self._cluster.delete(f"ConfigMap {metadata['name']}", path)

    def _stop(self, login: remote.Login) -> None:
        try:
            for name, address in sorted(self._gone.items()):
                remote.stop_agents(self._cluster, name, address, login)
        except TerminalFailureError as error:
            raise TerminalFailureError(
                f"{error}\nNo instance is scheduled on {self._names} any more. Mend it and run pulumi up, which goes "
                "on from here; or switch the machine off for good. To keep a compute after all, put the settings back "
                "and run: openstack compute service set --enable HOST nova-compute"
            ) from error

    def _run(self, task: str, what: str) -> None:
        job: dict[str, Any] = copy.deepcopy(dict(self._job))
        job["metadata"]["name"] += f"-{task}"
        [container] = job["spec"]["template"]["spec"]["containers"]
        container["env"] = [
            *container["env"],
            {"name": "TASK", "value": task},
            {"name": "COMPUTES", "value": self._names},
        ]
        jobs.run(self._cluster, what, job)
