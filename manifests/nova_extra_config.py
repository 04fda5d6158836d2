"""``nova-extra-config``: what a compute's Nova is told besides what the operators tell it (rhoso.md §4.23).

Nova takes hardware virtualisation for granted. On a KVM host that emulates there is none in the computes either.
"""

from __future__ import annotations

from typing import Any

from settings import Settings

NAME = "nova-extra-config"
"""The service ``nova`` of the data plane looks for a ConfigMap of this name, which need not be there."""

_EMULATED = """\
[libvirt]
virt_type = qemu
"""


def data(settings: Settings) -> dict[str, str]:
    """Text by file name (the number is its place among the operators' own); empty where nothing is to be told."""
    return {"25-nova-extra.conf": _EMULATED} if settings.host.domain_type == "qemu" else {}


def render(settings: Settings) -> list[dict[str, Any]]:
    """The ConfigMap, if there is something in it."""
    made = data(settings)
    if not made:
        return []
    return [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": NAME, "namespace": settings.openstack.namespace},
            "data": made,
        }
    ]
