"""The snapshot: every object that a stand-in may look at, kept by kopf's watches over all kinds that the server has.

Kinds that appear later (with their operator) are watched from then on; kopf sees to that.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Mapping
from typing import Any

import kopf

from rehearsal.cluster.install import Install, current_hosts
from rehearsal.cluster.kube import Kube, KubeError

from .world import CRDS, Object, World, is_true, kind_of

# Of Kubernetes' own kinds only these; of all others (operators', OpenShift's) everything.
OWN_KINDS = frozenset(
    "namespaces nodes pods secrets configmaps services endpoints persistentvolumeclaims persistentvolumes "
    "deployments.apps statefulsets.apps daemonsets.apps jobs.batch storageclasses.storage.k8s.io "
    "endpointslices.discovery.k8s.io customresourcedefinitions.apiextensions.k8s.io".split()
)
REMIND_SECONDS = 1.5


def admin(install: Install) -> Kube:
    """A client with all rights. Raises OSError for keys that can't be read."""
    return Kube.from_files(install.server, *(install.file(name) for name in ("ca.crt", "admin.crt", "admin.key")))


def is_watched(group: str, plural: str) -> bool:
    """Whether the objects of this kind are in the snapshot."""
    built_in = "." not in group or group.endswith(".k8s.io")
    return not built_in or (f"{plural}.{group}" if group else plural) in OWN_KINDS


class Store:
    """The newest known version of every object; every change wakes who waits. Thread-safe."""

    def __init__(self, install: Install) -> None:
        self._install = install
        self._objects: dict[tuple[str, str, str], Object] = {}
        self._ended: dict[tuple[str, str, str], int] = {}  # in which version what was deleted last
        self._world: World | None = None
        self._condition = threading.Condition()
        self._changed = False

    def put(self, obj: Mapping[str, Any]) -> None:
        """Take an object as the server told it, unless a newer version of it, or its end, is known already."""
        with self._condition:
            known = self._objects.get(_key(obj))
            # The answer to a write that ends an object (its last finalizer) may come after the watch has told the end.
            if _version(obj) > (_version(known) if known is not None else self._ended.get(_key(obj), 0)):
                self._objects[_key(obj)] = _slim(obj)
                self._wake()

    def drop(self, obj: Mapping[str, Any]) -> None:
        """The object was deleted in this version; one of that name that was made since stays."""
        with self._condition:
            known = self._objects.get(_key(obj))
            self._ended[_key(obj)] = max(_version(obj), self._ended.get(_key(obj), 0))
            if known is not None and _version(obj) >= _version(known):
                del self._objects[_key(obj)]
                self._wake()

    def world(self) -> World:
        """All objects at this moment."""
        with self._condition:
            if self._world is None:
                # A machine that joined is known before its Node is, whose change made this world.
                hosts = current_hosts(self._install.directory) or self._install.hosts
                self._world = World(self._objects.values(), hosts, self._install.directory)
            return self._world

    def wake(self) -> None:
        """End the next (or current) :meth:`wait` as a change would."""
        with self._condition:
            self._changed = True
            self._condition.notify_all()

    def wait(self, seconds: float) -> None:
        """Until something changed since the last wait, at most so long."""
        with self._condition:
            self._condition.wait_for(lambda: self._changed, seconds)
            self._changed = False

    def _wake(self) -> None:
        self._world = None
        self.wake()


def prefill(store: Store, kube: Kube) -> None:
    """List everything once: nobody may judge by half a snapshot. Raises OSError or KubeError."""
    seen = set()
    for resource in kube.resources(fresh=True):
        # The preferred version of a group comes first.
        if not is_watched(resource.group, resource.plural) or (resource.group, resource.plural) in seen:
            continue
        seen.add((resource.group, resource.plural))
        try:
            listed = kube.request("GET", resource.path())
        except KubeError as error:
            if error.status in (404, 405):  # a kind that just went away, or one that can't be listed (a review)
                continue
            raise
        for item in listed["items"]:
            store.put({"apiVersion": resource.api_version, "kind": resource.kind, **item})


def watch(store: Store, install: Install, stop: threading.Event) -> None:
    """Keep the snapshot until ``stop``; returns early (after logging why) only when kopf itself fails."""
    registry = kopf.OperatorRegistry()
    kinds = _Kinds(admin(install))

    async def login(**_: Any) -> kopf.ConnectionInfo:
        return kopf.ConnectionInfo(
            server=install.server,
            ca_path=str(install.file("ca.crt")),
            certificate_path=str(install.file("admin.crt")),
            private_key_path=str(install.file("admin.key")),
        )

    # Not a thread for each event: both are quick.
    async def changed(event: Mapping[str, Any], **_: Any) -> None:
        (store.drop if event["type"] == "DELETED" else store.put)(event["object"])

    kopf.on.login(registry=registry)(login)
    kopf.on.event(kinds.is_wanted, registry=registry)(changed)
    settings = kopf.OperatorSettings()
    settings.posting.enabled = False
    settings.networking.trust_env = False
    settings.queueing.idle_timeout = 1.0
    logging.getLogger("kopf").setLevel(logging.WARNING)
    threading.Thread(target=_remind, args=(store, install, kinds, stop), name="reminder", daemon=True).start()
    kopf.run(registry=registry, settings=settings, standalone=True, clusterwide=True, stop_flag=stop)


class _Kinds:
    """Which kinds kopf is to watch, and in which version: it only knows a group's preferred one, which not every kind
    of the group has."""

    def __init__(self, kube: Kube) -> None:
        self._kube = kube
        self._versions: dict[tuple[str, str], str] = {}
        self.watched: set[tuple[str, str]] = set()

    def is_wanted(self, resource: Any) -> bool:
        """Asked by kopf for each version of each kind that it finds; those are watched for which it is told so."""
        kind = resource.group, resource.plural
        if not {"list", "watch"} <= resource.verbs or not is_watched(*kind):
            return False
        wanted = bool(self._version(kind) == resource.version)
        if wanted:
            self.watched.add(kind)
        return wanted

    def _version(self, kind: tuple[str, str]) -> str | None:
        """The first version that discovery lists for the kind; None while it does not list it."""
        if kind not in self._versions:
            for resource in reversed(self._kube.resources(fresh=True)):
                self._versions[resource.group, resource.plural] = resource.version
        return self._versions.get(kind)


def _remind(store: Store, install: Install, kinds: _Kinds, stop: threading.Event) -> None:
    """Touch definitions that are established and not watched.

    kopf looks for new kinds when a definition changes. The last change says that it is established, but the API server
    lists the kind only a moment later: without a further change kopf would never see it.
    """
    kube = admin(install)
    touches = 0
    while not stop.wait(REMIND_SECONDS):
        for crd in store.world().all(CRDS):
            kind = crd["spec"]["group"], crd["spec"]["names"]["plural"]
            if kind in kinds.watched or not is_true(crd, "Established"):
                continue
            touches += 1
            path = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{crd['metadata']['name']}"
            change = {"metadata": {"annotations": {"rehearsal/looked-at": str(touches)}}}
            with contextlib.suppress(OSError, KubeError):  # once more in the next turn
                kube.request("PATCH", path, change, "application/merge-patch+json")


def _key(obj: Mapping[str, Any]) -> tuple[str, str, str]:
    metadata = obj["metadata"]
    return kind_of(obj), metadata.get("namespace") or "", metadata["name"]


def _version(obj: Mapping[str, Any]) -> int:
    # Comparable since Kubernetes 1.35 by contract, and with etcd behind it ever since.
    return int(obj["metadata"]["resourceVersion"])


def _slim(obj: Mapping[str, Any]) -> Object:
    """Without what nobody looks at: managed fields, and the schemas of definitions (megabytes)."""
    metadata = {key: value for key, value in obj["metadata"].items() if key != "managedFields"}
    slim = {**obj, "metadata": metadata}
    if kind_of(obj) == CRDS:
        spec = obj["spec"]
        versions = [{key: value for key, value in entry.items() if key != "schema"} for entry in spec["versions"]]
        slim["spec"] = {"group": spec["group"], "names": spec["names"], "scope": spec["scope"], "versions": versions}
        metadata.pop("annotations", None)
    return slim
