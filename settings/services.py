"""OpenStack's services: which run, how many replicas of each, and what is added to their configuration.

Which are on by default is the operator's own choice (openstack-operator
api/core/v1beta1/openstackcontrolplane_types.go, 18.0-fr6), except Horizon, which a lab's users want to look at.
A service has the fields here that it has there: Telemetry counts no pods, and Swift takes no text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, TypeAlias

from pydantic import Field

from settings.base import FREE, HIDDEN, REBUILD, Model, unit
from settings.types import Whole

Replicas: TypeAlias = Annotated[int, Whole(1, 9, "a service has 1 to 9 replicas")]
GaleraReplicas: TypeAlias = Annotated[int, Whole(1, 3, "the operator accepts 1 to 3 replicas of Galera")]

USUAL_REPLICAS = {"dns": 2}
"""Where the usual number of pods is not 3."""

_PODS = "Pods of it; not set: 3 (DNS 2), or one a node where the cluster has fewer for OpenStack."


class Backbone(Model):
    """What every service rests on; it can't be switched off."""

    replicas: Replicas | None = Field(
        default=None, title="Replicas", description=_PODS, examples=["3"], json_schema_extra=FREE | unit("pods")
    )


class Configured(Model):
    """What takes text of its own configuration."""

    config: str | None = Field(
        default=None,
        title="Configuration",
        description="INI text that is appended to the service's own (customServiceConfig), as it is. "
        "Secrets don't belong here.",
        examples=["[DEFAULT]\ndebug = true\n"],
        json_schema_extra=FREE | HIDDEN,
    )


class Databases(Configured):
    """Galera: every service rests on it, and it takes configuration too."""

    replicas: GaleraReplicas | None = Field(
        default=None, title="Replicas", description=_PODS, examples=["3"], json_schema_extra=FREE | unit("pods")
    )


class PlainService(Backbone):
    """A service that runs unless it is switched off, and takes no text of configuration."""

    enabled: bool = Field(default=True, title="Enabled", description="Whether it runs.", json_schema_extra=FREE)


class ObjectStore(PlainService):
    """Swift. Images lie in it, so that a running lab can't do without: Glance would look for them elsewhere."""

    enabled: bool = Field(default=True, title="Enabled", description="Whether it runs.", json_schema_extra=REBUILD)


class Service(Configured, PlainService):
    """A service that runs unless it is switched off."""


class OptionalService(Service):
    """A service that runs only if it is switched on."""

    enabled: bool = Field(default=False, title="Enabled", description="Whether it runs.", json_schema_extra=FREE)


class Dashboard(Service):
    """Horizon, which is configured in Python."""

    config: str | None = Field(
        default=None,
        title="Configuration",
        description="Python text that is appended to the dashboard's own settings (customServiceConfig), as it is.",
        examples=["SESSION_TIMEOUT = 86400\n"],
        json_schema_extra=FREE | HIDDEN,
    )


class Metering(Configured):
    """Telemetry, whose number of pods is the operator's business."""

    enabled: bool = Field(default=True, title="Enabled", description="Whether it runs.", json_schema_extra=FREE)
    metrics: bool = Field(
        default=False,
        title="Metrics",
        description="Whether metrics are collected and kept too, by Prometheus; brings the observability operator.",
        json_schema_extra=FREE,
    )


class Services(Model):
    """All services of OpenStackControlPlane, by the names they have there."""

    galera: Databases = Field(
        default_factory=Databases, title="Galera", description="The databases.", json_schema_extra=FREE
    )
    rabbitmq: Backbone = Field(
        default_factory=Backbone, title="RabbitMQ", description="The message buses.", json_schema_extra=FREE
    )
    memcached: Backbone = Field(
        default_factory=Backbone, title="Memcached", description="The cache.", json_schema_extra=FREE
    )
    ovn: Backbone = Field(
        default_factory=Backbone, title="OVN", description="The network's databases.", json_schema_extra=FREE
    )
    dns: Backbone = Field(
        default_factory=Backbone, title="DNS", description="The computes' resolver.", json_schema_extra=FREE
    )
    keystone: Service = Field(
        default_factory=Service, title="Keystone", description="Identity.", json_schema_extra=FREE
    )
    placement: Service = Field(
        default_factory=Service, title="Placement", description="Where instances fit.", json_schema_extra=FREE
    )
    glance: Service = Field(default_factory=Service, title="Glance", description="Images.", json_schema_extra=FREE)
    cinder: Service = Field(default_factory=Service, title="Cinder", description="Volumes.", json_schema_extra=FREE)
    neutron: Service = Field(default_factory=Service, title="Neutron", description="Networks.", json_schema_extra=FREE)
    nova: Service = Field(default_factory=Service, title="Nova", description="Instances.", json_schema_extra=FREE)
    swift: ObjectStore = Field(
        default_factory=ObjectStore, title="Swift", description="Objects.", json_schema_extra=FREE
    )
    barbican: Service = Field(default_factory=Service, title="Barbican", description="Keys.", json_schema_extra=FREE)
    telemetry: Metering = Field(
        default_factory=Metering, title="Telemetry", description="Metering.", json_schema_extra=FREE
    )
    horizon: Dashboard = Field(
        default_factory=Dashboard, title="Horizon", description="The dashboard.", json_schema_extra=FREE
    )
    heat: OptionalService = Field(
        default_factory=OptionalService, title="Heat", description="Orchestration.", json_schema_extra=FREE
    )
    octavia: OptionalService = Field(
        default_factory=OptionalService, title="Octavia", description="Load balancers.", json_schema_extra=FREE
    )
    designate: OptionalService = Field(
        default_factory=OptionalService, title="Designate", description="DNS zones.", json_schema_extra=FREE
    )
    manila: OptionalService = Field(
        default_factory=OptionalService, title="Manila", description="Shares.", json_schema_extra=FREE
    )
    ironic: OptionalService = Field(
        default_factory=OptionalService, title="Ironic", description="Bare metal.", json_schema_extra=FREE
    )

    def each(self) -> Iterator[tuple[str, Model]]:
        """Every service with its name."""
        for name in type(self).model_fields:
            yield name, getattr(self, name)

    def replicas(self, name: str, nodes: int) -> int:
        """How many pods of a service there are on a number of nodes."""
        service: Backbone | Databases = getattr(self, name)
        return service.replicas or min(USUAL_REPLICAS.get(name, 3), nodes)

    def runs(self, name: str) -> bool:
        """Whether a service runs."""
        return bool(getattr(getattr(self, name), "enabled", True))

    def config(self, name: str) -> str:
        """What is added to a service's configuration; empty where nothing is, or can be."""
        return getattr(getattr(self, name), "config", None) or ""


NEEDS: dict[str, tuple[str, ...]] = {
    "glance": ("keystone",),
    "cinder": ("keystone",),
    "neutron": ("keystone",),
    "placement": ("keystone",),
    "nova": ("keystone", "glance", "neutron", "placement"),
    "swift": ("keystone",),
    "barbican": ("keystone",),
    "horizon": ("keystone",),
    "telemetry": ("keystone",),
    "heat": ("keystone",),
    "octavia": ("keystone", "nova", "neutron", "glance"),
    "designate": ("keystone",),
    "manila": ("keystone",),
    "ironic": ("keystone",),
}
"""What a service refuses to run without (openstack-operator's webhook for OpenStackControlPlane)."""
