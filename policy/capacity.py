"""All machines and volumes of the stack together fit on the KVM host, as far as its settings say what it has.

The settings compare roles and counts; this sums what is really asked of libvirt.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from policy.model import DOMAIN, VOLUME, Resource, Violation, limits, of_type

_GB = 10**9
_NAMED = 3

# Type, its property, how much of that makes one of the setting's unit, the setting, the unit, the type's plural.
_SUMS = (
    (DOMAIN, "memory", 1, "memoryMib", "MiB of memory", "domains"),
    (VOLUME, "size", _GB, "diskGb", "GB of disk", "volumes"),
)


def violations(resources: Sequence[Resource]) -> Iterator[Violation]:
    """Memory in MiB, disks in decimal GB. A size that only the run brings (an image's) counts from then on."""
    known = limits(resources)
    if known is None:
        yield Violation(
            "The blueprint records no limits of the KVM host, so nothing can be compared with them; it must. Run with "
            "the whole stack and with the program that this pack belongs to."
        )
        return
    if json.loads(known["overcommit"]):
        return
    for kind, key, per_unit, setting, unit, called in _SUMS:
        most = json.loads(known[setting])
        sizes = {item.name: _number(item.props.get(key)) / per_unit for item in of_type(resources, kind)}
        asked = sum(sizes.values())
        if most is not None and asked > most:
            largest = sorted(sizes.items(), key=lambda item: (-item[1], item[0]))[:_NAMED]
            named = ", ".join(f"{name} {size:g}" for name, size in largest)
            yield Violation(
                f"The stack's {len(sizes)} {called} ask for {asked:g} {unit} together (the largest: {named}), "
                f"hosts.*.{setting} is {most}; they must fit. Make machines fewer or smaller (topology), or correct "
                f"hosts.*.{setting}, or set hosts.*.overcommit."
            )


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0
