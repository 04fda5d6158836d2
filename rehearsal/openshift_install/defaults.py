"""What the installer fills in before it validates install-config (openshift/installer `pkg/types/defaults`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_REPLICAS = 3
_NETWORKING: dict[str, Any] = {
    "networkType": "OVNKubernetes",
    "machineNetwork": [{"cidr": "10.0.0.0/16"}],
    "clusterNetwork": [{"cidr": "10.128.0.0/14", "hostPrefix": 23}],
    "serviceNetwork": ["172.30.0.0/16"],
}


def fill(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return `config` with the defaults; what is of a wrong type stays as it is, for the rules to find."""
    return {
        **config,
        "networking": _networking(config.get("networking")),
        "controlPlane": _control_plane(config.get("controlPlane")),
        "compute": _compute(config.get("compute")),
    }


def _networking(value: object) -> object:
    given = {} if value is None else value
    if not isinstance(given, Mapping):
        return value
    missing = {key: default for key, default in _NETWORKING.items() if given.get(key) in (None, type(default)())}
    return {**given, **missing}


def _control_plane(value: object) -> object:
    given = {} if value is None else value
    return _pool({**given, "name": "master"}) if isinstance(given, Mapping) else value


def _compute(value: object) -> object:
    """There always is a pool `worker`, also beside pools of other names (which the rules refuse)."""
    given = [] if value is None else value
    if not isinstance(given, list):
        return value
    named = any(isinstance(pool, Mapping) and pool.get("name") == "worker" for pool in given)
    return [_pool(pool) for pool in (given if named else [*given, {"name": "worker"}])]


def _pool(value: object) -> object:
    if not isinstance(value, Mapping):
        return value
    return {**value, "replicas": _REPLICAS} if value.get("replicas") is None else value
