"""Steps ``hold`` and ``teardown``: the work of a layer's removal that the removal of its objects alone would leave.

The order is rhoso.md's (§4.13 to §4.17): a policy that is deleted leaves its interfaces on the node, a Subscription its
operator, a control plane its claims. ``hold`` only reads the document, so that a bad one is found when the layer is
made. What is gone already is no fault, so that a removal that was stopped goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from operations.cluster import Cluster, NotYetError, at
from operations.document import Keys
from readiness import spec
from readiness.olm import GROUP

_NMSTATE = "nmstate.io/v1"
_SHOWN = 3  # names of what is still there


@dataclass(frozen=True)
class _Interfaces:
    made: list[dict[str, Any]]
    cleared: list[dict[str, Any]]


@dataclass(frozen=True)
class _Work:
    """``policies``: name → interfaces as the policy has them, and as it must have them before it goes.
    ``subscription``: namespace and name of the one whose operator goes. ``objects``: what → path of an object that goes
    after it. ``delete``, ``gone``: what → path of a list."""

    policies: dict[str, _Interfaces]
    subscription: tuple[str, str] | None
    objects: dict[str, str]
    delete: dict[str, str]
    gone: dict[str, str]


def hold(keys: Keys, cluster: Cluster) -> dict[str, Any]:
    """Input as for ``teardown``. Policies that a removal has cleared, and which were then kept, are as made again."""
    for name, interfaces in _read(keys).policies.items():
        policy = cluster.get(_policy(name))
        if at(policy, "spec.desiredState.interfaces") == interfaces.cleared:
            _set(cluster, name, interfaces.made)
    return {}


def teardown(keys: Keys, cluster: Cluster) -> dict[str, Any]:
    """Input, each optional, done in this order: ``policies`` {name: {made, cleared}} are cleared and waited for;
    ``subscription`` {namespace, name}: its operator is uninstalled; ``objects`` {what: path}: each is deleted;
    ``delete`` {what: path of a list}: everything in it is deleted; ``gone`` {what: path of a list}: waited for, with
    all that was deleted, until nothing is left. Output: nothing."""
    work = _read(keys)
    _clear(cluster, work.policies)
    if work.subscription is not None:
        _uninstall(cluster, *work.subscription)
    for what, path in work.objects.items():
        cluster.delete(what, path)
    for what, path in work.delete.items():
        for item in cluster.items(path):
            name = item["metadata"]["name"]
            cluster.delete(f"{what} {name}", f"{path}/{name}")
    for what, path in {**work.objects, **work.delete, **work.gone}.items():
        _until_gone(cluster, what, path)
    return {}


def _read(keys: Keys) -> _Work:
    policies = {}
    for name, part in (keys.parts("policies") if "policies" in keys.left else {}).items():
        policies[name] = _Interfaces(part.objects("made"), part.objects("cleared"))
        part.done()
    subscription = None
    if "subscription" in keys.left:
        part = keys.part("subscription")
        subscription = part.text("namespace"), part.text("name")
        part.done()
    listed = ({} if key not in keys.left else keys.addresses(key) for key in ("objects", "delete", "gone"))
    work = _Work(policies, subscription, *listed)
    keys.done()
    return work


def _clear(cluster: Cluster, policies: dict[str, _Interfaces]) -> None:
    """Deleting a policy does not revert a node; setting its interfaces absent does (§4.16)."""
    here = [name for name in policies if cluster.get(_policy(name)) is not None]
    for name in here:
        _set(cluster, name, policies[name].cleared)
    if here:
        cluster.wait("the nodes' networks to be as before", spec.policies(here))


def _policy(name: str) -> str:
    return spec.path(_NMSTATE, "nodenetworkconfigurationpolicies", name)


def _set(cluster: Cluster, name: str, interfaces: list[dict[str, Any]]) -> None:
    cluster.patch(f"NNCP {name}", _policy(name), {"spec": {"desiredState": {"interfaces": interfaces}}})


def _uninstall(cluster: Cluster, namespace: str, name: str) -> None:
    """OLM keeps an operator whose Subscription goes (§4.14)."""
    subscription = cluster.get(spec.path(GROUP, "subscriptions", name, namespace))
    csvs = {at(subscription, f"status.{key}") for key in ("installedCSV", "currentCSV")} - {None, ""}
    for csv in sorted(csvs):
        path = spec.path(GROUP, "clusterserviceversions", csv, namespace)
        cluster.delete(f"ClusterServiceVersion {csv}", path)
        _until_gone(cluster, f"ClusterServiceVersion {csv}", path)


def _until_gone(cluster: Cluster, what: str, path: str) -> None:
    """Waits for an object, or for every one in a list."""

    def look() -> None:
        found = cluster.look(path)
        if found is None:
            return
        left: Sequence[dict[str, Any]] = found["items"] or () if "items" in found else [found]
        if left:
            names = [str(item["metadata"]["name"]) for item in left]
            more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
            raise NotYetError(f"{', '.join(names[:_SHOWN])}{more} still there")

    cluster.until(what, look)
