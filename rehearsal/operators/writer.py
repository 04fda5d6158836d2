"""Everything that the runner writes to the API server: a status, objects made for an owner, finalizers."""

from __future__ import annotations

import copy
import time
from collections.abc import Mapping
from typing import Any

from rehearsal.cluster.kube import Kube, KubeError

from . import stamps
from .standin import KEEP
from .watch import Store
from .works import key_of
from .world import Object, World, kind_of

MANAGER = "rehearsal-operators"
OWNER = "rehearsal/owner"  # annotation: uid of the object that a part was made for
DIGEST = "rehearsal/digest"  # annotation: of what was asked for
PATIENCE = 2.0  # seconds until a refused write is tried again


class Writer:
    """Not thread-safe: the runner's own."""

    def __init__(self, kube: Kube, store: Store) -> None:
        self._kube = kube
        self._store = store
        self._refused: dict[tuple[str, str, str], float] = {}  # until when what is left alone
        self._ensured: dict[str, str] = {}  # digests of what ensure wrote, "" for what is surely gone

    def status(self, obj: Object, wanted: Mapping[str, Any]) -> bool:
        """Write ``.status`` where it differs; True when it was written. Raises KubeError (a conflict is none)."""
        current = obj.get("status") or {}
        filled = stamps.stamped(wanted, current, stamps.now())
        if filled == current or self._rests(obj, "status"):
            return False
        try:
            self._put(obj, {"status": filled}, "status")
        except KubeError as error:
            if error.status == 404:
                self._store.drop(obj)
            elif error.status != 409:  # else somebody was faster, and the next round sees it
                self._rest(obj, "status")
                raise
            return False
        return True

    def finalizers(self, obj: Object, wanted: list[str]) -> None:
        """Replace the finalizers of the object. Raises KubeError (a conflict is none)."""
        try:
            self._put(obj, {"metadata": {**obj["metadata"], "finalizers": wanted}}, "")
        except KubeError as error:
            if error.status not in (404, 409):
                raise

    def part(self, part: Mapping[str, Any], owner: Object, world: World) -> bool:
        """Make an object of ``owner``, or bring it up to what is asked for; True once it is so. Raises KubeError."""
        digest = key_of(part)
        metadata = part["metadata"]
        known = world.get(kind_of(part), metadata["name"], metadata.get("namespace"))
        annotations = (known["metadata"].get("annotations") or {}) if known is not None else {}
        uid = owner["metadata"]["uid"]
        if annotations.get(DIGEST) == digest and annotations.get(OWNER) == uid:
            return True
        if self._rests(part, "part"):
            return False
        made = _owned(part, owner, digest)
        if not _resolve_owners(made, world):
            return False
        try:
            self._store.put(self._apply(made))
        except KubeError:
            self._rest(part, "part")
            raise
        return True

    def delete(self, obj: Object) -> None:
        """Delete an object that was made for another. Raises KubeError."""
        metadata = obj["metadata"]
        path = self._path(obj)
        try:
            self._kube.request("DELETE", path, {"preconditions": {"uid": metadata["uid"]}})
        except KubeError as error:
            if error.status not in (404, 409):
                raise

    def ensure(self, obj: Mapping[str, Any]) -> None:
        """Apply an object that belongs to this process itself; once for each content. Raises KubeError, OSError."""
        name, digest = obj["metadata"]["name"], key_of(obj)
        if self._ensured.get(name) != digest:
            self._kube.apply(obj, manager=MANAGER)
            self._ensured[name] = digest

    def ensure_gone(self, obj: Mapping[str, Any]) -> None:
        """Delete an object of :meth:`ensure`, also one of an earlier process. Raises KubeError, OSError."""
        name = obj["metadata"]["name"]
        if self._ensured.get(name) == "":
            return
        try:
            self._kube.request("DELETE", self._path(obj))
        except KubeError as error:
            if error.status != 404:
                raise
        self._ensured[name] = ""

    def _apply(self, made: dict[str, Any]) -> Any:
        status = made.pop("status", None)
        answer = self._kube.apply(made, manager=MANAGER)
        if status is not None:
            identity = {key: made[key] for key in ("apiVersion", "kind")}
            name = {key: value for key, value in made["metadata"].items() if key in ("name", "namespace")}
            filled = stamps.stamped(status, answer.get("status") or {}, stamps.now())
            answer = self._kube.apply({**identity, "metadata": name, "status": filled}, "status", manager=MANAGER)
        return answer

    def _put(self, obj: Object, change: Mapping[str, Any], subresource: str) -> None:
        path = f"{self._path(obj)}/{subresource}".rstrip("/")
        query = f"?fieldManager={MANAGER}&fieldValidation=Strict"
        self._store.put(self._kube.request("PUT", path + query, {**obj, **change}))

    def _path(self, obj: Object) -> str:
        metadata = obj["metadata"]
        resource = self._kube.resource_of(str(obj["apiVersion"]), str(obj["kind"]))
        return resource.path(metadata.get("namespace"), metadata["name"])

    def _rests(self, obj: Mapping[str, Any], what: str) -> bool:
        return time.monotonic() < self._refused.get(_key(obj, what), 0.0)

    def _rest(self, obj: Mapping[str, Any], what: str) -> None:
        now = time.monotonic()
        self._refused = {key: until for key, until in self._refused.items() if until > now}
        self._refused[_key(obj, what)] = now + PATIENCE


def _owned(part: Mapping[str, Any], owner: Object, digest: str) -> dict[str, Any]:
    """The part with what it is recognised by, and with its owner where Kubernetes allows that."""
    made: dict[str, Any] = copy.deepcopy(dict(part))
    metadata = made["metadata"]
    of = owner["metadata"]
    metadata["annotations"] = {**metadata.get("annotations", {}), OWNER: of["uid"], DIGEST: digest}
    lies_with = of.get("namespace") in (None, metadata.get("namespace"))
    if lies_with and not is_kept(made) and "ownerReferences" not in metadata:
        reference = {"apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": of["name"], "uid": of["uid"]}
        metadata["ownerReferences"] = [{**reference, "controller": True}]
    return made


def _resolve_owners(made: dict[str, Any], world: World) -> bool:
    """Give each owner reference that lacks it the uid of the part that it names; False while there is none."""
    for reference in made["metadata"].get("ownerReferences") or ():
        if "uid" not in reference:
            found = world.get(kind_of(reference), reference["name"], made["metadata"].get("namespace"))
            if found is None:
                return False
            reference["uid"] = found["metadata"]["uid"]
    return True


def is_kept(obj: Mapping[str, Any]) -> bool:
    """Whether the object outlives its owner."""
    return KEEP in (obj["metadata"].get("annotations") or {})


def owner_of(obj: Object) -> str | None:
    """The uid of the object that this one was made for; None of any other object, and of one that is kept."""
    annotations = obj["metadata"].get("annotations") or {}
    return None if KEEP in annotations else annotations.get(OWNER)


def _key(obj: Mapping[str, Any], what: str) -> tuple[str, str, str]:
    metadata = obj["metadata"]
    return what, kind_of(obj), f"{metadata.get('namespace')}/{metadata['name']}"
