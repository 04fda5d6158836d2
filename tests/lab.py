"""A small valid lab for the tests: what a stack's configuration holds, and what follows from it."""

from __future__ import annotations

import json
from typing import Any

from network import Plan
from network import plan as make_plan
from settings import Settings, parse

SECRET = "0123456789abcdef" * 4
PULL_SECRET = json.dumps({"auths": {"registry.example.com": {"auth": "cHVsbDpzZWNyZXQtb2YtdGVzdHM="}}})


def raw(**changes: Any) -> dict[str, Any]:
    """The configuration of the seed lab, with top-level keys changed."""
    return {
        "domain": "example.com",
        "secret": SECRET,
        "hosts": {"kvm": {"uri": "qemu:///system"}},
        "openshift": {"pullSecret": PULL_SECRET},
    } | changes


def settings(stack: str = "lab", **changes: Any) -> Settings:
    """Checked settings of that configuration."""
    return parse(stack, raw(**changes))


def plan(stack: str = "lab", **changes: Any) -> Plan:
    """The plan of that configuration."""
    return make_plan(settings(stack, **changes))
