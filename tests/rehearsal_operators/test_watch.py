"""The snapshot: which version of an object counts, and which kinds are watched."""

from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from rehearsal.cluster.install import Install
from rehearsal.cluster.kube import Kube, Resource
from rehearsal.operators import watch
from rehearsal.operators.watch import Store, is_watched
from rehearsal.operators.world import CRDS


@pytest.fixture
def store() -> Store:
    return Store(Install("id", Path(), "lab", "example.com", "192.0.2.5", "192.0.2.0/24", "192.0.2.1", (), 0))


def secret(version: int, value: str = "") -> dict[str, Any]:
    metadata = {"name": "one", "namespace": "lab", "resourceVersion": str(version), "managedFields": []}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": {"key": value}}


def crd(established: bool = True) -> dict[str, Any]:
    versions = [{"name": "v1", "schema": {"openAPIV3Schema": {"type": "object"}}}]
    names = {"kind": "Toy", "plural": "toys"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "toys.example.com", "resourceVersion": "1"},
        "spec": {"group": "example.com", "names": names, "scope": "Cluster", "versions": versions},
        "status": {"conditions": [{"type": "Established", "status": str(established)}]},
    }


def test_an_older_version_never_takes_the_place_of_a_newer(store: Store) -> None:
    def value() -> str:
        found = store.world().get("Secret", "one", "lab")
        return str(found["data"]["key"]) if found is not None else "gone"

    store.put(secret(10, "new"))
    store.put(secret(9, "old"))
    assert value() == "new"
    store.drop(secret(9))
    assert value() == "new", "what was deleted was an earlier object of that name"
    store.drop(secret(11))
    assert value() == "gone"


def test_the_answer_to_the_write_that_ended_an_object_does_not_bring_it_back(store: Store) -> None:
    """The watch may tell the end before the answer to the write that took the last finalizer is read."""
    store.put(secret(9))
    store.drop(secret(11))
    store.put(secret(10))
    assert store.world().get("Secret", "one", "lab") is None, "what was made for it would stay for ever"
    store.put(secret(12, "new"))
    assert store.world().get("Secret", "one", "lab") is not None


def test_a_world_is_not_changed_by_what_comes_later(store: Store) -> None:
    store.put(secret(1, "first"))
    before = store.world()
    store.put(secret(2, "second"))
    assert before.all("Secret")[0]["data"] == {"key": "first"}
    assert "managedFields" not in before.all("Secret")[0]["metadata"]


def test_a_change_ends_a_wait_also_one_that_begins_later(store: Store) -> None:
    store.put(secret(1))
    store.wait(3600)
    waiting = threading.Thread(target=store.wait, args=(3600,), daemon=True)
    waiting.start()
    store.wake()
    waiting.join(30)
    assert not waiting.is_alive()


def test_schemas_are_not_kept(store: Store) -> None:
    store.put(crd())
    [found] = store.world().all(CRDS)
    assert found["spec"]["versions"] == [{"name": "v1"}]
    assert store.world().serves("toys.example.com")


@pytest.mark.parametrize(
    ("group", "plural", "watched"),
    [
        ("", "secrets", True),
        ("", "events", False),
        ("apps", "deployments", True),
        ("coordination.k8s.io", "leases", False),
        ("rbac.authorization.k8s.io", "clusterroles", False),
        ("k8s.cni.cncf.io", "network-attachment-definitions", True),
        ("core.openstack.org", "openstackcontrolplanes", True),
    ],
)
def test_kinds(group: str, plural: str, watched: bool) -> None:
    assert is_watched(group, plural) == watched


class Discovery:
    """Lists a kind from the second time on, and keeps what is patched."""

    def __init__(self) -> None:
        self.asked = 0
        self.patched: list[str] = []
        self.stop = threading.Event()

    def resources(self, fresh: bool) -> list[Resource]:
        self.asked += 1
        listed = [Resource("example.com", version, "toys", "toy", "Toy", False, ()) for version in ("v1", "v1beta1")]
        return listed if self.asked > 1 else []

    def request(self, method: str, path: str, *_: object) -> None:
        assert method == "PATCH"
        self.patched.append(path)
        if len(self.patched) == 2:
            self.stop.set()


def found(version: str) -> Any:
    """A kind as kopf presents it."""
    return SimpleNamespace(
        group="example.com", plural="toys", version=version, verbs={"list", "watch"}, preferred=False
    )


def test_a_kind_is_watched_in_the_first_version_that_discovery_lists() -> None:
    kinds = watch._Kinds(cast(Kube, Discovery()))
    assert not kinds.is_wanted(found("v1")), "discovery does not list it yet"
    assert kinds.watched == set()
    assert kinds.is_wanted(found("v1"))
    assert not kinds.is_wanted(found("v1beta1"))
    assert kinds.watched == {("example.com", "toys")}


def test_a_definition_whose_kind_nobody_watches_is_touched_again_and_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    discovery = Discovery()
    monkeypatch.setattr(watch, "admin", lambda _: discovery)
    monkeypatch.setattr(watch, "REMIND_SECONDS", 0)
    kinds = watch._Kinds(cast(Kube, discovery))
    store.put(crd())
    watch._remind(store, store._install, kinds, discovery.stop)
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/toys.example.com"
    assert discovery.patched == [path, path]


@pytest.mark.parametrize(("established", "is_known"), [(True, True), (False, False)])
def test_a_watched_or_unfinished_definition_is_left_alone(
    store: Store, monkeypatch: pytest.MonkeyPatch, established: bool, is_known: bool
) -> None:
    discovery, turns = Discovery(), iter([False, True])
    monkeypatch.setattr(watch, "admin", lambda _: discovery)
    kinds = watch._Kinds(cast(Kube, discovery))
    if is_known:
        kinds.watched.add(("example.com", "toys"))
    store.put(crd(established))
    stop = cast(threading.Event, SimpleNamespace(wait=lambda _: next(turns)))
    watch._remind(store, store._install, kinds, stop)
    assert discovery.patched == []
