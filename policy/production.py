"""In a stack marked ``production`` all that holds its machines and the record of its installation is protected, so that
the engine itself refuses to delete or replace it; and a seal, which a destroy comes to first, stands over everything
(`components/regime.py` makes both; this looks whether it did)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from policy.model import COMMAND, DOMAIN, NETWORK, POOL, VOLUME, Resource, Violation, limits, of_type

_OF_LIBVIRT = (DOMAIN, VOLUME, POOL, NETWORK)
_INSTALLATION = "-install-complete"
SEAL = "rhoso:stack:Seal"


def violations(resources: Sequence[Resource]) -> Iterator[Violation]:
    """One for each resource that could still be deleted or replaced."""
    known = limits(resources)
    if known is None:
        yield Violation(
            "The blueprint does not record whether the stack is for production; it must. Run with the whole stack and "
            "with the program that this pack belongs to."
        )
        return
    if not json.loads(known["production"]):
        return
    sealed = {urn for seal in of_type(resources, SEAL) if seal.protected for urn in seal.dependencies}
    for resource in resources:
        if _holds_the_lab(resource) and resource.urn not in sealed:
            yield Violation(
                f"{resource.name}: no protected seal depends on it; in a stack with production: true a {SEAL} must "
                "depend on all there is, or a destroy takes away what comes before it. Register the resource before "
                "regime.seal (__main__.py), or set production to false.",
                resource.urn,
            )
        if _holds_the_lab(resource) and not resource.protected:
            yield Violation(
                f"{resource.name}: protect is not set; in a stack with production: true every {resource.type} must be "
                "protected. Put it under components/regime.py, or set production to false.",
                resource.urn,
            )


def _holds_the_lab(resource: Resource) -> bool:
    if resource.type == COMMAND:
        return resource.name.endswith(_INSTALLATION)
    return resource.type in _OF_LIBVIRT
