"""What the catalogs offer, and what each operator brings once it is installed: definitions, pods, Services.

Names, channels, install modes and labels are upstream's (rhoso.md S1, its table of waits); versions are some that
exist, or existed.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rehearsal.cluster.contents import load_crds
from rehearsal.cluster.definitions import minimal

from . import objects
from .nmstate_crds import CRDS as NMSTATE
from .world import CSV_NAMES

Made = list[dict[str, Any]]

ALL, OWN, SINGLE, MULTI = "AllNamespaces", "OwnNamespace", "SingleNamespace", "MultiNamespace"
INIT_OBJECT = "openstacks.operator.openstack.org"
FIRST_WITH_INIT_OBJECT = (1, 0, 7)
_OPENSTACK_GROUPS = frozenset(
    f"{group}.openstack.org"
    for group in "core client dataplane network topology memcached rabbitmq redis instanceha keystone test".split()
)


@dataclass(frozen=True)
class Package:
    """One package of a catalog. ``channels``: versions from old to new, the last is the channel's head; any older one
    is upgraded to the head at once, as the product's ``skipRange`` has it."""

    name: str
    key: str  # in CSV_NAMES
    channels: dict[str, tuple[str, ...]]
    default_channel: str
    modes: frozenset[str]
    crds: Callable[[str], Made]
    objects: Callable[[str, str], Made]
    title: str = ""

    def csv(self, version: str) -> str:
        return f"{CSV_NAMES[self.key]}.v{version}"


def version_of(csv: str) -> tuple[int, ...]:
    """Of a ClusterServiceVersion's name, comparable: "openstack-operator.v1.0.16" -> (1, 0, 16)."""
    return tuple(int(part) for part in csv.partition(".v")[2].split("-")[0].split("."))


def package_of(csv: str) -> tuple[Package, str] | None:
    """The package and the version of a ClusterServiceVersion's name; None of one that no catalog has."""
    base, _, version = csv.partition(".v")
    for package in PACKAGES:
        if CSV_NAMES[package.key] == base and any(version in known for known in package.channels.values()):
            return package, version
    return None


def offered(image: str) -> dict[str, Package] | None:
    """The packages of a catalog's image by name; None of an image that can't be pulled."""
    for part, found in CATALOGS.items():
        if part in image:
            return {package.name: package for package in found}
    return None


def _files(*groups: str) -> Callable[[str], Made]:
    return lambda _version: load_crds(_crds_directory(), frozenset(groups))


def _crds_directory() -> Path:
    engine = os.environ.get("RHOSO_ENGINE")
    if not engine:
        raise FileNotFoundError("RHOSO_ENGINE is not set: upstream's definitions are in the engine's directory")
    return Path(engine) / "crds"


def _nmstate_crds(_version: str) -> Made:
    """Those of the handlers come with the NMState object."""
    return [dict(definition) for definition in NMSTATE]


def _openstack_crds(version: str) -> Made:
    """From 1.0.7 on only the init object's; before that the package depends on all other operators' packages."""
    own = load_crds(_crds_directory(), frozenset({"operator.openstack.org"}))
    if _has_init_object(version):
        return own
    return load_crds(_crds_directory(), _OPENSTACK_GROUPS)


def _has_init_object(version: str) -> bool:
    return version_of(f".v{version}") >= FIRST_WITH_INIT_OBJECT or version.startswith("0.")


def _cert_manager(namespace: str, version: str) -> Made:
    where = "cert-manager"
    made = [objects.namespace(where), _pod("cert-manager-operator", namespace, version, name="cert-manager-operator")]
    made += [_pod(f"cert-manager-{app}", where, version, app=app) for app in ("cainjector", "webhook")]
    made.append(_pod("cert-manager", where, version, app="cert-manager"))
    return [*made, *objects.service("cert-manager-webhook", where, {"app": "webhook"}, 443, 10250)]


def _metallb(namespace: str, version: str) -> Made:
    controller, webhook = {"control-plane": "controller-manager"}, {"component": "webhook-server"}
    return [
        objects.pod(f"metallb-operator-controller-manager-{_slug(version)}", namespace, controller),
        objects.pod(f"metallb-operator-webhook-server-{_slug(version)}", namespace, webhook),
        *objects.service("metallb-operator-webhook-service", namespace, controller, 443, 9443),
        *objects.service("metallb-operator-webhook-server-service", namespace, webhook, 443, 9443),
    ]


def _openstack(namespace: str, version: str) -> Made:
    if _has_init_object(version):
        label = {"openstack.org/operator-name": "openstack-init"}
        return [objects.pod(f"openstack-operator-controller-init-{_slug(version)}", namespace, label)]
    names = ("openstack", "infra", "openstack-baremetal")
    made = [
        objects.pod(
            f"{name}-operator-controller-manager-{_slug(version)}", namespace, {"openstack.org/operator-name": name}
        )
        for name in names
    ]
    for name in names:
        selector = {"openstack.org/operator-name": name}
        made += objects.service(f"{name}-operator-webhook-service", namespace, selector, 443, 9443)
    return made


def _one_pod(name: str) -> Callable[[str, str], Made]:
    return lambda namespace, version: [_pod(name, namespace, version, name=name)]


def _pod(base: str, namespace: str, version: str, **labels: str) -> dict[str, Any]:
    return objects.pod(f"{base}-{_slug(version)}", namespace, labels)


def _slug(version: str) -> str:
    """An upgrade replaces the pods."""
    return version.replace(".", "-")


def _observability_crds(_version: str) -> Made:
    plurals = {"MonitoringStack": "monitoringstacks", "ScrapeConfig": "scrapeconfigs"}
    return [minimal("monitoring.rhobs", kind, plural, "v1alpha1", namespaced=True) for kind, plural in plurals.items()]


_ANY_ONE = frozenset({ALL, OWN, SINGLE})
OPENSTACK = Package(
    "openstack-operator",
    "openstack",
    {"stable-v1.0": ("1.0.6", "1.0.7", "1.0.16")},
    "stable-v1.0",
    frozenset({ALL}),
    _openstack_crds,
    _openstack,
    "OpenStack",
)
UPSTREAM_OPENSTACK = Package(
    "openstack-operator",
    "openstack",
    {"alpha": ("0.6.0",)},
    "alpha",
    frozenset({ALL}),
    _openstack_crds,
    _openstack,
    "OpenStack",
)
OTHERS = (
    Package(
        "openshift-cert-manager-operator",
        "cert-manager",
        {"stable-v1": ("1.15.1",), "stable-v1.15": ("1.15.1",)},
        "stable-v1",
        _ANY_ONE,
        _files("cert-manager.io", "acme.cert-manager.io"),
        _cert_manager,
        "cert-manager Operator for Red Hat OpenShift",
    ),
    Package(
        "metallb-operator",
        "metallb",
        {"stable": ("4.18.0",)},
        "stable",
        frozenset({ALL}),
        _files("metallb.io"),
        _metallb,
        "MetalLB Operator",
    ),
    Package(
        "kubernetes-nmstate-operator",
        "nmstate",
        {"stable": ("4.18.0",)},
        "stable",
        frozenset({OWN, SINGLE}),
        _nmstate_crds,
        _one_pod("kubernetes-nmstate-operator"),
        "Kubernetes NMState Operator",
    ),
    Package(
        "lvms-operator",
        "lvms",
        {"stable-4.18": ("4.18.0",)},
        "stable-4.18",
        frozenset({OWN, SINGLE}),
        _files("lvm.topolvm.io"),
        _one_pod("lvms-operator"),
        "LVM Storage",
    ),
    Package(
        "cluster-observability-operator",
        "observability",
        {"stable": ("1.0.0",)},
        "stable",
        frozenset({ALL}),
        _observability_crds,
        _one_pod("observability-operator"),
        "Cluster Observability Operator",
    ),
)
PACKAGES = (OPENSTACK, UPSTREAM_OPENSTACK, *OTHERS)
# Part of an image's name -> what is in that catalog.
CATALOGS = {"redhat-operator-index": (OPENSTACK, *OTHERS), "openstack-operator-index": (UPSTREAM_OPENSTACK,)}
