"""Every stand-in, one of each. A module's STANDINS are classes, or objects where more than the class is needed."""

from __future__ import annotations

from . import (
    control_plane,
    deployment,
    dns,
    jobs,
    lvms,
    metallb,
    nmstate,
    node_set,
    olm,
    openstack_init,
    openstack_webhooks,
    platform,
    stateful,
    tempest,
    version,
)
from .standin import StandIn

MODULES = (
    platform,
    olm,
    nmstate,
    lvms,
    metallb,
    openstack_init,
    openstack_webhooks,
    control_plane,
    version,
    dns,
    node_set,
    deployment,
    jobs,
    tempest,
    stateful,
)


def _made(given: type[StandIn] | StandIn) -> StandIn:
    return given() if isinstance(given, type) else given


REGISTRY: tuple[StandIn, ...] = tuple(_made(given) for module in MODULES for given in module.STANDINS)
