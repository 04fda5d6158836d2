"""``OpenStackControlPlane``: everything of OpenStack that runs in the cluster, as one object (rhoso.md, S8).

Every service is named, also one that is off: leaving it out would leave it to the operator's default, which is on
for most. There are no ``nicMappings``: the nodes have no NIC to spare, and the operator would move the one with their
VLANs into a pod; the computes are OVN's gateways instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from manifests import osp_secret, service_templates, storage_templates, topology
from manifests.load_balancers import DNS, RABBITMQ, RABBITMQ_CELL1, service
from manifests.release import RELEASES
from manifests.service_parts import BUS, CELL1_BUS, CELL1_DATABASE, DATABASE, VOLUME, configured, pods
from network import Plan
from settings import Settings

API_VERSION = "core.openstack.org/v1beta1"
CRD = "openstackcontrolplanes.core.openstack.org"
NAME = "openstack-control-plane"

_DATABASE_VOLUME = "5Gi"
_BUS_MEMORY = "4Gi"
_BUS_GRACE_SECONDS = 60
"""What FR6 waits for a bus to stop. Before, it is a week, for which a node's loss or a deletion would hang."""

Section: TypeAlias = Callable[[Settings, Plan], dict[str, Any]]


def render(settings: Settings, plan: Plan) -> dict[str, Any]:
    """The one OpenStackControlPlane of the namespace."""
    openstack = settings.openstack
    spec: dict[str, Any] = {
        "secret": osp_secret.NAME,
        "storageClass": openstack.storage.storage_class,
        # Said although it is the default: the computes' NodeSet must say the same.
        "tls": {"ingress": {"enabled": True}, "podLevel": {"enabled": True}},
        "topologyRef": {"name": topology.NAME},
        **_notifications(settings),
        **_redis(settings, plan),
    }
    for name, _ in openstack.services.each():
        runs = openstack.services.runs(name)
        spec[name] = {"enabled": runs, **(SECTIONS[name](settings, plan) if runs else {})}
    return {
        "apiVersion": API_VERSION,
        "kind": "OpenStackControlPlane",
        "metadata": {"name": NAME, "namespace": openstack.namespace},
        "spec": spec,
    }


def _notifications(settings: Settings) -> dict[str, Any]:
    """Where services tell what happens. Only Telemetry listens; without it the messages would pile up."""
    field = RELEASES[settings.openstack.release].notifications_bus
    if field is None or not settings.openstack.services.runs("telemetry"):
        return {}
    return {field: {"cluster": BUS} if field == "notificationsBus" else BUS}


def _redis(settings: Settings, plan: Plan) -> dict[str, Any]:
    """What Designate's pods agree by; nothing else here wants one."""
    if not settings.openstack.services.runs("designate"):
        return {}
    templates = {"designate-redis": {"replicas": pods(settings, plan, "designate")}}
    return {"redis": {"enabled": True, "templates": templates}}


def _galera(settings: Settings, plan: Plan) -> dict[str, Any]:
    database = {
        "replicas": pods(settings, plan, "galera"),
        "secret": osp_secret.NAME,
        "storageClass": settings.openstack.storage.storage_class,
        "storageRequest": _DATABASE_VOLUME,
        **configured(settings, "galera"),
    }
    return {"templates": {DATABASE: database, CELL1_DATABASE: database}}


def _rabbitmq(settings: Settings, plan: Plan) -> dict[str, Any]:
    bus = {
        "replicas": pods(settings, plan, "rabbitmq"),
        "resources": {
            "requests": {"cpu": "1", "memory": _BUS_MEMORY},
            "limits": {"cpu": "2", "memory": _BUS_MEMORY},
        },
        "persistence": {"storageClassName": settings.openstack.storage.storage_class, "storage": VOLUME},
        "terminationGracePeriodSeconds": _BUS_GRACE_SECONDS,
    }
    return {
        "templates": {
            BUS: {**bus, "override": service(plan, RABBITMQ)},
            CELL1_BUS: {**bus, "override": service(plan, RABBITMQ_CELL1)},
        }
    }


def _memcached(settings: Settings, plan: Plan) -> dict[str, Any]:
    return {"templates": {"memcached": {"replicas": pods(settings, plan, "memcached")}}}


def _ovn(settings: Settings, plan: Plan) -> dict[str, Any]:
    database = {
        "replicas": pods(settings, plan, "ovn"),
        "networkAttachment": "internalapi",
        "storageClass": settings.openstack.storage.storage_class,
        "storageRequest": VOLUME,
    }
    return {
        "template": {
            "ovnDBCluster": {
                "ovndbcluster-nb": {"dbType": "NB", **database},
                "ovndbcluster-sb": {"dbType": "SB", **database},
            },
            "ovnNorthd": {"replicas": 1},
            "ovnController": {"networkAttachment": "tenant"},
        }
    }


def _dns(settings: Settings, plan: Plan) -> dict[str, Any]:
    # One option a resolver: the operator joins the values of one by commas, which dnsmasq does not take for this key.
    servers = [{"key": "server", "values": [str(resolver)]} for resolver in plan.resolvers]
    return {"template": {"replicas": pods(settings, plan, "dns"), "options": servers, "override": service(plan, DNS)}}


SECTIONS: Mapping[str, Section] = MappingProxyType(
    {
        "galera": _galera,
        "rabbitmq": _rabbitmq,
        "memcached": _memcached,
        "ovn": _ovn,
        "dns": _dns,
        "keystone": service_templates.keystone,
        "placement": service_templates.placement,
        "glance": storage_templates.glance,
        "cinder": storage_templates.cinder,
        "neutron": service_templates.neutron,
        "nova": service_templates.nova,
        "swift": storage_templates.swift,
        "barbican": service_templates.barbican,
        "telemetry": service_templates.telemetry,
        "horizon": service_templates.horizon,
        "heat": service_templates.heat,
        "designate": service_templates.designate,
        "manila": storage_templates.manila,
        "ironic": service_templates.ironic,
    }
)
"""What stands in the section of each service that runs, by its name in the settings. Octavia never runs, for the plan
has no network for it."""
