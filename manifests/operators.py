"""The operators and how OLM is told of them: Namespace, OperatorGroup, Subscription, where needed a CatalogSource.

Names, channels and namespaces are upstream's (rhoso.md, S1; openstack-k8s-operators/architecture lib/olm-deps).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from manifests import namespaces
from settings import Settings
from settings.openstack import LVMS_CLASS

NAMESPACE = "openstack-operators"
"""Where OpenStack's own operator lives."""

_OLM = "operators.coreos.com"
_REDHAT = ("redhat-operators", "openshift-marketplace")
_UPSTREAM_INDEX = "openstack-operator-index"
_UPSTREAM_IMAGE = "quay.io/openstack-k8s-operators/openstack-operator-index:latest"


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator. ``own_namespace``: it watches its own namespace only; ``channel`` None is the package's default;
    ``group`` None: the namespace and its OperatorGroup are OpenShift's own.

    ``csv`` pins one ClusterServiceVersion: its InstallPlan, and no other, is then approved by the program. ``leaves``
    are objects that it makes by itself, and which outlive it.
    """

    key: str
    namespace: str
    group: str | None
    subscription: str
    package: str
    channel: str | None
    own_namespace: bool
    source: tuple[str, str] = _REDHAT
    monitored: bool = False
    csv: str | None = None
    leaves: tuple[Mapping[str, Any], ...] = ()


_CERT_MANAGER = (
    {"apiVersion": "operator.openshift.io/v1alpha1", "kind": "CertManager", "metadata": {"name": "cluster"}},
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "cert-manager"}},
)
"""The settings and the running cert-manager that the operator of that name makes of its own accord."""

_OBSERVABILITY = Operator(
    "observability",
    "openshift-operators",
    None,
    "observability-operator",
    "cluster-observability-operator",
    "stable",
    own_namespace=False,
)
"""What Telemetry keeps its metrics with."""

_STORAGE = Operator(
    "lvms",
    "openshift-lvm-storage",
    "openshift-lvm-storage",
    "lvms",
    "lvms-operator",
    None,
    own_namespace=True,
    monitored=True,
)
"""What makes the default StorageClass; another one is somebody else's."""


def operators(settings: Settings) -> tuple[Operator, ...]:
    """All operators of a lab. None waits for another, except that what OpenStack's makes needs cert-manager."""
    openstack = settings.openstack
    product = openstack.catalog == "product"
    return (
        Operator(
            "cert-manager",
            "cert-manager-operator",
            "cert-manager-operator",
            "openshift-cert-manager-operator",
            "openshift-cert-manager-operator",
            "stable-v1",
            own_namespace=True,
            leaves=_CERT_MANAGER,
        ),
        Operator(
            "metallb", "metallb-system", "metallb-operator", "metallb-operator-sub", "metallb-operator", "stable", False
        ),
        Operator(
            "nmstate",
            "openshift-nmstate",
            "openshift-nmstate",
            "kubernetes-nmstate-operator",
            "kubernetes-nmstate-operator",
            "stable",
            own_namespace=True,
        ),
        *([_STORAGE] if openstack.storage.storage_class == LVMS_CLASS else []),
        Operator(
            "openstack",
            NAMESPACE,
            "openstack",
            "openstack-operator",
            "openstack-operator",
            openstack.olm_channel,
            own_namespace=False,
            source=_REDHAT if product else (_UPSTREAM_INDEX, NAMESPACE),
            csv=openstack.csv,
        ),
        *([_OBSERVABILITY] if openstack.services.telemetry.metrics else []),
    )


def operator_group(operator: Operator) -> dict[str, Any]:
    """Its OperatorGroup; OLM takes one a namespace. Without target namespaces it stands for all."""
    spec: dict[str, Any] = {"upgradeStrategy": "Default"}
    if operator.own_namespace:
        spec["targetNamespaces"] = [operator.namespace]
    return {
        "apiVersion": f"{_OLM}/v1",
        "kind": "OperatorGroup",
        "metadata": {"name": operator.group, "namespace": operator.namespace},
        "spec": spec,
    }


def catalog_source(operator: Operator) -> dict[str, Any] | None:
    """The catalog it comes from, where that is not one of OpenShift's own."""
    name, where = operator.source
    if name != _UPSTREAM_INDEX:
        return None
    return {
        "apiVersion": f"{_OLM}/v1alpha1",
        "kind": "CatalogSource",
        "metadata": {"name": name, "namespace": where},
        "spec": {"sourceType": "grpc", "image": _UPSTREAM_IMAGE},
    }


def subscription(operator: Operator) -> dict[str, Any]:
    """Its Subscription. A pinned version is installed by hand, or OLM would go on to the newest at once."""
    source, source_namespace = operator.source
    spec: dict[str, Any] = {
        "name": operator.package,
        "source": source,
        "sourceNamespace": source_namespace,
        "installPlanApproval": "Manual" if operator.csv else "Automatic",
    }
    if operator.channel is not None:
        spec["channel"] = operator.channel
    if operator.csv is not None:
        spec["startingCSV"] = operator.csv
    return {
        "apiVersion": f"{_OLM}/v1alpha1",
        "kind": "Subscription",
        "metadata": {"name": operator.subscription, "namespace": operator.namespace},
        "spec": spec,
    }


def render(operator: Operator) -> list[dict[str, Any]]:
    """Everything that tells OLM of one operator; the Subscription is the last."""
    catalog = catalog_source(operator)
    return [
        *([namespaces.render(operator.namespace, monitored=operator.monitored)] if operator.group else []),
        *([operator_group(operator)] if operator.group else []),
        *([catalog] if catalog else []),
        subscription(operator),
    ]
