"""What a stand-in may look at: one moment of the cluster, and the machines that it was installed on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rehearsal.cluster.install import Host, load
from rehearsal.cluster.kube import Kube

Object = Mapping[str, Any]

CSVS = "ClusterServiceVersion.operators.coreos.com"
CRDS = "CustomResourceDefinition.apiextensions.k8s.io"
# An operator's key (as manifests/operators.py has them) -> the part of its ClusterServiceVersion's name before ".v".
CSV_NAMES = {
    "cert-manager": "cert-manager-operator",
    "metallb": "metallb-operator",
    "nmstate": "kubernetes-nmstate-operator",
    "lvms": "lvms-operator",
    "observability": "cluster-observability-operator",
    "openstack": "openstack-operator",
}


def kind_of(obj: Object) -> str:
    """ "NetConfig.network.openstack.org", "Job.batch"; kinds of the core group bare: "Secret"."""
    group, slash, _ = str(obj["apiVersion"]).partition("/")
    return f"{obj['kind']}.{group}" if slash else str(obj["kind"])


class World:
    """Every object of the cluster at one moment. Nothing in it may be changed: threads share it.

    ``kind`` is always as :func:`kind_of` says it. ``hosts``: the machines of the cluster, those that joined too;
    ``directory``: the installation's ``clusters/<id>``, where a stand-in may keep what is not an object (None in tests
    that need neither files nor the API server).
    """

    def __init__(self, objects: Iterable[Object] = (), hosts: Sequence[Host] = (), directory: Path | None = None):
        self.hosts = tuple(hosts)
        self.directory = directory
        self._kinds: defaultdict[str, dict[tuple[str, str], Object]] = defaultdict(dict)
        for obj in objects:
            metadata = obj["metadata"]
            self._kinds[kind_of(obj)][metadata.get("namespace") or "", metadata["name"]] = obj

    def get(self, kind: str, name: str, namespace: str | None = None) -> Object | None:
        """One object; of a kind without namespaces when ``namespace`` is None."""
        return self._kinds.get(kind, {}).get((namespace or "", name))

    def all(self, kind: str, namespace: str | None = None, labels: Mapping[str, str] | None = None) -> list[Object]:
        """The objects of a kind by namespace and name; in every namespace when ``namespace`` is None.

        ``labels``: only those that carry each of them with that value.
        """
        wanted = (labels or {}).items()
        return [
            obj
            for (its_namespace, _), obj in sorted(self._kinds.get(kind, {}).items())
            if namespace in (None, its_namespace) and wanted <= (obj["metadata"].get("labels") or {}).items()
        ]

    def everything(self) -> Iterator[Object]:
        """Every object of every kind."""
        for objects in self._kinds.values():
            yield from objects.values()

    def serves(self, crd_name: str) -> bool:
        """Whether the CustomResourceDefinition ("netconfigs.network.openstack.org") is there and Established."""
        crd = self.get(CRDS, crd_name)
        return crd is not None and is_true(crd, "Established")

    def version(self, operator: str) -> str | None:
        """The version ("1.0.7") of an operator (a key of CSV_NAMES) that OLM has installed; None while it has not."""
        for csv in self.all(CSVS):
            name, _, version = str(csv["metadata"]["name"]).partition(".v")
            # OLM copies the CSV of an operator for all namespaces into each of them; the copy is as good.
            if name == CSV_NAMES[operator] and (csv.get("status") or {}).get("phase") == "Succeeded":
                return version
        return None

    def installed(self, operator: str) -> bool:
        """Whether an operator runs: a ClusterServiceVersion of it has succeeded."""
        return self.version(operator) is not None

    def kube(self) -> Kube:
        """A new administrator's client, for blocking work in ``act`` and ``gone``. Raises OSError or ValueError."""
        if self.directory is None:
            raise ValueError("this world has no API server: it was made without a directory")
        install = load(self.directory)
        return Kube.from_files(install.server, *(install.file(name) for name in ("ca.crt", "admin.crt", "admin.key")))


def status_of(obj: Object) -> Mapping[str, Any]:
    """The object's status, empty when it has none."""
    return obj.get("status") or {}


def is_true(obj: Object | None, kind: str) -> bool:
    """Whether the object exists and its condition of that type is True."""
    conditions = status_of(obj).get("conditions") or () if obj is not None else ()
    return any(entry["type"] == kind and entry["status"] == "True" for entry in conditions)
