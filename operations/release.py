"""Which release of OpenStack an operator brings, as its ClusterServiceVersion says before the operator itself does.

The operator reports it as ``availableVersion`` once it runs. Until then that field still holds the old operator's, and
an update that looked only there would find nothing to do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from operations.cluster import Cluster, NotYetError, at
from operations.document import Keys
from readiness import spec
from readiness.olm import GROUP

_RELEASE = "OPENSTACK_RELEASE_VERSION"
_SCHEME = "OPENSTACK_RELEASE_VERSION_SCHEME"
_EPOCH = r"\.\d{10,}\.p"
"""With scheme csvEpochAppend this part of the operator's name may end the release (openstack-operator,
openstackversion_types.go)."""


@dataclass(frozen=True)
class Csv:
    """A ClusterServiceVersion."""

    namespace: str
    name: str

    @staticmethod
    def read(keys: Keys) -> Csv:
        """From {namespace, name}."""
        csv = Csv(keys.text("namespace"), keys.text("name"))
        keys.done()
        return csv

    def releases(self, cluster: Cluster) -> Sequence[str]:
        """What its operator may report, the likelier last; nothing if it doesn't say."""
        csv = cluster.look(spec.path(GROUP, "clusterserviceversions", self.name, self.namespace))
        if csv is None:
            raise NotYetError(f"ClusterServiceVersion {self.name} not found")
        for environment in _environments(csv):
            if release := environment.get(_RELEASE):
                epoch = re.search(_EPOCH, self.name) if environment.get(_SCHEME) == "csvEpochAppend" else None
                return [release, release + epoch[0]] if epoch else [release]
        return []


def _environments(csv: object) -> Iterator[dict[str, str]]:
    for deployment in at(csv, "spec.install.spec.deployments") or ():
        for container in at(deployment, "spec.template.spec.containers") or ():
            yield {entry["name"]: entry.get("value") or "" for entry in container.get("env") or ()}
