"""A lab in a cluster that is there already: its configuration, for the tests of every room."""

from __future__ import annotations

from typing import Any

from network import Plan
from network import plan as make_plan
from settings import Settings, parse
from settings.kubeconfig import STAND_IN
from tests.lab import SECRET

NODES: tuple[dict[str, str], ...] = (
    {"name": "master-0"},
    {"name": "worker-0", "nic": "ens4"},
    {"name": "worker-1", "nic": "ens4", "mac": "52:54:00:12:34:56"},
    {"name": "worker-2", "nic": "ens4"},
)


def raw(**changes: Any) -> dict[str, Any]:
    """The configuration, with top-level keys changed."""
    return {
        "domain": "example.com",
        "secret": SECRET,
        "hosts": {"main": {"uri": "qemu:///system"}},
        "openshift": {"existing": {"kubeconfig": STAND_IN, "nodes": [dict(node) for node in NODES]}},
        "networks": {"ctlplane": {"mode": "bridge", "bridge": "br1"}},
        "openstack": {"storage": {"volumes": "nfs", "nfsShares": ["nfs.example.com:/volumes"]}},
    } | changes


def settings(**changes: Any) -> Settings:
    """Checked settings of that configuration."""
    return parse("lab", raw(**changes))


def plan(**changes: Any) -> Plan:
    """The plan of that configuration."""
    return make_plan(settings(**changes))
