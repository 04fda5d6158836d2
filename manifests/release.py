"""What differs between the releases of RHOSO 18 that this program knows (rhoso.md §5).

Rendering follows fields, not version numbers: each entry says which fields a release's definitions have.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Release:
    """``image_demanded``: each of Glance's APIs has to name its image; the others don't know the field.
    ``messaging_bus``: cells name their bus in ``messagingBus.cluster`` instead of ``cellMessageBusInstance``.
    ``update_services``: updates deploy ``update-services`` and ``update-system`` instead of ``update``.
    ``notifications_bus``: the control plane's field for a bus of notifications."""

    name: str
    image_demanded: bool
    messaging_bus: bool
    update_services: bool
    notifications_bus: str | None

    @property
    def fields(self) -> tuple[str, ...]:
        """What is written into an OpenStackControlPlane for this release and not for every other: paths in its
        definition, ``*`` for any key. A definition that lacks one refuses the object."""
        return (
            *(["spec.glance.template.glanceAPIs.*.containerImage"] if self.image_demanded else []),
            f"spec.nova.template.cellTemplates.*.{'messagingBus' if self.messaging_bus else 'cellMessageBusInstance'}",
            *([f"spec.{self.notifications_bus}"] if self.notifications_bus else []),
        )


RELEASES: Mapping[str, Release] = MappingProxyType(
    {
        release.name: release
        for release in (
            Release("fr2", True, False, False, None),
            Release("fr3", True, False, True, None),
            Release("fr4", True, False, True, "notificationsBusInstance"),
            Release("fr5", False, True, True, "notificationsBus"),
            Release("fr6", False, True, True, "notificationsBus"),
        )
    }
)
"""By name, oldest first."""
