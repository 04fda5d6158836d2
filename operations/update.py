"""Step ``update``: OpenStack follows its operator to another version, in upstream's order (rhoso.md §4.22).

Control plane's OVN, data plane's OVN, the rest of the control plane, the rest of the data plane. What was done already
is read from the cluster: OpenStackVersion's conditions, and the Deployments by their names, which hold the version.
Conditions of an update vanish when it is over, so each also counts as reached once the version is deployed
(openstack-operator, openstackversion_controller.go).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from operations import attempts, release
from operations.cluster import Cluster, NotYetError, Object, at
from operations.document import Keys
from readiness import data_plane, spec
from readiness.errors import ConfigurationError
from readiness.judge import judge
from readiness.model import Condition, ObjectCondition
from readiness.verdict import Found

_CORE = "core.openstack.org/v1beta1"
_SLUG = 16
"""Characters of a version in a Deployment's name. The operator makes a Job's name of a service's and the Deployment's,
and cuts it at 63; two attempts must not become one by that."""

DEPLOYMENT = {
    # Only nodes with a NIC on the control plane can reach the computes.
    "ansibleJobNodeSelector": {"node-role.kubernetes.io/worker": ""},
    "deploymentRequeueTime": 15,
}
"""What every Deployment of the program says, in manifests/deployment.py too."""


@dataclass(frozen=True)
class _What:
    """``deployments`` are the services of each Deployment, in order; empty without a data plane."""

    namespace: str
    control_plane: str
    node_set: str
    deployments: Sequence[Sequence[str]]
    timeout: float


def run(keys: Keys, cluster: Cluster) -> dict[str, Any]:
    """Input: ``namespace``, ``control_plane`` (its name), ``node_set`` (its name), ``services`` ([["ovn"], …]: those of
    each Deployment), ``skip_data_plane``, and optionally ``csv`` {namespace, name} of the operator, without which an
    operator that has just begun to run might be asked too early. ``timeout`` holds for each wait. Output: ``version``,
    which all of OpenStack has."""
    namespace, control_plane, node_set = keys.text("namespace"), keys.text("control_plane"), keys.text("node_set")
    services = [[str(name) for name in one] for one in keys.items("services")]
    if len(services) < 2 or not all(services):
        raise ConfigurationError("step update: services must have those of OVN first, then at least one more list")
    deployments = [] if keys.flag("skip_data_plane") else services
    csv = release.Csv.read(keys.part("csv")) if "csv" in keys.left else None
    keys.done()
    what = _What(namespace, control_plane, node_set, deployments, cluster.left)
    return {"version": _Update(cluster, what, csv).run()}


class _Update:
    def __init__(self, cluster: Cluster, what: _What, csv: release.Csv | None) -> None:
        self._cluster = cluster
        self._what = what
        self._csv = csv
        self._path = spec.path(_CORE, "openstackversions", what.control_plane, what.namespace)
        self._deployments = spec.path(data_plane.GROUP, data_plane.PLURAL, None, what.namespace)
        self._called = f"OpenStackVersion {what.control_plane}"
        self._version = ""

    def run(self) -> str:
        """Go through the update from wherever it is; the version that is deployed at the end."""
        current = self._cluster.until(self._called, self._known)
        self._version = version = str(at(current, "status.availableVersion"))
        target, deployed = at(current, "spec.targetVersion"), at(current, "status.deployedVersion")
        if target == deployed == version and not self._begun():
            self._cluster.say(f"{self._called} has {version} already: nothing to do")
            return version
        self._cluster.say(f"{self._called}: from {deployed} to {version}")
        if target != version:
            self._cluster.patch(self._called, self._path, {"spec": {"targetVersion": version}})
        ovn, *others = self._what.deployments or [[]]
        self._reach("MinorUpdateOVNControlplane")
        if ovn:
            # Made even if the condition is true already: up to FR5 it is so too early where OVN's image stays the same.
            self._deploy(ovn)
            self._reach("MinorUpdateOVNDataplane")
        self._reach("MinorUpdateControlplane")
        for services in others:
            self._deploy(services)
        if others:
            self._reach("MinorUpdateDataplane")
        self._clock()
        self._cluster.until(self._called, self._deployed)
        return version

    def _known(self) -> Object:
        """The OpenStackVersion, once the operator has said what it brings."""
        current = self._look()
        available = at(current, "status.availableVersion")
        brought = self._csv.releases(self._cluster) if self._csv is not None else ()
        if not available:
            raise NotYetError("availableVersion is not set")
        if brought and available not in brought:
            raise NotYetError(f"availableVersion is {available}, the operator brings {brought[-1]}")
        if not at(current, "status.deployedVersion"):
            raise NotYetError("no version is deployed yet")
        return current

    def _begun(self) -> bool:
        """Whether an earlier run began this update; what it left undone is then to be finished."""
        first = self._what.deployments[:1]
        return any(attempts.last(self._cluster, self._deployments, self._name(services)) for services in first)

    def _reach(self, condition: str) -> None:
        def look() -> None:
            current = self._look()
            if at(current, "status.deployedVersion") == self._version:
                return
            check = ObjectCondition(self._called, self._path, Condition(condition))
            [verdict] = judge(check, Found(one=lambda path: current, all=lambda path: None))
            if not verdict.ready:
                raise NotYetError(verdict.message)

        self._clock()
        self._cluster.until(self._called, look)

    def _deploy(self, services: Sequence[str]) -> None:
        manifest = {
            "apiVersion": data_plane.GROUP,
            "kind": "OpenStackDataPlaneDeployment",
            "metadata": {"name": self._name(services), "namespace": self._what.namespace},
            "spec": {**DEPLOYMENT, "nodeSets": [self._what.node_set], "servicesOverride": list(services)},
        }
        self._clock()
        attempts.finish(self._cluster, f"update of {', '.join(services)}", self._deployments, manifest, make_first=True)

    def _deployed(self) -> None:
        current = self._look()
        deployed = at(current, "status.deployedVersion")
        if deployed != self._version:
            raise NotYetError(f"deployedVersion is {deployed}")
        check = ObjectCondition(self._called, self._path, Condition("Ready"))
        [verdict] = judge(check, Found(one=lambda path: current, all=lambda path: None))
        if not verdict.ready:
            raise NotYetError(verdict.message)

    def _name(self, services: Sequence[str]) -> str:
        return f"{self._what.node_set}-{slug(self._version)}-{'-'.join(services)}"

    def _look(self) -> Object:
        current = self._cluster.look(self._path)
        if current is None:
            raise NotYetError("not found")
        return current

    def _clock(self) -> None:
        self._cluster.restart_clock(self._what.timeout)


def slug(version: str) -> str:
    """A version as part of a name: "18.0.7" → "18-0-7"; a long one is cut and told apart by a hash."""
    plain = re.sub(r"[^a-z0-9]+", "-", version.lower()).strip("-")
    if len(plain) <= _SLUG:
        return plain
    return f"{plain[:7].strip('-')}-{hashlib.sha256(version.encode()).hexdigest()[:8]}"
