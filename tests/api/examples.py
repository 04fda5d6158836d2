"""The objects of labs, as each release of RHOSO takes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.cache import CHECKOUT
from manifests import render
from manifests.credentials import Credentials
from network import plan
from settings import parse
from settings.stackfile import configuration

STACKS = ("lab", "compact", "wide", "sno")


def rendered(stack: str, release: str) -> list[dict[str, Any]]:
    """The objects of a committed example."""
    return objects_of(configuration(stack, CHECKOUT), release, stack)


def objects_of(raw: Mapping[str, Any], release: str, stack: str = "lab") -> list[dict[str, Any]]:
    """The objects of a stack with this configuration."""
    settings = parse(stack, {**raw, "openstack": {**raw.get("openstack", {}), "release": release}})
    credentials = Credentials(settings.secret.get_secret_value())
    return list(render.objects(settings, plan(settings), credentials).values())
