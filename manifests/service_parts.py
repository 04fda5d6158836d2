"""What the templates of several services have in common: names, pods, configuration."""

from __future__ import annotations

import re
from typing import Any

from manifests import osp_secret
from network import Plan
from settings import Settings

DATABASE = "openstack"
CELL1_DATABASE = "openstack-cell1"
BUS = "rabbitmq"
CELL1_BUS = "rabbitmq-cell1"

API_TIMEOUT = 600
"""Seconds that a proxy waits for an API: ten times the default, as upstream's labs have it. Disks of a lab are slow."""

VOLUME = "10Gi"
"""What a claim asks for. It stands in templates of StatefulSets, so a lab that is there can't change it."""

FILLED_IN = ""
"""Stands where the definition demands a field that only the operator fills in. Its webhook writes the same."""


def pods(settings: Settings, plan: Plan, name: str) -> int:
    """How many pods of a service there are."""
    return settings.openstack.services.replicas(name, len(plan.openstack_nodes))


def account() -> dict[str, Any]:
    """Where a service keeps its data, and where its passwords are."""
    return {"databaseInstance": DATABASE, "secret": osp_secret.NAME}


def configured(settings: Settings, name: str, own: str = "") -> dict[str, str]:
    """``customServiceConfig`` of our own text and then the user's, which therefore wins; nothing if there is none.

    The text is the operator's to interpret: it may hold Go templates, and nothing in it is touched.
    """
    text = own + settings.openstack.services.config(name)
    return {"customServiceConfig": text} if text else {}


def option(text: str, name: str) -> str:
    """What an INI text gives for an option; empty where it doesn't name it."""
    found = re.search(rf"^\s*{re.escape(name)}\s*=(.*)$", text, re.MULTILINE)
    return found[1].strip() if found else ""
