"""The objects that stand-ins make for others: made, deleted when no longer wanted, and not left behind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from .world import Object, World
from .writer import Writer, owner_of

Part = dict[str, Any]


class Parts:
    """Goes round with the runner: :meth:`look` first, :meth:`sweep` last. All raise KubeError and OSError."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._made: dict[str, list[Object]] = {}  # by the uid of what they were made for

    def look(self, world: World) -> None:
        """See what there is."""
        found: defaultdict[str, list[Object]] = defaultdict(list)
        for obj in world.everything():
            owner = owner_of(obj)
            if owner is not None:
                found[owner].append(obj)
        self._made = dict(found)

    def make(self, parts: Sequence[Part], owner: Object, world: World) -> bool:
        """Bring all of them up to what is asked for; False while the server refuses one."""
        # Every one is tried, in its order: a namespace comes before what lies in it.
        return all([self._writer.part(part, owner, world) for part in parts])

    def prune(self, parts: Iterable[Part], owner: Object) -> None:
        """Delete what was made for the owner and is no longer asked for."""
        asked = {(part["kind"], part["metadata"].get("namespace"), part["metadata"]["name"]) for part in parts}
        for obj in self._made.get(owner["metadata"]["uid"], ()):
            metadata = obj["metadata"]
            if (obj["kind"], metadata.get("namespace"), metadata["name"]) not in asked:
                self._delete(obj)

    def sweep(self, world: World) -> None:
        """Delete what was made for an object that is gone, where Kubernetes' own garbage collector can't."""
        uids = {obj["metadata"]["uid"] for obj in world.everything()}
        for owner in self._made.keys() - uids:
            for obj in self._made[owner]:
                self._delete(obj)

    def _delete(self, obj: Object) -> None:
        if not obj["metadata"].get("deletionTimestamp"):
            self._writer.delete(obj)
