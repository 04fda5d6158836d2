"""OLM's resolver in miniature: which ClusterServiceVersion a Subscription leads to next, and why to none.

Reasons and sentences are operator-lifecycle-manager's (pkg/controller/registry/resolver, catalog/operator.go,
operators/olm/operator.go).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .packages import ALL, MULTI, OWN, SINGLE, Package, offered, package_of, version_of
from .world import CSVS, Object, World, status_of

CATALOG = "CatalogSource.operators.coreos.com"
GROUP = "OperatorGroup.operators.coreos.com"
NOT_SATISFIABLE = "ConstraintsNotSatisfiable"
PREVENTED = "ErrorPreventedResolution"


@dataclass(frozen=True)
class Resolution:
    """``csv``: the name of the ClusterServiceVersion to have next (or already); "" with ``reason`` and ``message``."""

    csv: str = ""
    reason: str = ""
    message: str = ""


def resolve(subscription: Object, world: World) -> Resolution:
    """What OLM would install for it now."""
    namespace = subscription["metadata"]["namespace"]
    groups = world.all(GROUP, namespace)
    if len(groups) != 1:
        return Resolution("", PREVENTED, f"expected 1 OperatorGroup in the namespace, found {len(groups)}")
    spec, name = subscription["spec"], subscription["metadata"]["name"]
    catalog = catalog_of(subscription, world)
    packages = offered(str(catalog["spec"].get("image", ""))) if catalog is not None else None
    if packages is None:
        source = f"catalog {spec['source']} in namespace {spec['sourceNamespace']}"
        return _unsatisfiable(f"no operators found from {source} referenced by subscription {name}", name)
    referenced = f"in the catalog referenced by subscription {name}"
    package = packages.get(spec["name"])
    if package is None:
        return _unsatisfiable(f"no operators found in package {spec['name']} {referenced}", name)
    channel = spec.get("channel") or package.default_channel
    versions = package.channels.get(channel)
    if versions is None:
        return _unsatisfiable(f"no operators found in channel {channel} of package {package.name} {referenced}", name)
    found = [package.csv(version) for version in versions]
    installed = installed_csv(package, namespace, world)
    if installed is not None:
        now = status_of(subscription)
        if installed not in (now.get("currentCSV"), now.get("installedCSV")):
            return _unsatisfiable(
                f"clusterserviceversion {installed} exists and is not referenced by a subscription", name
            )
        newest = found[-1]
        return Resolution(newest if version_of(newest) > version_of(installed) else installed)
    first = spec.get("startingCSV") or found[-1]
    if first not in found:
        why = f"no operators found with name {first} in channel {channel} of package {package.name} {referenced}"
        return _unsatisfiable(why, name)
    return Resolution(first)


def package(subscription: Object, world: World) -> Package | None:
    """The package that the Subscription names, where its catalog has it."""
    catalog = catalog_of(subscription, world)
    packages = offered(str(catalog["spec"].get("image", ""))) if catalog is not None else None
    return (packages or {}).get(subscription["spec"]["name"])


def catalog_of(subscription: Object, world: World) -> Object | None:
    """The CatalogSource that the Subscription names."""
    spec = subscription["spec"]
    return world.get(CATALOG, spec["source"], spec["sourceNamespace"])


def installed_csv(package: Package, namespace: str, world: World) -> str | None:
    """The newest ClusterServiceVersion of the package in the namespace, whatever its phase."""
    names = [
        csv["metadata"]["name"]
        for csv in world.all(CSVS, namespace)
        if (found := package_of(csv["metadata"]["name"])) is not None and found[0].key == package.key
    ]
    return max(names, key=version_of, default=None)


def group_problem(package: Package, namespace: str, world: World) -> tuple[str, str] | None:
    """Why a ClusterServiceVersion of the package fails in this namespace: OLM's reason and message."""
    groups = world.all(GROUP, namespace)
    if not groups:
        return "NoOperatorGroup", "csv in namespace with no operatorgroups"
    if len(groups) > 1:
        said = "csv created in namespace with multiple operatorgroups, can't pick one automatically"
        return "TooManyOperatorGroups", said
    missing = _unsupported(package.modes, namespace, targets(groups[0]))
    return ("UnsupportedOperatorGroup", missing) if missing else None


def targets(group: Object) -> list[str]:
    """The namespaces of an OperatorGroup, [""] for all."""
    spec: Mapping[str, list[str]] = group.get("spec") or {}
    return list(spec.get("targetNamespaces") or [""])


def _unsupported(modes: frozenset[str], own: str, namespaces: list[str]) -> str:
    def refusal(mode: str, what: str) -> str:
        return "" if mode in modes else f"{mode} InstallModeType not supported, cannot configure to watch {what}"

    if len(namespaces) > 1:
        return refusal(MULTI, f"{len(namespaces)} namespaces")
    if namespaces == [""]:
        return refusal(ALL, "all namespaces")
    return refusal(OWN, "own namespace") if namespaces == [own] else refusal(SINGLE, "one namespace")


def _unsatisfiable(why: str, subscription: str) -> Resolution:
    message = f"constraints not satisfiable: {why}, subscription {subscription} exists"
    return Resolution("", NOT_SATISFIABLE, message)
