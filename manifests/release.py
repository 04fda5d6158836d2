"""What differs between the releases of RHOSO 18 that this program knows (rhoso.md §5).

Rendering follows fields, not version numbers: each entry says which fields a release's definitions have.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Release:
    """``messaging_bus``: cells name their bus in ``messagingBus.cluster``
    instead of ``cellMessageBusInstance``. ``update_services``: updates deploy ``update-services`` and ``update-system``
    instead of ``update``. ``notifications_bus``: the control plane's field for a bus of notifications."""

    name: str
    messaging_bus: bool
    update_services: bool
    notifications_bus: str | None


RELEASES: Mapping[str, Release] = MappingProxyType(
    {
        release.name: release
        for release in (
            Release("fr2", False, False, None),
            Release("fr3", False, True, None),
            Release("fr4", False, True, "notificationsBusInstance"),
            Release("fr5", True, True, "notificationsBus"),
            Release("fr6", True, True, "notificationsBus"),
        )
    }
)
